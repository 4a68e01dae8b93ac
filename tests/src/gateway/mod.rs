//! WeChat's servers on loopback: unifiedorder, orderquery, closeorder, and the notifies.

mod answer;
mod books;
mod ca;
mod mood;
mod notify;
mod rules;
mod server;

use std::{
    io,
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
        mpsc,
    },
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use protocol::sign::{ApiKey, SignType};

pub use self::{
    books::{Books, Notified, Order, OrderState, PayError, Payment},
    mood::{CallName, Mood, Moods},
    notify::Forgery,
};
use self::{ca::Credentials, server::Server};
use crate::{
    background::Background,
    timeline::{Timeline, What},
    waiting::{TooLate, Watched},
};

/// The gateway's handle; dropping it refuses connections and ends all deliveries.
#[derive(Debug)]
pub struct Gateway {
    core: Arc<Core>,
    ca_file: PathBuf,
    tls: Arc<rustls::ServerConfig>,
    address: SocketAddr,
    /// Before `background`: its port is only free after its task has ended.
    server: Watched<Option<Server>>,
    background: Background,
}

impl Gateway {
    /// Listens, and writes the certificate to trust into `settings.dir`.
    ///
    /// # Errors
    /// [`GatewayError`] names what could not be set up.
    pub fn start(settings: GatewaySettings, timeline: Timeline) -> Result<Self, GatewayError> {
        let Credentials { server: tls, ca_file } = Credentials::make(&settings.dir)
            .map_err(|source| GatewayError::Credentials { dir: settings.dir.clone(), source })?;
        // The first provider stays; another part of this process may have chosen the same.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let core = Arc::new(Core {
            key: settings.key,
            sign_type: settings.sign_type,
            merchant: settings.merchant,
            books: Watched::default(),
            moods: Watched::default(),
            ahead_ms: AtomicI64::new(0),
            http: reqwest::Client::builder()
                .no_proxy()
                .tls_certs_only([])
                .build()
                .map_err(GatewayError::Client)?,
            timeline,
        });
        let listen = |source| GatewayError::Listen { address: settings.listen, source };
        let background = Background::start("gateway").map_err(listen)?;
        let server =
            Server::listen(settings.listen, Arc::clone(&tls), Arc::clone(&core), &background)
                .map_err(listen)?;
        let address = server.address();
        Ok(Self { core, ca_file, tls, address, server: Watched::new(Some(server)), background })
    }

    /// Where it listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// For `[gateway] base_url`.
    #[must_use]
    pub fn base_url(&self) -> String {
        format!("https://{}", self.address)
    }

    /// For `[gateway] extra_ca_file`.
    #[must_use]
    pub fn ca_file(&self) -> &Path {
        &self.ca_file
    }

    /// Pays what stands behind the code, as a phone does; the notify leaves by itself.
    ///
    /// # Errors
    /// [`PayError`] is what the phone shows instead.
    pub fn pay(&self, code_url: &str) -> Result<String, PayError> {
        let number = self.core.take_payment(code_url)?;
        self.background.spawn(notify::deliver(Arc::clone(&self.core), number.clone()));
        Ok(number)
    }

    /// Posts a forged notify about an order and gives the machine's reply.
    ///
    /// # Errors
    /// [`ForgeError`] when there is no such order or no reply.
    pub fn forge(&self, out_trade_no: &str, forgery: Forgery) -> Result<String, ForgeError> {
        let order = self.core.books.read(|books| books.order(out_trade_no).cloned());
        let order = order.ok_or_else(|| ForgeError::NoSuchOrder(out_trade_no.to_owned()))?;
        let body = notify::forge(&order, forgery, &self.core.key);
        let url = order.request.get("notify_url").unwrap_or_default().to_owned();
        let (answer, answered) = mpsc::channel();
        let core = Arc::clone(&self.core);
        self.background.spawn(async move {
            // Nobody waits any longer: then nobody misses it.
            let _ = answer.send(notify::post(&core, &url, body).await);
        });
        match answered.recv_timeout(notify::REPLY_LIMIT * 2) {
            Ok(Ok(reply)) => Ok(reply),
            Ok(Err(error)) => Err(ForgeError::Post(error)),
            Err(_) => Err(ForgeError::NoReply),
        }
    }

    /// Changes the gateway's moods, from the next request or notify on.
    pub fn set_moods(&self, change: impl FnOnce(&mut Moods)) {
        self.core.moods.change(change);
    }

    /// The present moods.
    #[must_use]
    pub fn moods(&self) -> Moods {
        self.core.moods.read(Clone::clone)
    }

    /// Lets the gateway's clock run ahead: orders grow old, codes expire.
    pub fn advance(&self, time: Duration) {
        let ms = i64::try_from(time.as_millis()).unwrap_or(i64::MAX);
        self.core.ahead_ms.fetch_add(ms, Ordering::SeqCst);
    }

    /// Refuses connections and cuts those there are, or listens again at the same address.
    ///
    /// # Errors
    /// [`GatewayError::Listen`] when the address is no longer free.
    pub fn set_down(&self, down: bool) -> Result<(), GatewayError> {
        self.server.change(|server| {
            if down {
                *server = None;
            } else if server.is_none() {
                let core = Arc::clone(&self.core);
                let tls = Arc::clone(&self.tls);
                let again = Server::listen(self.address, tls, core, &self.background);
                *server =
                    Some(again.map_err(|source| GatewayError::Listen {
                        address: self.address,
                        source,
                    })?);
            }
            Ok(())
        })
    }

    /// Whether connections are refused.
    #[must_use]
    pub fn is_down(&self) -> bool {
        self.server.read(Option::is_none)
    }

    /// Looks into the books.
    pub fn read<R>(&self, look: impl FnOnce(&Books) -> R) -> R {
        self.core.books.read(look)
    }

    /// Waits until `look` finds something in the books.
    ///
    /// # Errors
    /// [`TooLate`] when `limit` passes before.
    pub fn wait<R>(
        &self,
        what: &str,
        limit: Duration,
        look: impl FnMut(&Books) -> Option<R>,
    ) -> Result<R, TooLate> {
        self.core.books.wait(what, limit, look)
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        self.server.change(|server| *server = None);
    }
}

/// What the gateway is set up with.
#[derive(Debug)]
pub struct GatewaySettings {
    /// Where to listen; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Where to write `ca.pem`.
    pub dir: PathBuf,
    /// The merchant's key.
    pub key: ApiKey,
    /// The only mode in which requests may be signed; `None` takes the one they name.
    pub sign_type: Option<SignType>,
    /// The only `appid` and `mch_id` that exist; `None` knows everybody who has the key.
    pub merchant: Option<(String, String)>,
}

/// The gateway could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum GatewayError {
    /// Its certificate.
    #[error("cannot make the gateway's certificate in {}", .dir.display())]
    Credentials {
        /// Where `ca.pem` was to be.
        dir: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// Its port.
    #[error("cannot listen on {address}")]
    Listen {
        /// The wanted address.
        address: SocketAddr,
        /// Why not.
        source: io::Error,
    },
    /// The client that posts notifies.
    #[error("cannot set up the client that posts notifies")]
    Client(#[source] reqwest::Error),
}

/// A forged notify brought no reply.
#[derive(Debug, thiserror::Error)]
pub enum ForgeError {
    /// The attacker knows no such order.
    #[error("there is no order {0}")]
    NoSuchOrder(String),
    /// It could not be posted.
    #[error("cannot post the forged notify")]
    Post(#[source] reqwest::Error),
    /// The machine is silent.
    #[error("no reply to the forged notify")]
    NoReply,
}

/// What the server, the deliveries and the handle share.
#[derive(Debug)]
struct Core {
    key: ApiKey,
    sign_type: Option<SignType>,
    merchant: Option<(String, String)>,
    books: Watched<Books>,
    moods: Watched<Moods>,
    /// How far the gateway's clock is ahead of this computer's.
    ahead_ms: AtomicI64,
    http: reqwest::Client,
    timeline: Timeline,
}

impl Core {
    /// Milliseconds since 1970.
    fn now_ms(&self) -> i64 {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let ahead = self.ahead_ms.load(Ordering::SeqCst);
        i64::try_from(now.as_millis()).unwrap_or(i64::MAX).saturating_add(ahead)
    }

    fn take_payment(&self, code_url: &str) -> Result<String, PayError> {
        let now_ms = self.now_ms();
        let number = self.books.change(|books| books.pay(code_url, now_ms))?;
        self.timeline.mark(What::Paid(number.clone()));
        Ok(number)
    }
}

#[cfg(test)]
mod tests;
