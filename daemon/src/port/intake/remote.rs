//! Orders from a customer's phone: a scanned sticker (mode 1), or the operator's mini-program.

use std::time::Duration;

use axum::body::Body;
use axum::extract::{Extension, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use protocol::jsapi::{PayParams, pay_params};
use protocol::jscode2session::{AppSecret, JsCode};
use protocol::mode1::callback;
use protocol::{NonceStr, OpenId};
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::{Caller, Intake, REPLY_TIME_MAX, read_body, xml};
use crate::port::gateway::{Gateway, OpenIdFault};
use crate::report::Chain;
use crate::sale::{Door, Event, RemoteOrder, RemoteRefusal, RemoteTicket, Slot, slot_of};

/// What the operator's mini-program back end needs: orders against a token.
pub struct MiniProgram {
    /// Whoever shows it may order.
    pub token: Zeroizing<String>,
    /// To ask WeChat who stands behind a login code; `None` = orders must name the openid.
    pub secret: Option<AppSecret>,
    /// Asks WeChat.
    pub gateway: Gateway,
}

/// The mini-program's back end waits longer than WeChat does.
const ORDER_TIME_MAX: Duration = Duration::from_secs(15);

/// A request of the mini-program's back end.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wish {
    slot: u16,
    js_code: Option<String>,
    openid: Option<String>,
}

/// What the mini-program hands to `wx.requestPayment`, and our number of the order.
#[derive(Serialize)]
struct ToPay {
    out_trade_no: String,
    #[serde(flatten)]
    params: PayParams,
}

/// `POST /scan`: somebody has scanned a sticker. WeChat waits for an order to pay, 5 s at the most.
pub(super) async fn scanned(
    State(intake): State<Intake>,
    Extension(caller): Extension<Caller>,
    body: Body,
) -> Response {
    let merchant = &intake.inner.merchant;
    let reply =
        |reply: callback::Reply| xml(StatusCode::OK, reply.to_xml(merchant, &NonceStr::random()));
    let from = caller.from;
    let scan = match read_body(&caller, body).await {
        Ok(body) => callback::read(&body, merchant),
        Err(status) => return status.into_response(),
    };
    let scan = match scan {
        Ok(scan) => scan,
        Err(error) => {
            tracing::warn!(%from, error = %Chain(&error), "scan refused: it is not believed");
            return xml(StatusCode::OK, protocol::notify::Reply::Fail("refused").to_xml());
        }
    };
    let order = match slot_of(&intake.inner.machine, &scan.product_id) {
        Ok(slot) => intake.order(slot, Door::Sticker, None, REPLY_TIME_MAX).await,
        Err(refusal) => {
            tracing::warn!(%from, product_id = %scan.product_id, ?refusal, "scan refused");
            Err(refusal)
        }
    };
    reply(match order {
        Ok(order) => callback::Reply::Order { prepay_id: order.prepay_id },
        Err(refusal) => callback::Reply::Sorry(refusal.in_words().to_owned()),
    })
}

/// `POST /jsapi/order`: the mini-program's back end orders for a customer.
pub(super) async fn jsapi_order(
    State(intake): State<Intake>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    match order_for(&intake, &caller, &headers, body).await {
        Ok(to_pay) => json(StatusCode::OK, &to_pay),
        Err(no) => no.into_response(),
    }
}

async fn order_for(
    intake: &Intake,
    caller: &Caller,
    headers: &HeaderMap,
    body: Body,
) -> Result<ToPay, No> {
    let Some(mini_program) = &intake.inner.mini_program else {
        let message = "this machine has no [jsapi] in its configuration";
        return Err(No::new(StatusCode::NOT_FOUND, "not_configured", message));
    };
    if !shows_token(headers, &mini_program.token) {
        tracing::warn!(from = %caller.from, "order refused: the token is missing or wrong");
        let message = "Authorization must be \"Bearer\" and the token of token_file";
        return Err(No::new(StatusCode::UNAUTHORIZED, "unauthorized", message));
    }
    let body = read_body(caller, body).await.map_err(|status| {
        No::new(status, "bad_request", "the body is too long or came too slowly")
    })?;
    let wish: Wish = serde_json::from_slice(&body).map_err(|error| {
        No::new(StatusCode::BAD_REQUEST, "bad_request", &format!("the body: {error}"))
    })?;
    let slot = Slot::try_from(wish.slot)
        .map_err(|error| No::new(StatusCode::BAD_REQUEST, "bad_request", &error.to_string()))?;
    let payer = payer(mini_program, &wish).await?;
    let order = intake.order(slot, Door::MiniProgram, Some(payer), ORDER_TIME_MAX).await?;
    let unix_seconds = u64::try_from(intake.inner.clock.now().wall.unix_ms() / 1_000).unwrap_or(0);
    let (merchant, nonce) = (&intake.inner.merchant, NonceStr::random());
    let params = pay_params(merchant, &order.prepay_id, unix_seconds, &nonce);
    Ok(ToPay { out_trade_no: order.out_trade_no.to_string(), params })
}

async fn payer(mini_program: &MiniProgram, wish: &Wish) -> Result<OpenId, No> {
    let bad = |message: &str| No::new(StatusCode::BAD_REQUEST, "bad_request", message);
    match (&wish.js_code, &wish.openid) {
        (None, Some(openid)) => OpenId::parse(openid).map_err(|error| bad(&error.to_string())),
        (Some(js_code), None) => {
            let js_code = JsCode::parse(js_code).map_err(|error| bad(&error.to_string()))?;
            let Some(secret) = &mini_program.secret else {
                return Err(bad("js_code needs app_secret_file under [jsapi]; or send openid"));
            };
            mini_program.gateway.openid(secret, &js_code).await.map_err(|fault| match fault {
                OpenIdFault::Unreachable(_) => {
                    No::new(StatusCode::BAD_GATEWAY, "wechat_unreachable", &fault.to_string())
                }
                OpenIdFault::Refused(_) => {
                    No::new(StatusCode::BAD_REQUEST, "js_code_refused", &Chain(&fault).to_string())
                }
            })
        }
        (None, None) | (Some(_), Some(_)) => Err(bad("give either js_code or openid")),
    }
}

/// In constant time, so that nobody can guess it letter by letter.
fn shows_token(headers: &HeaderMap, token: &str) -> bool {
    let shown = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let shown = shown.and_then(|value| value.strip_prefix("Bearer ")).unwrap_or_default();
    shown.as_bytes().ct_eq(token.as_bytes()).into()
}

impl Intake {
    /// Lets the loop place an order, and waits for it.
    async fn order(
        &self,
        slot: Slot,
        door: Door,
        payer: Option<OpenId>,
        time_max: Duration,
    ) -> Result<RemoteOrder, RemoteRefusal> {
        let inner = &self.inner;
        let answer = inner.remotes.ask(&inner.inbox, time_max, |number| Event::RemoteOrdered {
            ticket: RemoteTicket(number),
            slot,
            door,
            payer,
        });
        // No word in time: whoever pays such an order late gets the money back.
        answer.await.unwrap_or(Err(RemoteRefusal::NotOpened))
    }
}

/// Why there is no order, as the back end reads it.
struct No {
    status: StatusCode,
    error: &'static str,
    message: String,
}

#[derive(Serialize)]
struct NoBody {
    error: &'static str,
    message: String,
}

impl No {
    fn new(status: StatusCode, error: &'static str, message: &str) -> Self {
        Self { status, error, message: message.to_owned() }
    }
}

impl From<RemoteRefusal> for No {
    fn from(refusal: RemoteRefusal) -> Self {
        let (status, error) = match refusal {
            RemoteRefusal::OutOfService => (StatusCode::SERVICE_UNAVAILABLE, "out_of_service"),
            RemoteRefusal::OtherMachine => (StatusCode::NOT_FOUND, "other_machine"),
            RemoteRefusal::NoSuchSlot => (StatusCode::NOT_FOUND, "no_such_slot"),
            RemoteRefusal::SoldOut => (StatusCode::CONFLICT, "sold_out"),
            RemoteRefusal::Blocked => (StatusCode::CONFLICT, "blocked"),
            RemoteRefusal::Busy => (StatusCode::SERVICE_UNAVAILABLE, "busy"),
            RemoteRefusal::NotOpened => (StatusCode::BAD_GATEWAY, "not_opened"),
        };
        Self::new(status, error, refusal.in_words())
    }
}

impl IntoResponse for No {
    fn into_response(self) -> Response {
        json(self.status, &NoBody { error: self.error, message: self.message })
    }
}

fn json(status: StatusCode, body: &impl Serialize) -> Response {
    match serde_json::to_string(body) {
        Ok(body) => (status, [(header::CONTENT_TYPE, "application/json")], body).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}
