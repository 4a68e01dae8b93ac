//! One request: read, checked, booked, answered.

use std::time::Duration;

use axum::http::Method;
use protocol::{Fields, sign, sign::SignType, xml};

use super::{
    Core,
    answer::{self, Failure, Signer},
    books::Books,
    call::CallName,
    err_code,
    mood::Mood,
    notify::Notice,
    refunds::Circumstances,
    rules,
    tls::ShowedCertificate,
};
use crate::timeline::What;

/// closeorder is refused so long after unifiedorder. APIv2 closeorder.
const CLOSE_AFTER: Duration = Duration::from_secs(5 * 60);
/// Two refunds of one order are so far apart. APIv2 refund, "rules".
const REFUND_PAUSE: Duration = Duration::from_secs(60);

/// A request that is in form, from a merchant who has the key.
pub(super) struct Request {
    call: CallName,
    fields: Fields,
    sign_type: SignType,
    /// `out_trade_no`, or the number that was given instead.
    pub(super) number: String,
}

/// What comes of a request.
pub(super) struct Answered {
    /// In a word.
    pub(super) said: String,
    /// The whole answer.
    pub(super) body: Vec<u8>,
    /// What the merchant is to be told of later.
    pub(super) notice: Option<Notice>,
}

/// What is granted.
struct Granted {
    said: String,
    fields: Fields,
    notice: Option<Notice>,
}

impl Granted {
    fn success(fields: Fields) -> Self {
        Self { said: "SUCCESS".to_owned(), fields, notice: None }
    }
}

impl Request {
    /// The error is a `return_msg`.
    pub(super) fn read(
        core: &Core,
        call: CallName,
        showed: ShowedCertificate,
        method: &Method,
        body: &[u8],
    ) -> Result<Self, String> {
        if method != Method::POST {
            return Err("require POST method".to_owned());
        }
        // As the real gateway's front does: before anything is read.
        if call.needs_certificate() && showed != ShowedCertificate(true) {
            return Err("证书验证失败".to_owned());
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
        let fields = sign::verify(fields, core.key.api(), expected)
            .map_err(|_| "签名错误".to_owned())?
            .into_inner();
        let number = ["out_trade_no", "transaction_id", "out_refund_no", "refund_id"]
            .into_iter()
            .find_map(|name| fields.get(name).filter(|value| !value.is_empty()));
        let number = number.unwrap_or_default().to_owned();
        Ok(Self { call, fields, sign_type, number })
    }

    /// Books the request and answers it.
    pub(super) fn handle(&self, core: &Core, mood: Mood) -> Answered {
        let granted = match mood {
            Mood::SystemError(_) => Err(Failure::new("SYSTEMERROR", "系统错误")),
            Mood::Fail { err_code, .. } => Err(Failure::new(err_code, err_code::words(err_code))),
            Mood::Normal
            | Mood::Html
            | Mood::WrongSign
            | Mood::LoseRequest
            | Mood::LoseAnswer
            | Mood::LoseAnswers(_) => self.check_merchant(core).and_then(|()| self.book(core)),
        };
        let (said, fields, notice) = match granted {
            Ok(Granted { said, fields, notice }) => (said, fields, notice),
            Err(Failure { err_code: "", message }) => {
                let body = answer::refusal(message).into_bytes();
                return Answered { said: message.to_owned(), body, notice: None };
            }
            Err(failure) => {
                (failure.err_code.to_owned(), answer::failed(&self.fields, failure), None)
            }
        };
        let signer = Signer { key: &core.key, sign_type: self.sign_type };
        let mut sealed = signer.seal(fields);
        if mood == Mood::WrongSign {
            // Changed after it was signed.
            sealed = sealed.replacen("<xml>", "<xml><altered>1</altered>", 1);
        }
        Answered { said, body: sealed.into_bytes(), notice }
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

    fn book(&self, core: &Core) -> Result<Granted, Failure> {
        let now_ms = core.now_ms();
        let fields = &self.fields;
        core.books.change(|books| match self.call {
            CallName::Unifiedorder => {
                let opened = books.open(fields, self.sign_type, now_ms)?;
                Ok(Granted::success(answer::opened(fields, &opened)))
            }
            CallName::Orderquery => {
                let order = books.query(fields)?;
                let said = order.trade_state().to_owned();
                let fields = answer::order_state(fields, order);
                Ok(Granted { said, fields, notice: None })
            }
            CallName::Closeorder => {
                let after_ms = core.moods.read(|moods| moods.scaled_ms(CLOSE_AFTER));
                books.close(fields, now_ms, after_ms)?;
                Ok(Granted::success(answer::closed(fields)))
            }
            CallName::Refund => self.refund(core, books),
            CallName::Refundquery => {
                let found = books.query_refunds(fields)?;
                let last = found.page.last().map(|refund| refund.refund_status(now_ms));
                let said = last.unwrap_or_default().to_owned();
                let fields = answer::refund_states(fields, &found, now_ms);
                Ok(Granted { said, fields, notice: None })
            }
        })
    }

    fn refund(&self, core: &Core, books: &mut Books) -> Result<Granted, Failure> {
        let (refund, new) = books.ask_refund(&self.fields, circumstances(core))?;
        let mut granted = Granted::success(answer::refund_accepted(&self.fields, refund));
        if new {
            core.timeline.mark(What::Refunded(refund.out_refund_no.clone()));
            granted.notice = Some(Notice::Refund(refund.out_refund_no.clone()));
        }
        Ok(granted)
    }
}

/// In which a refund is asked for now.
pub(super) fn circumstances(core: &Core) -> Circumstances {
    let now_ms = core.now_ms();
    core.moods.read(|moods| Circumstances {
        now_ms,
        pause_ms: moods.scaled_ms(REFUND_PAUSE),
        takes_ms: i64::try_from(moods.refund_takes.as_millis()).unwrap_or(i64::MAX),
        end: moods.refund_ends,
    })
}
