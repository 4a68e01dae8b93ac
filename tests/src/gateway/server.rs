//! The HTTPS side of the gateway: a request is heard, checked, booked and answered.

use std::{
    io,
    net::{SocketAddr, TcpListener},
    sync::{Arc, mpsc},
    time::Duration,
};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{Method, StatusCode, Uri, header::CONTENT_TYPE},
    response::{IntoResponse, Response},
};
use axum_server::{Handle, tls_rustls::RustlsConfig};
use protocol::{Fields, sign, sign::SignType, xml};

use super::{
    Core,
    answer::{self, Failure, Signer},
    mood::{CallName, Mood},
    notify, rules,
};
use crate::{background::Background, timeline::What};

/// How long a lost answer keeps its connection open: longer than any client waits.
const LOST_LIMIT: Duration = Duration::from_secs(120);
/// How long the listener may take to let go of its port.
const CLOSE_LIMIT: Duration = Duration::from_secs(5);
/// closeorder is refused so long after unifiedorder. APIv2 closeorder.
const CLOSE_AFTER: Duration = Duration::from_secs(5 * 60);

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
        background: &Background,
    ) -> io::Result<Self> {
        let listener = TcpListener::bind(address)?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let handle = Handle::new();
        let (closing, closed) = mpsc::channel();
        let server_handle = handle.clone();
        background.spawn(async move {
            let app = Router::new().fallback(serve).with_state(core);
            let tls = RustlsConfig::from_config(tls);
            if let Ok(server) = axum_server::from_tcp_rustls(listener, tls) {
                // An error of the listener ends it: to its clients the gateway is down.
                let _ = server.handle(server_handle).serve(app.into_make_service()).await;
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

async fn serve(State(core): State<Arc<Core>>, method: Method, uri: Uri, body: Bytes) -> Response {
    let Some(call) = CallName::of_path(uri.path()) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let mood = core.moods.change(|moods| moods.next(call));
    match mood {
        Mood::Html => {
            let page = "<html><body><h1>502 Bad Gateway</h1></body></html>";
            return ([(CONTENT_TYPE, "text/html")], page).into_response();
        }
        Mood::LoseRequest => return lost().await,
        Mood::Normal | Mood::SystemError(_) | Mood::WrongSign | Mood::LoseAnswer => {}
    }
    let request = match Request::read(&core, call, &method, &body) {
        Ok(request) => request,
        Err(return_msg) => return xml_response(answer::refusal(&return_msg)),
    };
    core.timeline.mark(What::CallHeard(call.as_str(), request.number.clone()));
    let (said, answer) = request.handle(&core, mood);
    if call == CallName::Unifiedorder && core.moods.read(|moods| moods.pay_before_answer) {
        pay_at_once(&core, &request.number).await;
    }
    if mood == Mood::LoseAnswer {
        return lost().await;
    }
    core.timeline.mark(What::CallAnswered(call.as_str(), request.number, said));
    xml_response(answer)
}

/// A request that is in form, from a merchant who has the key.
struct Request {
    call: CallName,
    fields: Fields,
    sign_type: SignType,
    /// `out_trade_no`, or `transaction_id` where only that was given.
    number: String,
}

impl Request {
    /// The error is a `return_msg`.
    fn read(core: &Core, call: CallName, method: &Method, body: &[u8]) -> Result<Self, String> {
        if method != Method::POST {
            return Err("require POST method".to_owned());
        }
        if body.is_empty() {
            return Err("post数据为空".to_owned());
        }
        let fields = xml::parse(body).map_err(|_| "XML格式错误".to_owned())?;
        rules::check(call, &fields)?;
        // APIv2, "signature algorithm": without sign_type the mode is MD5.
        let sign_type = match fields.get("sign_type") {
            Some("HMAC-SHA256") => SignType::HmacSha256,
            _ => SignType::Md5,
        };
        let expected = core.sign_type.unwrap_or(sign_type);
        let fields = sign::verify(fields, &core.key, expected)
            .map_err(|_| "签名错误".to_owned())?
            .into_inner();
        let number = fields.get("out_trade_no").or(fields.get("transaction_id"));
        let number = number.unwrap_or_default().to_owned();
        Ok(Self { call, fields, sign_type, number })
    }

    /// Books the request; gives what was said in a word, and the whole answer.
    fn handle(&self, core: &Core, mood: Mood) -> (String, String) {
        let booked = match mood {
            Mood::SystemError(_) => Err(Failure::new("SYSTEMERROR", "系统错误")),
            Mood::Normal | Mood::Html | Mood::WrongSign | Mood::LoseRequest | Mood::LoseAnswer => {
                self.check_merchant(core).and_then(|()| self.book(core))
            }
        };
        let (said, fields) = match booked {
            Ok(granted) => granted,
            Err(Failure { err_code: "", message }) => {
                return (message.to_owned(), answer::refusal(message));
            }
            Err(failure) => (failure.err_code.to_owned(), answer::failed(&self.fields, failure)),
        };
        let signer = Signer { key: &core.key, sign_type: self.sign_type };
        let mut sealed = signer.seal(fields);
        if mood == Mood::WrongSign {
            // Changed after it was signed.
            sealed = sealed.replacen("<xml>", "<xml><altered>1</altered>", 1);
        }
        (said, sealed)
    }

    fn check_merchant(&self, core: &Core) -> Result<(), Failure> {
        let Some((appid, mch_id)) = &core.merchant else {
            return Ok(());
        };
        if self.fields.get("appid") != Some(appid) {
            return Err(Failure::new("APPID_NOT_EXIST", "appid不存在"));
        }
        if self.fields.get("mch_id") != Some(mch_id) {
            return Err(Failure::new("MCHID_NOT_EXIST", "mch_id不存在"));
        }
        Ok(())
    }

    fn book(&self, core: &Core) -> Result<(String, Fields), Failure> {
        let now_ms = core.now_ms();
        let close_after = core.moods.read(|moods| moods.scaled(CLOSE_AFTER));
        let close_after_ms = i64::try_from(close_after.as_millis()).unwrap_or(i64::MAX);
        let ok = || "SUCCESS".to_owned();
        core.books.change(|books| match self.call {
            CallName::Unifiedorder => {
                let opened = books.open(&self.fields, self.sign_type, now_ms)?;
                Ok((ok(), answer::opened(&self.fields, &opened)))
            }
            CallName::Orderquery => {
                let order = books.query(&self.fields)?;
                Ok((order.trade_state().to_owned(), answer::order_state(&self.fields, order)))
            }
            CallName::Closeorder => {
                books.close(&self.fields, now_ms, close_after_ms)?;
                Ok((ok(), answer::closed(&self.fields)))
            }
        })
    }
}

async fn pay_at_once(core: &Arc<Core>, out_trade_no: &str) {
    let code = core.books.read(|books| books.newest_code(out_trade_no));
    if let Some(number) = code.and_then(|code| core.take_payment(&code).ok()) {
        notify::deliver(Arc::clone(core), number).await;
    }
}

async fn lost() -> Response {
    tokio::time::sleep(LOST_LIMIT).await;
    StatusCode::GATEWAY_TIMEOUT.into_response()
}

fn xml_response(xml: String) -> Response {
    ([(CONTENT_TYPE, "text/plain;charset=utf-8")], xml).into_response()
}
