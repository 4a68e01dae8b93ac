//! Mode 1: a phone scans a printed code, and the merchant is asked which order that shall be.
//!
//! ```text
//! sticker ──scan──► here: link's sign ──callback──► merchant ──unifiedorder──► here
//!                     │ ◄──────────── prepay_id, signed ──────┘
//!                     ▼
//!                  the customer sees the order and pays
//! ```

use std::sync::{Arc, mpsc};

use protocol::{
    Fields, NonceStr,
    sign::{self, SignType},
    xml,
};
use reqwest::Url;

use super::{
    Core, Gateway,
    answer::{OPENID, Signer},
    books::Books,
    notify,
    order::PayError,
    sandbox::Realm,
    tools::SHORT_BEGIN,
};

/// What every link begins with. APIv2 mode 1.
const LINK_BEGIN: &str = "weixin://wxpay/bizpayurl?";
/// APIv2 mode 1, the link: these and `sign`, in any order, and nothing else.
const LINK_NAMES: [&str; 5] = ["appid", "mch_id", "nonce_str", "product_id", "time_stamp"];
/// APIv2 mode 1, `time_stamp` String(10).
const TIME_STAMP_DIGITS: usize = 10;

/// What a phone shows after the scan of a printed code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scanned {
    /// The order that the merchant made for this scan.
    pub out_trade_no: String,
    /// What pays it: [`Gateway::pay_prepaid`].
    pub prepay_id: String,
    /// Fen.
    pub total_fee: u32,
}

/// Why a phone shows no order after the scan of a printed code.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StickerError {
    /// Not such a link, or one with missing, strange or repeated parts.
    #[error("this is no product link: {0}")]
    NoLink(&'static str),
    /// Not signed with the merchant's key.
    #[error("the sign of the product link is wrong")]
    LinkSign,
    /// The merchant platform has no callback address: [`Gateway::set_mode1_callback`].
    #[error("the merchant has set no callback address")]
    NoCallback,
    /// The merchant is silent, or did not answer with HTTP 200.
    #[error("the merchant did not answer the callback: {0}")]
    NoReply(String),
    /// The reply cannot be read or is not signed as it must be.
    #[error("the merchant's reply is wrong: {0}")]
    BadReply(String),
    /// The merchant's words to the customer, such as "sold out".
    #[error("the merchant says: {0}")]
    Refused(String),
    /// The order cannot be paid.
    #[error(transparent)]
    Pay(#[from] PayError),
}

/// Whether a code is a printed one, as it is or shortened, and not that of an order.
#[must_use]
pub fn is_sticker(code: &str) -> bool {
    code.starts_with(SHORT_BEGIN) || (code.starts_with(LINK_BEGIN) && code.contains("product_id="))
}

impl Gateway {
    /// Sets where the callback of mode 1 is posted to, as in the merchant platform.
    pub fn set_mode1_callback(&self, url: &str) {
        self.core.mode1_callback.change(|callback| *callback = Some(url.to_owned()));
    }

    /// Scans a printed code; the merchant has five seconds to answer with an order.
    ///
    /// # Errors
    /// [`StickerError`] is what the phone shows instead.
    pub fn scan(&self, link: &str) -> Result<Scanned, StickerError> {
        let link = self.core.books.read(|books| books.lengthen(link).to_owned());
        let product_id = read_link(&self.core, &link)?;
        let url = self.core.mode1_callback.read(Clone::clone).ok_or(StickerError::NoCallback)?;
        let body = callback(&self.core, &link, &product_id);
        let (answer, answered) = mpsc::channel();
        let core = Arc::clone(&self.core);
        self.host.background.spawn(async move {
            // Nobody waits any longer: then nobody misses it.
            let _ = answer.send(notify::post(&core, &url, body).await);
        });
        let reply = match answered.recv_timeout(notify::REPLY_LIMIT * 2) {
            Ok(Ok(reply)) => reply,
            Ok(Err(error)) => return Err(StickerError::NoReply(error.to_string())),
            Err(_) => return Err(StickerError::NoReply("no answer in time".to_owned())),
        };
        let prepay_id = read_reply(&self.core, &reply)?;
        self.core.books.read(|books| shown(books, &prepay_id, &product_id))
    }
}

/// The `product_id` of a link that is in form and signed.
fn read_link(core: &Core, link: &str) -> Result<String, StickerError> {
    let no = StickerError::NoLink;
    if !link.starts_with(LINK_BEGIN) {
        return Err(no("it begins otherwise"));
    }
    let url = Url::parse(link).map_err(|_| no("it is no address"))?;
    let mut fields = Fields::new();
    for (name, value) in url.query_pairs() {
        if name != "sign" && !LINK_NAMES.contains(&name.as_ref()) {
            return Err(no("it has a part that no link has"));
        }
        if fields.get(&name).is_some() {
            return Err(no("a part comes twice"));
        }
        fields.set(&name, value);
    }
    let field = |name| fields.get(name).unwrap_or_default().to_owned();
    if LINK_NAMES.iter().any(|name| field(name).is_empty() || field(name).len() > 32) {
        return Err(no("a part is missing or too long"));
    }
    let time_stamp = field("time_stamp");
    if time_stamp.len() != TIME_STAMP_DIGITS || time_stamp.bytes().any(|b| !b.is_ascii_digit()) {
        return Err(no("time_stamp is not 10 digits"));
    }
    let (appid, mch_id, product_id) = (field("appid"), field("mch_id"), field("product_id"));
    sign::verify(fields, core.key(Realm::Production).api(), SignType::Md5)
        .map_err(|_| StickerError::LinkSign)?;
    if core.merchant.as_ref().is_some_and(|ours| *ours != (appid, mch_id)) {
        return Err(no("it is of another merchant"));
    }
    Ok(product_id)
}

/// APIv2 mode 1, callback: no `return_code`, and MD5 whatever the merchant's orders use.
fn callback(core: &Core, link: &str, product_id: &str) -> String {
    let url = Url::parse(link).ok();
    let of_link = |wanted: &str| {
        let pairs = url.iter().flat_map(Url::query_pairs);
        pairs.filter(|(name, _)| name == wanted).map(|(_, value)| value.into_owned()).next()
    };
    let mut fields = Fields::new();
    fields
        .set("appid", of_link("appid").unwrap_or_default())
        .set("mch_id", of_link("mch_id").unwrap_or_default())
        .set("openid", OPENID)
        .set("is_subscribe", "N")
        .set("nonce_str", NonceStr::random().as_str())
        .set("product_id", product_id);
    Signer { key: core.key(Realm::Production), sign_type: SignType::Md5 }.seal(fields)
}

/// The `prepay_id` of the merchant's reply.
fn read_reply(core: &Core, reply: &str) -> Result<String, StickerError> {
    let bad = |what: &str| StickerError::BadReply(what.to_owned());
    let fields = xml::parse(reply.as_bytes()).map_err(|error| bad(&error.to_string()))?;
    if fields.get("return_code") != Some("SUCCESS") {
        let words = fields.get("return_msg").unwrap_or_default();
        return Err(bad(&format!("return_code is not SUCCESS: {words}")));
    }
    let fields = sign::verify(fields, core.key(Realm::Production).api(), SignType::Md5)
        .map_err(|error| bad(&error.to_string()))?
        .into_inner();
    let ours = |name, expected: &str| fields.get(name) == Some(expected);
    if let Some((appid, mch_id)) = &core.merchant
        && !(ours("appid", appid) && ours("mch_id", mch_id))
    {
        return Err(bad("appid or mch_id is not the merchant's"));
    }
    match (fields.get("result_code"), fields.get("prepay_id")) {
        (Some("SUCCESS"), Some(prepay_id)) => Ok(prepay_id.to_owned()),
        (Some("FAIL"), _) => {
            let words = fields.get("err_code_des").unwrap_or_default();
            Err(StickerError::Refused(words.to_owned()))
        }
        _ => Err(bad("there is neither an order nor a refusal in it")),
    }
}

fn shown(books: &Books, prepay_id: &str, product_id: &str) -> Result<Scanned, StickerError> {
    let order = books
        .prepaid(prepay_id)
        .ok_or_else(|| StickerError::BadReply("prepay_id is of no order".to_owned()))?;
    if order.request.get("product_id") != Some(product_id) {
        return Err(StickerError::BadReply("prepay_id is of another product".to_owned()));
    }
    Ok(Scanned {
        out_trade_no: order.out_trade_no.clone(),
        prepay_id: prepay_id.to_owned(),
        total_fee: order.total_fee(),
    })
}
