//! WeChat's servers on loopback: every call, the notifies, and what people do besides.

mod acts;
mod answer;
mod bill;
mod books;
mod ca;
mod call;
pub mod console;
mod desk;
mod err_code;
mod host;
mod jsapi;
mod key;
mod micropay;
mod mode1;
mod mood;
mod notify;
mod order;
mod refunds;
mod request;
mod rules;
mod sandbox;
mod server;
mod tls;
mod tools;

use std::{
    io,
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use protocol::sign::{ApiKeyError, SignType};
use tokio::sync::watch;

use self::ca::{Credentials, Files};
pub use self::{
    acts::{ForgeError, RefundError},
    bill::PlantedTrade,
    books::Books,
    call::CallName,
    host::Host,
    jsapi::{APP_SECRET, JsapiError},
    key::Key,
    micropay::{Micropay, Password},
    mode1::{Scanned, StickerError, is_sticker},
    mood::{Mood, Moods},
    notify::Forgery,
    order::{Notified, Order, OrderState, PayError, Payment},
    refunds::{Refund, RefundEnd, RefundSource},
    sandbox::Realm,
};
use crate::{
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
    host: Host,
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
            keys: Keys::with(settings.key).map_err(GatewayError::SandboxKey)?,
            sign_type: settings.sign_type,
            merchant: settings.merchant,
            books: Watched::default(),
            moods: Watched::default(),
            mode1_callback: Watched::default(),
            ahead_ms: watch::Sender::new(0),
            date_ahead_ms: AtomicI64::new(0),
            http: reqwest::Client::builder()
                .no_proxy()
                .tls_certs_only([])
                .build()
                .map_err(GatewayError::Client)?,
            timeline,
        });
        let host = Host::start("gateway", settings.listen, Arc::clone(&core), tls)?;
        Ok(Self { core, files, host })
    }

    /// Where it listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.host.address()
    }

    /// For `[gateway] base_url`.
    #[must_use]
    pub fn base_url(&self) -> String {
        self.host.base_url()
    }

    /// How many requests have come to the first host, whatever became of them.
    #[must_use]
    pub fn heard(&self) -> u64 {
        self.host.heard()
    }

    /// Another host on the same books and with the same certificate, as `api2` is to `api`.
    ///
    /// # Errors
    /// [`GatewayError::Listen`] when there is no free port.
    pub fn second_host(&self) -> Result<Host, GatewayError> {
        self.host.twin("gateway 2")
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

    /// Lets the `Date` of every answer run ahead of this computer's clock, or behind it: to a
    /// machine its own clock then looks wrong. Nothing else changes.
    pub fn set_date_ahead(&self, ms: i64) {
        self.core.date_ahead_ms.store(ms, Ordering::SeqCst);
    }

    /// Makes the first host refuse connections and cut those there are, or listen again.
    ///
    /// # Errors
    /// [`GatewayError::Listen`] when the address is no longer free.
    pub fn set_down(&self, down: bool) -> Result<(), GatewayError> {
        self.host.set_down(down)
    }

    /// Whether the first host refuses connections.
    #[must_use]
    pub fn is_down(&self) -> bool {
        self.host.is_down()
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
    /// A key of the sandboxes.
    #[error("a sandbox's key is none")]
    SandboxKey(#[source] ApiKeyError),
    /// The client that posts notifies.
    #[error("cannot set up the client that posts notifies")]
    Client(#[source] reqwest::Error),
}

/// A key for each realm.
#[derive(Debug)]
struct Keys {
    production: Key,
    old_sandbox: Key,
    new_sandbox: Key,
}

impl Keys {
    fn with(production: Key) -> Result<Self, ApiKeyError> {
        let of = |realm: Realm| realm.sign_key().map_or(Ok(production.clone()), Key::parse);
        let (old_sandbox, new_sandbox) = (of(Realm::OldSandbox)?, of(Realm::NewSandbox)?);
        Ok(Self { production, old_sandbox, new_sandbox })
    }
}

/// What the server, the deliveries and the handle share.
#[derive(Debug)]
struct Core {
    keys: Keys,
    sign_type: Option<SignType>,
    merchant: Option<(String, String)>,
    books: Watched<Books>,
    moods: Watched<Moods>,
    /// Where the callback of mode 1 is posted to.
    mode1_callback: Watched<Option<String>>,
    /// How far the gateway's clock is ahead of this computer's.
    ahead_ms: watch::Sender<i64>,
    /// How far the `Date` of answers is.
    date_ahead_ms: AtomicI64,
    http: reqwest::Client,
    timeline: Timeline,
}

impl Core {
    const fn key(&self, realm: Realm) -> &Key {
        match realm {
            Realm::Production => &self.keys.production,
            Realm::OldSandbox => &self.keys.old_sandbox,
            Realm::NewSandbox => &self.keys.new_sandbox,
        }
    }

    /// What the `Date` of an answer says: milliseconds since 1970.
    fn date_ms(&self) -> i64 {
        let ahead = *self.ahead_ms.borrow();
        let date_ahead = self.date_ahead_ms.load(Ordering::SeqCst);
        self.now_ms().saturating_sub(ahead).saturating_add(date_ahead)
    }

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
