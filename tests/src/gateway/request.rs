//! One request: read, checked, booked, answered.

use std::{io::Write as _, time::Duration};

use axum::http::Method;
use flate2::{Compression, write::GzEncoder};
use protocol::{Fields, sign, sign::SignType, xml};

use super::{
    Core,
    answer::{self, Failure, Signer},
    bill::{self, Making},
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
    content: Content,
    notice: Option<Notice>,
}

/// What an answer consists of.
enum Content {
    Signed(Fields),
    Bytes(Vec<u8>),
}

impl Granted {
    fn success(fields: Fields) -> Self {
        Self::saying("SUCCESS", fields)
    }

    fn saying(said: &str, fields: Fields) -> Self {
        Self { said: said.to_owned(), content: Content::Signed(fields), notice: None }
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
        rules::check(call, &fields)
            .map_err(|error| call.in_its_words(error, "missing parameter"))?;
        // APIv2, "signature algorithm": without sign_type the mode is MD5.
        let sign_type = match fields.get("sign_type") {
            Some("HMAC-SHA256") => SignType::HmacSha256,
            _ => SignType::Md5,
        };
        let expected = core.sign_type.unwrap_or(sign_type);
        let fields = sign::verify(fields, core.key.api(), expected)
            .map_err(|_| call.in_its_words("签名错误".to_owned(), "SIGN ERROR"))?
            .into_inner();
        let number = ["out_trade_no", "transaction_id", "out_refund_no", "refund_id", "bill_date"]
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
        let Granted { said, content, notice } = match granted {
            Ok(granted) => granted,
            Err(failure) => self.refused(failure),
        };
        let body = match content {
            Content::Bytes(bytes) => bytes,
            Content::Signed(fields) => {
                let sealed =
                    Signer { key: &core.key, sign_type: self.sign_type }.seal(fields).into_bytes();
                if mood == Mood::WrongSign { altered(&sealed) } else { sealed }
            }
        };
        Answered { said, body, notice }
    }

    fn refused(&self, failure: Failure) -> Granted {
        let Failure { err_code, message } = failure;
        let bytes = |said: &str, xml: String| Granted {
            said: said.to_owned(),
            content: Content::Bytes(xml.into_bytes()),
            notice: None,
        };
        match (self.call, err_code) {
            (CallName::Downloadbill, "") => bytes(message, answer::bill_refusal(message)),
            (CallName::Downloadbill, code) => bytes(code, answer::bill_refusal(code)),
            (_, "") => bytes(message, answer::refusal(message)),
            (_, code) => Granted::saying(code, answer::failed(&self.fields, failure)),
        }
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
                Ok(Granted::saying(order.trade_state(), answer::order_state(fields, order)))
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
                let states = answer::refund_states(fields, &found, now_ms);
                Ok(Granted::saying(last.unwrap_or_default(), states))
            }
            CallName::Downloadbill => self.bill(core, books),
        })
    }

    fn bill(&self, core: &Core, books: &Books) -> Result<Granted, Failure> {
        let making = core.moods.read(|moods| Making {
            now_ms: core.now_ms(),
            ready_hour: moods.bill_ready_hour,
            old_columns: moods.old_bill_columns,
        });
        let text = bill::make(books, &self.fields, making).map_err(Failure::refused)?;
        let zip = self.fields.get("tar_type") == Some("GZIP");
        let content = if zip { zipped(&text)? } else { text.into_bytes() };
        Ok(Granted { said: "SUCCESS".to_owned(), content: Content::Bytes(content), notice: None })
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

/// Changed after it was signed.
fn altered(sealed: &[u8]) -> Vec<u8> {
    let sealed = String::from_utf8_lossy(sealed);
    sealed.replacen("<xml>", "<xml><altered>1</altered>", 1).into_bytes()
}

/// APIv2 downloadbill, `tar_type` GZIP.
fn zipped(text: &str) -> Result<Vec<u8>, Failure> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    let zipped = encoder.write_all(text.as_bytes()).and_then(|()| encoder.finish());
    zipped.map_err(|_| Failure::refused("CompressGZip Error"))
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
