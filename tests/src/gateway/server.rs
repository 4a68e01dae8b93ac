//! The HTTPS side of the gateway: a request is heard, checked, booked and answered.

use std::{
    io,
    net::{SocketAddr, TcpListener},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
        mpsc,
    },
    time::Duration,
};

use axum::{
    Extension, Router,
    body::Bytes,
    extract::State,
    http::{
        HeaderValue, Method, StatusCode, Uri,
        header::{CONTENT_TYPE, DATE},
    },
    response::{IntoResponse, Response},
};
use axum_server::{
    Handle,
    tls_rustls::{RustlsAcceptor, RustlsConfig},
};
use jiff::{Timestamp, fmt::rfc2822::DateTimePrinter};

use super::{
    Core, answer,
    call::CallName,
    jsapi,
    mood::Mood,
    notify::{self, Notice},
    request::{Answered, Request},
    tls::{NotingAcceptor, ShowedCertificate},
};
use crate::{background::Background, timeline::What};

/// How long a lost answer keeps its connection open: longer than any client waits.
const LOST_LIMIT: Duration = Duration::from_secs(120);
/// How long the listener may take to let go of its port.
const CLOSE_LIMIT: Duration = Duration::from_secs(5);

/// Of a mini-program's back end. Really on another host than the calls.
const LOGIN_PATH: &str = "/sns/jscode2session";

/// A listening server; dropping it refuses connections and cuts those there are.
#[derive(Debug)]
pub(super) struct Server {
    handle: Handle<SocketAddr>,
    closed: mpsc::Receiver<()>,
    address: SocketAddr,
}

impl Server {
    /// Listens on `address` with a certificate.
    pub(super) fn listen(
        address: SocketAddr,
        tls: Arc<rustls::ServerConfig>,
        core: Arc<Core>,
        heard: Arc<AtomicU64>,
        background: &Background,
    ) -> io::Result<Self> {
        let listener = TcpListener::bind(address)?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let handle = Handle::new();
        let (closing, closed) = mpsc::channel();
        let server_handle = handle.clone();
        background.spawn(async move {
            let app = Router::new().fallback(serve).with_state(Door { core, heard });
            let acceptor = NotingAcceptor(RustlsAcceptor::new(RustlsConfig::from_config(tls)));
            if let Ok(server) = axum_server::from_tcp(listener) {
                let server = server.acceptor(acceptor).handle(server_handle);
                // An error of the listener ends it: to its clients the gateway is down.
                let _ = server.serve(app.into_make_service()).await;
            }
            drop(closing);
        });
        Ok(Self { handle, closed, address })
    }

    pub(super) const fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.handle.shutdown();
        // Nothing is ever sent: the channel ends when the port is free.
        let _ = self.closed.recv_timeout(CLOSE_LIMIT);
    }
}

/// What every request to one host comes by.
#[derive(Clone)]
struct Door {
    core: Arc<Core>,
    /// How many have come.
    heard: Arc<AtomicU64>,
}

async fn serve(
    State(Door { core, heard }): State<Door>,
    Extension(showed): Extension<ShowedCertificate>,
    method: Method,
    uri: Uri,
    body: Bytes,
) -> Response {
    heard.fetch_add(1, Ordering::SeqCst);
    let mut response = answer_to(&core, showed, &method, &uri, &body).await;
    if let Some(date) = http_date(core.date_ms()) {
        response.headers_mut().insert(DATE, date);
    }
    response
}

/// RFC 9110, `Date`.
fn http_date(unix_ms: i64) -> Option<HeaderValue> {
    let time = Timestamp::from_millisecond(unix_ms).ok()?;
    let date = DateTimePrinter::new().timestamp_to_rfc9110_string(&time).ok()?;
    HeaderValue::from_str(&date).ok()
}

async fn answer_to(
    core: &Arc<Core>,
    showed: ShowedCertificate,
    method: &Method,
    uri: &Uri,
    body: &[u8],
) -> Response {
    if uri.path() == LOGIN_PATH {
        let answer = jsapi::session(core, uri.query().unwrap_or_default());
        return text(answer.into_bytes());
    }
    let Some((call, realm)) = CallName::of_path(uri.path()) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let mood = core.moods.change(|moods| moods.next(call));
    match mood {
        Mood::Html => {
            let page = "<html><body><h1>502 Bad Gateway</h1></body></html>";
            return ([(CONTENT_TYPE, "text/html")], page).into_response();
        }
        Mood::LoseRequest | Mood::LoseRequests(_) => return lost().await,
        Mood::Normal
        | Mood::SystemError(_)
        | Mood::Fail { .. }
        | Mood::WrongSign
        | Mood::LoseAnswer
        | Mood::LoseAnswers(_) => {}
    }
    let request = match Request::read(core, (call, realm), showed, method, body) {
        Ok(request) => request,
        Err(return_msg) => return text(answer::refusal(&return_msg).into_bytes()),
    };
    let number = request.number.clone();
    core.timeline.mark(What::CallHeard(call.as_str(), number.clone()));
    let Answered { said, body, notice } = request.handle(core, mood);
    if let Some(notice) = notice {
        tokio::spawn(notify::deliver(Arc::clone(core), notice));
    }
    if call == CallName::Unifiedorder && core.moods.read(|moods| moods.pay_before_answer) {
        pay_at_once(core, &number).await;
    }
    if matches!(mood, Mood::LoseAnswer | Mood::LoseAnswers(_)) {
        return lost().await;
    }
    core.timeline.mark(What::CallAnswered(call.as_str(), number, said));
    text(body)
}

async fn pay_at_once(core: &Arc<Core>, out_trade_no: &str) {
    let prepay_id = core.books.read(|books| Some(books.order(out_trade_no)?.prepay_id.clone()));
    let pay = |prepay_id: String| {
        core.take_payment(|books, now_ms| books.pay_prepaid(&prepay_id, now_ms)).ok()
    };
    if let Some(number) = prepay_id.and_then(pay) {
        notify::deliver(Arc::clone(core), Notice::Payment(number)).await;
    }
}

async fn lost() -> Response {
    tokio::time::sleep(LOST_LIMIT).await;
    StatusCode::GATEWAY_TIMEOUT.into_response()
}

fn text(body: Vec<u8>) -> Response {
    ([(CONTENT_TYPE, "text/plain;charset=utf-8")], body).into_response()
}
