//! WeChat's servers on loopback: every call, the notifies, and what people do besides.

mod acts;
mod answer;
mod bill;
mod books;
mod ca;
mod call;
pub mod console;
mod err_code;
mod jsapi;
mod key;
mod mode1;
mod mood;
mod notify;
mod order;
mod refunds;
mod request;
mod rules;
mod server;
mod tls;

use std::{
    io,
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use protocol::sign::SignType;
use tokio::sync::watch;

pub use self::{
    acts::{ForgeError, RefundError},
    bill::PlantedTrade,
    books::Books,
    call::CallName,
    jsapi::{APP_SECRET, JsapiError},
    key::Key,
    mode1::{Scanned, StickerError, is_sticker},
    mood::{Mood, Moods},
    notify::Forgery,
    order::{Notified, Order, OrderState, PayError, Payment},
    refunds::{Refund, RefundEnd, RefundSource},
};
use self::{
    ca::{Credentials, Files},
    server::Server,
};
use crate::{
    background::Background,
    timeline::{Timeline, What},
    waiting::{TooLate, Watched},
};

/// The name in the client's certificate of a gateway that serves everybody who has the key.
const ANY_MERCHANT: &str = "1900000109";

/// The gateway's handle; dropping it refuses connections and ends all deliveries.
#[derive(Debug)]
pub struct Gateway {
    core: Arc<Core>,
    files: Files,
    tls: Arc<rustls::ServerConfig>,
    address: SocketAddr,
    /// Before `background`: its port is only free after its task has ended.
    server: Watched<Option<Server>>,
    background: Background,
}

impl Gateway {
    /// Listens, and writes into `settings.dir` what a client needs: `ca.pem` to trust, and
    /// `apiclient_cert.pem` and `apiclient_key.pem` to show for calls under `/secapi/`.
    ///
    /// # Errors
    /// [`GatewayError`] names what could not be set up.
    pub fn start(settings: GatewaySettings, timeline: Timeline) -> Result<Self, GatewayError> {
        let mch_id = settings.merchant.as_ref().map_or(ANY_MERCHANT, |(_, mch_id)| mch_id);
        let Credentials { server: tls, files } = Credentials::make(&settings.dir, mch_id)
            .map_err(|source| GatewayError::Credentials { dir: settings.dir.clone(), source })?;
        // The first provider stays; another part of this process may have chosen the same.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let core = Arc::new(Core {
            key: settings.key,
            sign_type: settings.sign_type,
            merchant: settings.merchant,
            books: Watched::default(),
            moods: Watched::default(),
            mode1_callback: Watched::default(),
            ahead_ms: watch::Sender::new(0),
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
        Ok(Self { core, files, tls, address, server: Watched::new(Some(server)), background })
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
        &self.files.ca
    }

    /// The merchant's certificate, PEM: `apiclient_cert.pem`.
    #[must_use]
    pub fn client_cert_file(&self) -> &Path {
        &self.files.client_cert
    }

    /// Its key, PEM, mode 0600: `apiclient_key.pem`.
    #[must_use]
    pub fn client_key_file(&self) -> &Path {
        &self.files.client_key
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
        self.core.ahead_ms.send_modify(|ahead| *ahead = ahead.saturating_add(ms));
    }

    /// What the gateway's clock shows: milliseconds since 1970.
    #[must_use]
    pub fn now_ms(&self) -> i64 {
        self.core.now_ms()
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
    /// Where to write `ca.pem`, `apiclient_cert.pem` and `apiclient_key.pem`.
    pub dir: PathBuf,
    /// The merchant's key.
    pub key: Key,
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

/// What the server, the deliveries and the handle share.
#[derive(Debug)]
struct Core {
    key: Key,
    sign_type: Option<SignType>,
    merchant: Option<(String, String)>,
    books: Watched<Books>,
    moods: Watched<Moods>,
    /// Where the callback of mode 1 is posted to.
    mode1_callback: Watched<Option<String>>,
    /// How far the gateway's clock is ahead of this computer's.
    ahead_ms: watch::Sender<i64>,
    http: reqwest::Client,
    timeline: Timeline,
}

impl Core {
    /// Milliseconds since 1970.
    fn now_ms(&self) -> i64 {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let ahead = *self.ahead_ms.borrow();
        i64::try_from(now.as_millis()).unwrap_or(i64::MAX).saturating_add(ahead)
    }

    /// Waits until the gateway's clock shows `at_ms`; it may be advanced meanwhile.
    async fn until(&self, at_ms: i64) {
        let mut advanced = self.ahead_ms.subscribe();
        while let Ok(left @ 1..) = u64::try_from(at_ms.saturating_sub(self.now_ms())) {
            // Whichever comes first: then look again.
            let _ = tokio::time::timeout(Duration::from_millis(left), advanced.changed()).await;
        }
    }

    fn take_payment(
        &self,
        pay: impl FnOnce(&mut Books, i64) -> Result<String, PayError>,
    ) -> Result<String, PayError> {
        let now_ms = self.now_ms();
        let number = self.books.change(|books| pay(books, now_ms))?;
        self.timeline.mark(What::Paid(number.clone()));
        Ok(number)
    }
}

#[cfg(test)]
mod tests;
