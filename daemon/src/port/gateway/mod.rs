//! WeChat's servers over HTTPS: calls with time limits, repeats only where they are idempotent.

mod asked;
mod bill;
mod hosts;
mod https;
mod sandbox;

use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use protocol::closeorder::CloseOrder;
use protocol::getsignkey::Sandbox;
use protocol::jscode2session::{self, AppSecret, JsCode, JsCodeError, Target};
use protocol::micropay::MicroPay;
use protocol::orderquery::OrderQuery;
use protocol::refundquery::RefundQuery;
use protocol::reverse::Reverse;
use protocol::sign::Verified;
use protocol::unifiedorder::{Trade, UnifiedOrder};
use protocol::{
    AuthCode, BeijingTime, Body, Call, CallError, ErrCode, Merchant, NonceStr, NotifyUrl, OpenId,
    OutTradeNo, RefundDesc, Request, Verdict, read_answer, request,
};
use tokio::sync::Semaphore;
use zeroize::Zeroizing;

use crate::clock::Clock;
use crate::inbox::Inbox;
use crate::sale::{
    CLOCK_OFF_MAX_MS, Event, GatewayFault, MachineId, Order, Queried, Refund, product_id,
};
use asked::{Asked, Question};
use hosts::{Hosts, Outcome, Which};
pub use https::{Certificate, GatewayError};
use https::{Https, NoAnswer};
use sandbox::SandboxKey;

/// Where WeChat is and how we present ourselves.
#[derive(Clone, Debug)]
pub struct GatewaySettings {
    /// Named in what is ordered.
    pub machine: MachineId,
    /// `https://api.mch.weixin.qq.com`, or another root of the same paths; without a slash at the
    /// end.
    pub base_url: String,
    /// The same paths on another host, for when the first cannot be had.
    pub backup_url: Option<String>,
    /// Certificates to trust besides the built-in web roots (PEM).
    pub extra_ca_file: Option<PathBuf>,
    /// Shown where WeChat asks for it; without it nothing can be paid back by the machine.
    pub certificate: Option<Certificate>,
    /// Where WeChat shall send its notifies of payments.
    pub notify_url: NotifyUrl,
    /// Where WeChat shall send its notifies of refunds; `None` = as the merchant platform says.
    pub refund_notify_url: Option<NotifyUrl>,
    /// `spbill_create_ip` of every order: the machine's address.
    pub spbill_create_ip: IpAddr,
    /// A sandbox, in which no money moves; `None` = the real thing.
    pub sandbox: Option<Sandbox>,
    /// Where `jscode2session` is: `https://api.weixin.qq.com`.
    pub session_url: String,
}

/// The port: wishes in, events into the inbox.
#[derive(Clone)]
pub struct Gateway {
    inner: Arc<Inner>,
}

struct Inner {
    https: Https,
    hosts: Mutex<Hosts>,
    settings: GatewaySettings,
    merchant: Merchant,
    sandbox_key: SandboxKey,
    inbox: Inbox,
    clock: Clock,
    tasks: tokio::runtime::Handle,
    places: Semaphore,
    asked: Asked,
}

/// All tries of an order together: a customer waits for this.
const OPEN_TIME_MAX: Duration = Duration::from_secs(10);

/// Waiting for a place and one try: shorter than the middle waits before it asks again.
const TURN_TIME_MAX: Duration = Duration::from_secs(30);

/// Tries of one call while its time lasts.
const TRIES_MAX: usize = 3;

/// The pause before WeChat is asked for the time again.
const LEARN_PAUSE: Duration = Duration::from_secs(10);

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
    /// When the extra CA file or the certificate cannot be used.
    pub fn new(
        settings: GatewaySettings,
        merchant: Merchant,
        inbox: Inbox,
        clock: Clock,
        tasks: tokio::runtime::Handle,
    ) -> Result<Self, GatewayError> {
        let https = Https::new(settings.extra_ca_file.as_deref(), settings.certificate.as_ref())?;
        let hosts = Hosts::new(settings.base_url.clone(), settings.backup_url.clone());
        let (hosts, places) = (Mutex::new(hosts), Semaphore::new(CALLS_MAX));
        let inner = Inner {
            https,
            hosts,
            settings,
            merchant,
            sandbox_key: SandboxKey::default(),
            inbox,
            clock,
            tasks,
            places,
            asked: Asked::default(),
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// Asks for an order to pay; the answer comes as [`Event::OpenAnswered`]. Never waits for a
    /// place: a customer stands there.
    pub fn open_order(&self, order: &Order, payer: Option<OpenId>) {
        let call = self.inner.unified_order(order, payer);
        let (inner, out_trade_no) = (Arc::clone(&self.inner), order.out_trade_no.clone());
        let question = self.ask(OPEN_TIME_MAX);
        self.inner.tasks.spawn(async move {
            let tries = inner.call_repeatedly(&call);
            let answer = tokio::time::timeout(OPEN_TIME_MAX, tries).await.unwrap_or_else(|_| {
                Err(GatewayFault::Unreachable(format!("nothing in {} s", OPEN_TIME_MAX.as_secs())))
            });
            inner.inbox.put_later(Event::OpenAnswered { out_trade_no, answer }).await;
            drop(question);
        });
    }

    /// Takes the money of a payment code; the answer comes as [`Event::CodePaid`]. Sent
    /// once, and never waits for a place: a customer stands there.
    pub fn pay_by_code(&self, order: &Order, code: AuthCode) {
        let call = self.inner.micro_pay(order, code);
        self.call_in_time(call, false, |call, answer| Event::CodePaid {
            out_trade_no: call.out_trade_no,
            answer,
        });
    }

    /// Takes a payment by code back; the answer comes as [`Event::ReverseAnswered`].
    pub fn reverse(&self, out_trade_no: &OutTradeNo) {
        let call = Reverse { out_trade_no: out_trade_no.clone() };
        self.call_in_time(call, false, |Reverse { out_trade_no }, answer| Event::ReverseAnswered {
            out_trade_no,
            answer,
        });
    }

    /// Asks what became of an order; the answer comes as [`Event::Queried`].
    pub fn query_order(&self, out_trade_no: &OutTradeNo) {
        let call = OrderQuery { out_trade_no: out_trade_no.clone() };
        self.call_and_tell(call, |OrderQuery { out_trade_no }, answer| {
            Event::Queried(Queried { out_trade_no, answer })
        });
    }

    /// Closes an order; the answer comes as [`Event::CloseAnswered`].
    pub fn close_order(&self, out_trade_no: &OutTradeNo) {
        let call = CloseOrder { out_trade_no: out_trade_no.clone() };
        self.call_and_tell(call, |CloseOrder { out_trade_no }, answer| Event::CloseAnswered {
            out_trade_no,
            answer,
        });
    }

    /// Asks for a refund; the answer comes as [`Event::RefundAnswered`].
    pub fn refund(&self, refund: &Refund) {
        let call = protocol::refund::Refund {
            out_trade_no: refund.out_trade_no().clone(),
            out_refund_no: refund.out_refund_no().clone(),
            total_fee: refund.total_fee(),
            refund_fee: refund.refund_fee(),
            refund_desc: RefundDesc::fit(refund.reason().for_customer()),
            notify_url: self.inner.settings.refund_notify_url.clone(),
        };
        self.call_and_tell(call, |call, answer| Event::RefundAnswered {
            out_trade_no: call.out_trade_no,
            answer,
        });
    }

    /// Asks what became of an order's refunds; the answer comes as [`Event::RefundsQueried`].
    pub fn query_refunds(&self, out_trade_no: &OutTradeNo) {
        let call = RefundQuery { out_trade_no: out_trade_no.clone(), offset: None };
        self.call_and_tell(call, |RefundQuery { out_trade_no, .. }, answer| {
            Event::RefundsQueried { out_trade_no, answer }
        });
    }

    /// Asks who stands behind a mini-program's login code.
    ///
    /// # Errors
    ///
    /// What WeChat, or the way to it, objects to.
    pub async fn openid(&self, secret: &AppSecret, code: &JsCode) -> Result<OpenId, OpenIdFault> {
        let inner = &self.inner;
        let target = Target::new(&inner.merchant.appid, secret, code);
        let url = Zeroizing::new(format!("{}{}", inner.settings.session_url, target.as_str()));
        let answer = inner.https.get(&url).await;
        let answer = answer.map_err(|no_answer| OpenIdFault::Unreachable(no_answer.reason))?;
        Ok(jscode2session::read_answer(&answer)?)
    }

    /// Calls until WeChat has answered something: its `Date` corrects a clock that cannot be right.
    pub fn learn_time(&self, out_trade_no: OutTradeNo) {
        let inner = Arc::clone(&self.inner);
        self.inner.tasks.spawn(async move {
            let call = OrderQuery { out_trade_no };
            while let Err(GatewayFault::Unreachable(reason)) = inner.call(&call).await {
                tracing::debug!(reason, "WeChat's time is not known yet");
                tokio::time::sleep(LEARN_PAUSE).await;
            }
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
                err_code: ErrCode::OrderNotExist, ..
            }))
            | Ok(_) => Ok(()),
            Err(fault) => Err(fault),
        }
    }

    /// Whether a question is without an answer although its own limits are over: no task runs.
    pub fn is_overdue(&self) -> bool {
        self.inner.asked.is_overdue(self.inner.clock.now().monotonic)
    }

    fn ask(&self, limit: Duration) -> Question {
        self.inner.asked.ask(self.inner.clock.now().monotonic + limit)
    }

    /// One call for which nobody stands and waits, and its answer as an event.
    fn call_and_tell<C>(
        &self,
        call: C,
        tell: impl FnOnce(C, Result<Verified<C::Answer>, GatewayFault>) -> Event + Send + 'static,
    ) where
        C: Call + Send + Sync + 'static,
        C::Answer: Send,
    {
        self.call_in_time(call, true, tell);
    }

    /// One call and its answer as an event; `in_turn`: when there is a place for it.
    fn call_in_time<C>(
        &self,
        call: C,
        in_turn: bool,
        tell: impl FnOnce(C, Result<Verified<C::Answer>, GatewayFault>) -> Event + Send + 'static,
    ) where
        C: Call + Send + Sync + 'static,
        C::Answer: Send,
    {
        let inner = Arc::clone(&self.inner);
        let question = self.ask(TURN_TIME_MAX);
        self.inner.tasks.spawn(async move {
            let in_time = async {
                let _place = if in_turn { Some(inner.places.acquire().await) } else { None };
                inner.call(&call).await
            };
            let answer = tokio::time::timeout(TURN_TIME_MAX, in_time).await.unwrap_or_else(|_| {
                Err(GatewayFault::Unreachable(format!("nothing in {} s", TURN_TIME_MAX.as_secs())))
            });
            inner.inbox.put_later(tell(call, answer)).await;
            drop(question);
        });
    }
}

impl Inner {
    fn unified_order(&self, order: &Order, payer: Option<OpenId>) -> UnifiedOrder {
        UnifiedOrder {
            body: body(order),
            out_trade_no: order.out_trade_no.clone(),
            total_fee: order.price,
            spbill_create_ip: self.settings.spbill_create_ip,
            time_start: BeijingTime::from_unix_ms(order.created_at.unix_ms()),
            time_expire: BeijingTime::from_unix_ms(order.time_expire.unix_ms()),
            notify_url: self.settings.notify_url.clone(),
            trade: match payer {
                Some(openid) => Trade::Jsapi { openid },
                None => {
                    Trade::Native { product_id: product_id(&self.settings.machine, order.slot) }
                }
            },
            device_info: None,
            attach: None,
        }
    }

    fn micro_pay(&self, order: &Order, auth_code: AuthCode) -> MicroPay {
        MicroPay {
            body: body(order),
            out_trade_no: order.out_trade_no.clone(),
            total_fee: order.price,
            spbill_create_ip: self.settings.spbill_create_ip,
            time_start: BeijingTime::from_unix_ms(order.created_at.unix_ms()),
            time_expire: BeijingTime::from_unix_ms(order.time_expire.unix_ms()),
            auth_code,
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
                Err(fault) if C::REPEATABLE && is_worth_repeating::<C>(fault) => {
                    tracing::debug!(path = C::PATH, %fault, "call is repeated");
                    tokio::time::sleep(REPEAT_PAUSE).await;
                    answer = self.call(call).await;
                }
                _ => break,
            }
        }
        answer
    }

    async fn call<C: Call + Sync>(&self, call: &C) -> Result<Verified<C::Answer>, GatewayFault> {
        if C::CERTIFICATE && self.settings.certificate.is_none() {
            return Err(GatewayFault::Unreachable("this machine holds no certificate".to_owned()));
        }
        let merchant = self.presented().await?;
        let body = request(call, &merchant, &NonceStr::random());
        let path = self.path::<C>();
        let answer = self.post(&path, body, C::CERTIFICATE).await?;
        Ok(read_answer(call, &merchant, &answer)?)
    }

    /// One message to the host that is to be asked now, and its answer.
    async fn post(&self, path: &str, body: String, certify: bool) -> Result<Vec<u8>, GatewayFault> {
        let (which, base_url) = self.choose_host();
        let answer = self.https.post(format!("{base_url}{path}"), body, certify).await;
        self.judge_host(which, answer.as_ref().err());
        match answer {
            Ok(answered) => {
                if let Some(date_ms) = answered.date_ms {
                    self.compare_clocks(date_ms).await;
                }
                Ok(answered.body)
            }
            Err(NoAnswer { reason, .. }) => Err(GatewayFault::Unreachable(reason)),
        }
    }

    /// `Date` counts in seconds, and the answer took a while: only what is far off is told, once
    /// for every change.
    async fn compare_clocks(&self, date_ms: i64) {
        let ahead_ms = date_ms.saturating_sub(self.clock.system_unix_ms());
        if ahead_ms.abs_diff(self.clock.correction_ms()) >= CLOCK_OFF_MAX_MS.unsigned_abs() {
            self.inbox.put_later(Event::ClockCompared(ahead_ms)).await;
        }
    }

    /// A call's path, from the root of the gateway.
    fn path<R: Request>(&self) -> String {
        self.settings.sandbox.map_or_else(|| R::PATH.to_owned(), Sandbox::path::<R>)
    }

    fn choose_host(&self) -> (Which, String) {
        let mut hosts = self.hosts();
        let (which, base_url) = hosts.choose(self.clock.now().monotonic);
        (which, base_url.to_owned())
    }

    fn judge_host(&self, which: Which, fault: Option<&NoAnswer>) {
        let outcome = fault.map_or(Outcome::Answered, |fault| fault.outcome);
        self.hosts().heard(which, outcome);
    }

    fn hosts(&self) -> std::sync::MutexGuard<'_, Hosts> {
        self.hosts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What the payer sees that they buy.
fn body(order: &Order) -> Body {
    Body::fit(&format!("自动售货机-{}", order.name_zh))
}

/// Why nobody could be found behind a mini-program's login code.
#[derive(Debug, thiserror::Error)]
pub enum OpenIdFault {
    /// No answer.
    #[error("no answer: {0}")]
    Unreachable(String),
    /// WeChat says no.
    #[error(transparent)]
    Refused(#[from] JsCodeError),
}

fn is_worth_repeating<C: Call>(fault: &GatewayFault) -> bool {
    match fault {
        GatewayFault::Unreachable(_) | GatewayFault::Call(CallError::NotXml(_)) => true,
        GatewayFault::Call(CallError::Failed { err_code, .. }) => {
            err_code.verdict(C::NAME) == Verdict::RepeatSame
        }
        GatewayFault::Call(
            CallError::Refused { .. } | CallError::BadSign(_) | CallError::Mismatch(_),
        ) => false,
    }
}
