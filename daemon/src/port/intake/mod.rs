//! The HTTP intake: forwarded notifies and orders from phones in; SUCCESS out only when the entry
//! is on disk.

mod crowd;
mod desk;
mod remote;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{Extension, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use protocol::notify::{self, Reply};
use protocol::{Merchant, refund_notify};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;

use crate::clock::Clock;
use crate::inbox::Inbox;
use crate::report::Chain;
use crate::sale::{
    Event, MachineId, NotifyReply, NotifyTicket, RemoteOrder, RemoteRefusal, RemoteTicket,
};
use crowd::{Crowd, Guest};
use desk::Desk;
pub use remote::MiniProgram;

/// The door for notifies. The loop answers them through it.
#[derive(Clone)]
pub struct Intake {
    inner: Arc<Inner>,
}

struct Inner {
    machine: MachineId,
    merchant: Merchant,
    inbox: Inbox,
    clock: Clock,
    mini_program: Option<MiniProgram>,
    notifies: Desk<NotifyReply>,
    remotes: Desk<Result<RemoteOrder, RemoteRefusal>>,
}

/// WeChat takes silence of more than 5 s for a failure (APIv2, payment notify): we answer before.
const REPLY_TIME_MAX: Duration = Duration::from_millis(4_500);

/// A request that dribbles in more slowly than this is not WeChat's.
const REQUEST_TIME_MAX: Duration = Duration::from_secs(5);

/// The request line and the headers together; WeChat and the relays send some hundred bytes.
const HEAD_BYTES_MAX: usize = 16 * 1024;

/// Header lines; WeChat and the relays send a dozen.
const HEADERS_MAX: usize = 64;

impl Intake {
    /// A door that trusts what is signed with the merchant's key, and the mini-program's token.
    pub fn new(
        machine: MachineId,
        merchant: Merchant,
        mini_program: Option<MiniProgram>,
        inbox: Inbox,
        clock: Clock,
    ) -> Self {
        let (notifies, remotes) = (Desk::new(), Desk::new());
        let inner = Inner { machine, merchant, inbox, clock, mini_program, notifies, remotes };
        Self { inner: Arc::new(inner) }
    }

    /// Opens the door at `listen`: `POST /notify`, `/refund-notify` and `/scan`, each also with
    /// `/<machine>` behind it as a relay for many machines forwards it, and `/jsapi/order`. The
    /// name decides nothing: the order is ours or it is not.
    ///
    /// # Errors
    ///
    /// When the address cannot be had.
    pub async fn listen(&self, listen: SocketAddr) -> io::Result<SocketAddr> {
        let listener = TcpListener::bind(listen).await?;
        let address = listener.local_addr()?;
        let router = Router::new()
            .route("/notify", post(paid))
            .route("/notify/{machine}", post(paid))
            .route("/refund-notify", post(refunded))
            .route("/refund-notify/{machine}", post(refunded))
            .route("/scan", post(remote::scanned))
            .route("/scan/{machine}", post(remote::scanned))
            .route("/jsapi/order", post(remote::jsapi_order))
            .with_state(self.clone());
        tokio::spawn(accept(listener, router));
        Ok(address)
    }

    /// Answers a notify. Nothing happens when WeChat has hung up meanwhile.
    pub fn answer(&self, ticket: NotifyTicket, reply: NotifyReply) {
        self.inner.notifies.answer(ticket.0, reply);
    }

    /// Answers an order from a phone. Nothing happens when nobody waits for it any more.
    pub fn answer_remote(&self, ticket: RemoteTicket, order: Result<RemoteOrder, RemoteRefusal>) {
        self.inner.remotes.answer(ticket.0, order);
    }

    /// Hands an event to the loop and waits for its word.
    async fn hand_in(&self, event: impl FnOnce(NotifyTicket) -> Event) -> Response {
        let inner = &self.inner;
        let event = |number| event(NotifyTicket(number));
        match inner.notifies.ask(&inner.inbox, REPLY_TIME_MAX, event).await {
            Some(NotifyReply::Success) => answer(&Reply::Success),
            // `None`: the loop is busy or ends. WeChat shall say it again.
            Some(NotifyReply::Fail) | None => answer(&Reply::Fail("not recorded")),
        }
    }
}

/// `POST /notify`: somebody has paid.
async fn paid(
    State(intake): State<Intake>,
    Extension(caller): Extension<Caller>,
    body: Body,
) -> Response {
    let body = match read_notify(&caller, body).await {
        Ok(body) => body,
        Err(answer) => return answer,
    };
    match notify::read(&body, &intake.inner.merchant) {
        Ok(payment) => intake.hand_in(|ticket| Event::Notified { ticket, payment }).await,
        Err(error) => refused(caller.from, "notify", &error),
    }
}

/// `POST /refund-notify`: a refund has ended, most likely.
async fn refunded(
    State(intake): State<Intake>,
    Extension(caller): Extension<Caller>,
    body: Body,
) -> Response {
    let body = match read_notify(&caller, body).await {
        Ok(body) => body,
        Err(answer) => return answer,
    };
    match refund_notify::read(&body, &intake.inner.merchant) {
        Ok(hint) => intake.hand_in(|ticket| Event::RefundNotified { ticket, hint }).await,
        Err(error) => refused(caller.from, "refund notify", &error),
    }
}

/// The error is the answer to a notify that cannot be read.
async fn read_notify(caller: &Caller, body: Body) -> Result<axum::body::Bytes, Response> {
    read_body(caller, body)
        .await
        .map_err(|status| (status, answer(&Reply::Fail("too long or too slow"))).into_response())
}

fn refused(from: SocketAddr, what: &str, error: &dyn std::error::Error) -> Response {
    tracing::warn!(%from, error = %Chain(error), "{what} refused: it is not believed");
    answer(&Reply::Fail("refused"))
}

/// A body of an honest length that comes in an honest time.
async fn read_body(caller: &Caller, body: Body) -> Result<axum::body::Bytes, StatusCode> {
    let from = caller.from;
    let body = axum::body::to_bytes(body, protocol::xml::BODY_BYTES_MAX);
    match tokio::time::timeout(REQUEST_TIME_MAX, body).await {
        Ok(Ok(body)) => {
            caller.guest.has_spoken();
            Ok(body)
        }
        Ok(Err(error)) => {
            let error = Chain(&error).to_string();
            tracing::warn!(%from, error, "request refused: too long or broken off");
            Err(StatusCode::PAYLOAD_TOO_LARGE)
        }
        Err(_) => {
            tracing::warn!(%from, "request refused: it came too slowly");
            Err(StatusCode::REQUEST_TIMEOUT)
        }
    }
}

fn answer(reply: &Reply) -> Response {
    xml(StatusCode::OK, reply.to_xml())
}

fn xml(status: StatusCode, body: String) -> Response {
    (status, [(header::CONTENT_TYPE, "text/xml; charset=utf-8")], body).into_response()
}

/// Who is at the other end of a connection.
#[derive(Clone)]
struct Caller {
    from: SocketAddr,
    guest: Guest,
}

async fn accept(listener: TcpListener, router: Router) {
    let crowd = Crowd::new();
    loop {
        match listener.accept().await {
            Ok((stream, from)) => {
                let Some((guest, leave)) = crowd.enter().await else { return };
                let router = router.clone();
                tokio::spawn(serve(stream, Caller { from, guest }, leave, router));
            }
            Err(error) => {
                // Out of file handles, or a peer that was quick to leave.
                tracing::warn!(%error, "the intake could not accept a connection");
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    }
}

/// One request and its answer: a connection that was kept for more would take up a place.
async fn serve(stream: TcpStream, caller: Caller, leave: oneshot::Receiver<()>, router: Router) {
    let from = caller.from;
    let router = router.layer(Extension(caller));
    let connection = hyper::server::conn::http1::Builder::new()
        .keep_alive(false)
        // Who has said all may close that half of the line, and is answered all the same.
        .half_close(true)
        .max_buf_size(HEAD_BYTES_MAX)
        .max_headers(HEADERS_MAX)
        .timer(TokioTimer::new())
        .header_read_timeout(REQUEST_TIME_MAX)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(router));
    tokio::select! {
        ended = connection => if let Err(error) = ended {
            tracing::debug!(%from, error = %Chain(&error), "intake connection broke off");
        },
        Ok(()) = leave => {}
    }
}
