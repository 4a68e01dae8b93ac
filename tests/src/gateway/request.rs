//! One request: read, checked, booked, answered.

use axum::http::Method;
use percent_encoding::percent_decode_str;
use protocol::{Fields, sign, sign::SignType, xml};

use super::{
    Core,
    answer::{self, Failure, Signer},
    call::CallName,
    err_code,
    mood::Mood,
    notify::Notice,
    rules,
    sandbox::Realm,
    tls::ShowedCertificate,
};

/// A request that is in form, from a merchant who has the key.
pub(super) struct Request {
    pub(super) call: CallName,
    pub(super) realm: Realm,
    pub(super) fields: Fields,
    pub(super) sign_type: SignType,
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
pub(super) struct Granted {
    pub(super) said: String,
    pub(super) content: Content,
    pub(super) notice: Option<Notice>,
}

/// What an answer consists of.
pub(super) enum Content {
    Signed(Fields),
    Bytes(Vec<u8>),
}

impl Granted {
    pub(super) fn success(fields: Fields) -> Self {
        Self::saying("SUCCESS", fields)
    }

    pub(super) fn saying(said: &str, fields: Fields) -> Self {
        Self { said: said.to_owned(), content: Content::Signed(fields), notice: None }
    }

    pub(super) fn unsigned(said: &str, xml: String) -> Self {
        let content = Content::Bytes(xml.into_bytes());
        Self { said: said.to_owned(), content, notice: None }
    }
}

impl Request {
    /// The error is a `return_msg`.
    pub(super) fn read(
        core: &Core,
        (call, realm): (CallName, Realm),
        showed: ShowedCertificate,
        method: &Method,
        body: &[u8],
    ) -> Result<Self, String> {
        if method != Method::POST {
            return Err("require POST method".to_owned());
        }
        // As the real gateway's front does: before anything is read.
        if realm == Realm::Production
            && call.needs_certificate()
            && showed != ShowedCertificate(true)
        {
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
        // APIv2, "sandbox": getsignkey and all of the old sandbox know MD5 alone.
        let md5_alone = call == CallName::Getsignkey || realm == Realm::OldSandbox;
        let expected = if md5_alone { SignType::Md5 } else { core.sign_type.unwrap_or(sign_type) };
        let signing = if call == CallName::Getsignkey { Realm::Production } else { realm };
        let key = core.key(signing).api();
        let fields = sign::verify(fields.clone(), key, expected)
            .or_else(|error| match decoded(call, fields) {
                Some(fields) => sign::verify(fields, key, expected),
                None => Err(error),
            })
            .map_err(|_| call.in_its_words("签名错误".to_owned(), "SIGN ERROR"))?
            .into_inner();
        let number = ["out_trade_no", "transaction_id", "out_refund_no", "refund_id", "bill_date"]
            .into_iter()
            .find_map(|name| fields.get(name).filter(|value| !value.is_empty()));
        let number = number.unwrap_or_default().to_owned();
        Ok(Self { call, realm, fields, sign_type, number })
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
            | Mood::LoseRequests(_)
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
                let sealed = Signer { key: core.key(self.realm), sign_type: self.sign_type }
                    .seal(fields)
                    .into_bytes();
                if mood == Mood::WrongSign { altered(&sealed) } else { sealed }
            }
        };
        Answered { said, body, notice }
    }

    fn refused(&self, failure: Failure) -> Granted {
        let Failure { err_code, message } = failure;
        match (self.call, err_code) {
            (CallName::Downloadbill, "") => {
                Granted::unsigned(message, answer::bill_refusal(message))
            }
            (CallName::Downloadbill, code) => Granted::unsigned(code, answer::bill_refusal(code)),
            (_, "") => Granted::unsigned(message, answer::refusal(message)),
            (CallName::Report | CallName::Getsignkey, code) => {
                Granted::unsigned(code, answer::refusal(message))
            }
            (CallName::Reverse, code) => {
                let mut fields = answer::failed(&self.fields, failure);
                // APIv2 reverse, `recall`: Y means that it has to be called again.
                fields.set("recall", if code == "SYSTEMERROR" { "Y" } else { "N" });
                Granted::saying(code, fields)
            }
            (_, code) => Granted::saying(code, answer::failed(&self.fields, failure)),
        }
    }
}

/// Changed after it was signed.
fn altered(sealed: &[u8]) -> Vec<u8> {
    let sealed = String::from_utf8_lossy(sealed);
    sealed.replacen("<xml>", "<xml><altered>1</altered>", 1).into_bytes()
}

/// APIv2 shorturl: the link is signed as it is and may be URL-encoded on the way.
fn decoded(call: CallName, mut fields: Fields) -> Option<Fields> {
    if call != CallName::Shorturl {
        return None;
    }
    let sent = fields.remove("long_url")?;
    let long_url = percent_decode_str(&sent).decode_utf8().ok()?.into_owned();
    fields.set("long_url", long_url);
    Some(fields)
}
