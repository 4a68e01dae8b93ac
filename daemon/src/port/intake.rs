//! The HTTP intake: forwarded notifies in, SUCCESS out only when the entry is on disk.

use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use protocol::notify::{self, Reply};
use protocol::{Merchant, Payment, sign::Verified};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, oneshot};

use crate::inbox::Inbox;
use crate::report::Chain;
use crate::sale::{Event, NotifyReply, NotifyTicket};

/// The door for notifies. The loop answers them through it.
#[derive(Clone)]
pub struct Intake {
    inner: Arc<Inner>,
}

struct Inner {
    merchant: Merchant,
    inbox: Inbox,
    waiting: Mutex<Waiting>,
}

#[derive(Default)]
struct Waiting {
    last: u64,
    replies: BTreeMap<NotifyTicket, oneshot::Sender<NotifyReply>>,
}

/// WeChat takes silence of more than 5 s for a failure (APIv2, payment notify): we answer before.
const REPLY_TIME_MAX: Duration = Duration::from_millis(4_500);

/// A request that dribbles in more slowly than this is not WeChat's.
const REQUEST_TIME_MAX: Duration = Duration::from_secs(5);

/// Connections at once; one machine gets one notify a sale.
const CONNECTIONS_MAX: usize = 32;

impl Intake {
    /// A door that trusts what is signed with the merchant's key.
    pub fn new(merchant: Merchant, inbox: Inbox) -> Self {
        let waiting = Mutex::new(Waiting::default());
        Self { inner: Arc::new(Inner { merchant, inbox, waiting }) }
    }

    /// Opens the door at `listen`: `POST /notify`, and `POST /notify/<machine>` as a relay for many
    /// machines forwards it. The name decides nothing: the order is ours or it is not.
    ///
    /// # Errors
    ///
    /// When the address cannot be had.
    pub async fn listen(&self, listen: SocketAddr) -> io::Result<SocketAddr> {
        let listener = TcpListener::bind(listen).await?;
        let address = listener.local_addr()?;
        let router = Router::new()
            .route("/notify", post(take))
            .route("/notify/{machine}", post(take))
            .with_state(self.clone());
        tokio::spawn(accept(listener, router));
        Ok(address)
    }

    /// Answers a notify. Nothing happens when WeChat has hung up meanwhile.
    pub fn answer(&self, ticket: NotifyTicket, reply: NotifyReply) {
        if let Some(sender) = self.waiting().replies.remove(&ticket) {
            let _ = sender.send(reply);
        }
    }

    fn waiting(&self) -> std::sync::MutexGuard<'_, Waiting> {
        self.inner.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Hands a payment to the loop and waits for its word.
    async fn hand_in(&self, payment: Verified<Payment>) -> NotifyReply {
        let (sender, receiver) = oneshot::channel();
        let ticket = {
            let mut waiting = self.waiting();
            waiting.last += 1;
            let ticket = NotifyTicket(waiting.last);
            waiting.replies.insert(ticket, sender);
            ticket
        };
        if !self.inner.inbox.put_later(Event::Notified { ticket, payment }).await {
            self.waiting().replies.remove(&ticket);
            return NotifyReply::Fail;
        }
        let reply = tokio::time::timeout(REPLY_TIME_MAX, receiver).await;
        self.waiting().replies.remove(&ticket);
        match reply {
            Ok(Ok(reply)) => reply,
            // The loop is busy or ends: WeChat shall say it again.
            Ok(Err(_)) | Err(_) => NotifyReply::Fail,
        }
    }
}

async fn take(
    State(intake): State<Intake>,
    ConnectInfo(from): ConnectInfo<SocketAddr>,
    body: Body,
) -> Response {
    let body = axum::body::to_bytes(body, protocol::xml::BODY_BYTES_MAX);
    let body = match tokio::time::timeout(REQUEST_TIME_MAX, body).await {
        Ok(Ok(body)) => body,
        Ok(Err(error)) => {
            tracing::warn!(%from, error = %Chain(&error), "notify refused: too long or broken off");
            return answer(StatusCode::PAYLOAD_TOO_LARGE, &Reply::Fail("too long"));
        }
        Err(_) => {
            tracing::warn!(%from, "notify refused: it came too slowly");
            return answer(StatusCode::REQUEST_TIMEOUT, &Reply::Fail("too slow"));
        }
    };
    let payment = match notify::read(&body, &intake.inner.merchant) {
        Ok(payment) => payment,
        Err(error) => {
            tracing::warn!(%from, error = %Chain(&error), "notify refused: it is not believed");
            return answer(StatusCode::OK, &Reply::Fail("refused"));
        }
    };
    match intake.hand_in(payment).await {
        NotifyReply::Success => answer(StatusCode::OK, &Reply::Success),
        NotifyReply::Fail => answer(StatusCode::OK, &Reply::Fail("not recorded")),
    }
}

fn answer(status: StatusCode, reply: &Reply) -> Response {
    (status, [(header::CONTENT_TYPE, "text/xml; charset=utf-8")], reply.to_xml()).into_response()
}

async fn accept(listener: TcpListener, router: Router) {
    let places = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    loop {
        let Ok(place) = Arc::clone(&places).acquire_owned().await else { return };
        match listener.accept().await {
            Ok((stream, from)) => {
                let router = router.clone();
                tokio::spawn(async move {
                    serve(stream, from, router).await;
                    drop(place);
                });
            }
            Err(error) => {
                // Out of file handles, or a peer that was quick to leave.
                tracing::warn!(%error, "the intake could not accept a connection");
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    }
}

async fn serve(stream: TcpStream, from: SocketAddr, router: Router) {
    let router = router.layer(axum::Extension(ConnectInfo(from)));
    let connection = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(REQUEST_TIME_MAX)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(router));
    if let Err(error) = connection.await {
        tracing::debug!(%from, error = %Chain(&error), "intake connection broke off");
    }
}
