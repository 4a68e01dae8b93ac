//! WeChat's servers over HTTPS: calls with time limits, repeats only where they are idempotent.

use std::fs;
use std::io;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use protocol::closeorder::CloseOrder;
use protocol::orderquery::OrderQuery;
use protocol::sign::Verified;
use protocol::unifiedorder::{Trade, UnifiedOrder};
use protocol::{
    BeijingTime, Body, Call, CallError, CallName, Merchant, NonceStr, NotifyUrl, OutTradeNo,
    ProductId, Verdict, read_answer, request,
};
use reqwest::header::{CONTENT_TYPE, USER_AGENT};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use tokio::sync::Semaphore;

use crate::inbox::Inbox;
use crate::report::Chain;
use crate::sale::{Event, GatewayFault, Order, Queried};

/// Where WeChat is and how we present ourselves.
#[derive(Clone, Debug)]
pub struct GatewaySettings {
    /// `https://api.mch.weixin.qq.com`, or another root of the same paths; without a slash at the
    /// end.
    pub base_url: String,
    /// Certificates to trust besides the built-in web roots (PEM).
    pub extra_ca_file: Option<PathBuf>,
    /// Where WeChat shall send its notifies.
    pub notify_url: NotifyUrl,
    /// `spbill_create_ip` of every order: the machine's address.
    pub spbill_create_ip: IpAddr,
}

/// The port: wishes in, events into the inbox.
#[derive(Clone)]
pub struct Gateway {
    inner: Arc<Inner>,
}

struct Inner {
    client: reqwest::Client,
    settings: GatewaySettings,
    merchant: Merchant,
    inbox: Inbox,
    tasks: tokio::runtime::Handle,
    places: Semaphore,
}

/// A TLS handshake over a mobile line takes a second; a host that is gone shall not cost a
/// customer's patience.
const CONNECT_TIME_MAX: Duration = Duration::from_secs(3);

/// One try. WeChat itself gives up inside after 5 s (`SYSTEMERROR`).
const TRY_TIME_MAX: Duration = Duration::from_secs(6);

/// All tries of an order together: a customer waits for this.
const OPEN_TIME_MAX: Duration = Duration::from_secs(10);

/// Waiting for a place and one try: shorter than the middle waits before it asks again.
const TURN_TIME_MAX: Duration = Duration::from_secs(30);

/// Tries of one call while its time lasts.
const TRIES_MAX: usize = 3;

/// The pause before a repeat.
const REPEAT_PAUSE: Duration = Duration::from_millis(300);

/// Questions on the way at once: after a restart many orders may be due, and limits are per
/// merchant.
const CALLS_MAX: usize = 4;

impl Gateway {
    /// Prepares the client; nothing is sent yet.
    ///
    /// # Errors
    ///
    /// When the extra CA file cannot be used.
    pub fn new(
        settings: GatewaySettings,
        merchant: Merchant,
        inbox: Inbox,
        tasks: tokio::runtime::Handle,
    ) -> Result<Self, GatewayError> {
        let client = client(settings.extra_ca_file.as_deref())?;
        let places = Semaphore::new(CALLS_MAX);
        Ok(Self { inner: Arc::new(Inner { client, settings, merchant, inbox, tasks, places }) })
    }

    /// Asks for a QR; the answer comes as [`Event::OpenAnswered`]. Never waits for a place: a
    /// customer stands there.
    pub fn open_order(&self, order: &Order) {
        let call = self.inner.unified_order(order);
        let (inner, out_trade_no) = (Arc::clone(&self.inner), order.out_trade_no.clone());
        self.inner.tasks.spawn(async move {
            let tries = inner.call_repeatedly(&call);
            let answer = tokio::time::timeout(OPEN_TIME_MAX, tries).await.unwrap_or_else(|_| {
                Err(GatewayFault::Unreachable(format!("nothing in {} s", OPEN_TIME_MAX.as_secs())))
            });
            inner.inbox.put_later(Event::OpenAnswered { out_trade_no, answer }).await;
        });
    }

    /// Asks what became of an order; the answer comes as [`Event::Queried`].
    pub fn query_order(&self, out_trade_no: &OutTradeNo) {
        let (inner, out_trade_no) = (Arc::clone(&self.inner), out_trade_no.clone());
        self.inner.tasks.spawn(async move {
            let answer =
                inner.call_in_turn(&OrderQuery { out_trade_no: out_trade_no.clone() }).await;
            inner.inbox.put_later(Event::Queried(Queried { out_trade_no, answer })).await;
        });
    }

    /// Closes an order; the answer comes as [`Event::CloseAnswered`].
    pub fn close_order(&self, out_trade_no: &OutTradeNo) {
        let (inner, out_trade_no) = (Arc::clone(&self.inner), out_trade_no.clone());
        self.inner.tasks.spawn(async move {
            let answer =
                inner.call_in_turn(&CloseOrder { out_trade_no: out_trade_no.clone() }).await;
            inner.inbox.put_later(Event::CloseAnswered { out_trade_no, answer }).await;
        });
    }

    /// Asks for an order that cannot exist: a signed `ORDERNOTEXIST` shows that address,
    /// certificates, merchant and key are right.
    ///
    /// # Errors
    ///
    /// What WeChat, or the way to it, objects to.
    pub async fn probe(&self, out_trade_no: OutTradeNo) -> Result<(), GatewayFault> {
        match self.inner.call(&OrderQuery { out_trade_no }).await {
            Err(GatewayFault::Call(CallError::Failed {
                err_code: protocol::ErrCode::OrderNotExist,
                ..
            }))
            | Ok(_) => Ok(()),
            Err(fault) => Err(fault),
        }
    }
}

impl Inner {
    fn unified_order(&self, order: &Order) -> UnifiedOrder {
        UnifiedOrder {
            body: Body::fit(&format!("自动售货机-{}", order.name_zh)),
            out_trade_no: order.out_trade_no.clone(),
            total_fee: order.price,
            spbill_create_ip: self.settings.spbill_create_ip,
            time_start: BeijingTime::from_unix_ms(order.created_at.unix_ms()),
            time_expire: BeijingTime::from_unix_ms(order.time_expire.unix_ms()),
            notify_url: self.settings.notify_url.clone(),
            trade: Trade::Native {
                product_id: ProductId::parse(&order.slot.to_string())
                    .unwrap_or_else(|error| unreachable!("three digits are a product_id: {error}")),
            },
            device_info: None,
            attach: None,
        }
    }

    /// The very same call again while its answer leaves open what happened (APIv2, unifiedorder:
    /// repeat with the same parameters).
    async fn call_repeatedly<C: Call + Sync>(
        &self,
        call: &C,
    ) -> Result<Verified<C::Answer>, GatewayFault> {
        let mut answer = self.call(call).await;
        for _ in 1..TRIES_MAX {
            match &answer {
                Err(fault) if C::REPEATABLE && is_worth_repeating(C::NAME, fault) => {
                    tracing::debug!(path = C::PATH, %fault, "call is repeated");
                    tokio::time::sleep(REPEAT_PAUSE).await;
                    answer = self.call(call).await;
                }
                _ => break,
            }
        }
        answer
    }

    /// One call for which nobody stands and waits.
    async fn call_in_turn<C: Call + Sync>(
        &self,
        call: &C,
    ) -> Result<Verified<C::Answer>, GatewayFault> {
        let in_turn = async {
            let _place = self.places.acquire().await;
            self.call(call).await
        };
        tokio::time::timeout(TURN_TIME_MAX, in_turn).await.unwrap_or_else(|_| {
            Err(GatewayFault::Unreachable(format!("nothing in {} s", TURN_TIME_MAX.as_secs())))
        })
    }

    async fn call<C: Call + Sync>(&self, call: &C) -> Result<Verified<C::Answer>, GatewayFault> {
        let body = request(call, &self.merchant, &NonceStr::random());
        let unreachable = |error: reqwest::Error| {
            GatewayFault::Unreachable(Chain(&error.without_url()).to_string())
        };
        let mut response = self
            .client
            .post(format!("{}{}", self.settings.base_url, C::PATH))
            .header(CONTENT_TYPE, "text/xml; charset=utf-8")
            .header(USER_AGENT, concat!("kioskd/", env!("CARGO_PKG_VERSION")))
            .body(body)
            .send()
            .await
            .map_err(unreachable)?;
        if response.status() != reqwest::StatusCode::OK {
            return Err(GatewayFault::Unreachable(format!("HTTP {}", response.status())));
        }
        let mut answer = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(unreachable)? {
            answer.extend_from_slice(&chunk);
            if answer.len() > protocol::xml::BODY_BYTES_MAX {
                return Err(GatewayFault::Unreachable("the answer is too long".to_owned()));
            }
        }
        Ok(read_answer(call, &self.merchant, &answer)?)
    }
}

/// Why the port cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum GatewayError {
    /// The extra CA file.
    #[error("the CA file {path:?} cannot be read")]
    CaFile {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The extra CA file's content.
    #[error("the CA file {path:?} holds no usable certificate: {reason}")]
    CaContent {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// The HTTP client.
    #[error("the HTTPS client cannot be set up")]
    Client(#[source] reqwest::Error),
    /// The TLS library.
    #[error("TLS cannot be set up")]
    Tls(#[source] rustls::Error),
}

fn is_worth_repeating(call: CallName, fault: &GatewayFault) -> bool {
    match fault {
        GatewayFault::Unreachable(_) | GatewayFault::Call(CallError::NotXml(_)) => true,
        GatewayFault::Call(CallError::Failed { err_code, .. }) => {
            err_code.verdict(call) == Verdict::RepeatSame
        }
        GatewayFault::Call(
            CallError::Refused { .. } | CallError::BadSign(_) | CallError::Mismatch(_),
        ) => false,
    }
}

fn client(extra_ca_file: Option<&Path>) -> Result<reqwest::Client, GatewayError> {
    let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    if let Some(path) = extra_ca_file {
        add_roots(&mut roots, path)?;
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let tls = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(GatewayError::Tls)?
        .with_root_certificates(roots)
        .with_no_client_auth();
    reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .https_only(true)
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(CONNECT_TIME_MAX)
        .timeout(TRY_TIME_MAX)
        .build()
        .map_err(GatewayError::Client)
}

fn add_roots(roots: &mut RootCertStore, path: &Path) -> Result<(), GatewayError> {
    let content = |reason: String| GatewayError::CaContent { path: path.to_owned(), reason };
    let pem =
        fs::read(path).map_err(|source| GatewayError::CaFile { path: path.to_owned(), source })?;
    let mut found = false;
    for certificate in CertificateDer::pem_slice_iter(&pem) {
        let certificate = certificate.map_err(|error| content(error.to_string()))?;
        roots.add(certificate).map_err(|error| content(error.to_string()))?;
        found = true;
    }
    if found { Ok(()) } else { Err(content("there is no PEM certificate in it".to_owned())) }
}
