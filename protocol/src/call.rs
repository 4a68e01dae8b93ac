//! A call to WeChat: from a value to a signed body, and from the answer's body to a value.
//!
//! An answer has three layers (APIv2 common parameters), of which each can say no:
//!
//! ```text
//! return_code  did WeChat accept the request at all?   no ► Refused      (often unsigned)
//! sign         does WeChat really say this?            no ► BadSign
//! appid ...    is it about us and our order?           no ► Mismatch
//! result_code  did the call do what it should?         no ► Failed       (signed)
//!              the call's own answer
//! ```

use crate::calls::CallName;
use crate::sign::{self, Verified, VerifyError};
use crate::value::clip;
use crate::xml::{self, XmlError};
use crate::{ErrCode, Fields, Merchant, Mismatch, NonceStr};

/// Longest reason that is kept, in characters. APIv2, `return_msg` and `err_code_des` String(128).
const REASON_MAX: usize = 128;

/// What all calls have: where they go, what they carry, and what they may do.
///
/// The calls of this package are all there are: a foreign one could make a `Verified` of anything.
pub trait Request: sealed::Request {
    /// Which call it is.
    const NAME: CallName;
    /// The path of the call, from the gateway's root.
    const PATH: &'static str;
    /// Whether the connection must show the merchant's client certificate: all of `/secapi/`.
    const CERTIFICATE: bool = false;
    /// Whether the very same call may be sent again when no answer came. APIv2, each call's
    /// `SYSTEMERROR`.
    const REPEATABLE: bool;
    /// Whether the answer to it is signed. What is not signed never becomes a [`Verified`].
    const SIGNED_ANSWER: bool = true;

    /// The call's own fields.
    fn fields(&self) -> Fields;

    /// All fields that are sent: the call's own, the common ones and `sign`.
    fn signed_fields(&self, merchant: &Merchant, nonce: &NonceStr) -> Fields {
        let mut fields = self.fields();
        fields
            .set("appid", merchant.appid.as_str())
            .set("mch_id", merchant.mch_id.as_str())
            .set("nonce_str", nonce.as_str())
            .set("sign_type", merchant.sign_type.as_str());
        let sign = sign::sign(&fields, &merchant.key, merchant.sign_type);
        fields.set("sign", sign);
        fields
    }
}

/// A call whose answer is signed.
pub trait Call: Request {
    /// What a successful answer says.
    type Answer;

    /// Reads the fields of a signed, successful answer of our merchant's.
    ///
    /// # Errors
    ///
    /// The answer belongs to another order or another kind of call, or lacks a field.
    fn answer(&self, answer: &Fields) -> Result<Self::Answer, Mismatch>;
}

/// A call whose answer carries no signature: only the connection vouches for what it says, so it
/// is nothing to give goods or money for.
pub trait UnsignedCall: Request {
    /// What a successful answer says; never a [`Verified`].
    type Answer;

    /// Reads the fields of a successful answer.
    ///
    /// # Errors
    ///
    /// The answer lacks a field.
    fn answer(&self, answer: &Fields) -> Result<Self::Answer, Mismatch>;
}

pub(crate) mod sealed {
    /// Implemented next to each [`Request`](super::Request) of this package.
    pub trait Request {}
}

/// Why a call gave no answer. None of them proves that nothing happened on WeChat's side, except
/// where [`ErrCode`] says so.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CallError {
    /// Not a message of WeChat's: a proxy, a captive portal, a gateway in trouble.
    #[error("answer is not a message")]
    NotXml(#[from] XmlError),
    /// `return_code` FAIL: signature, parameters or frequency. Perhaps unsigned, so it is a hint
    /// for people and proves nothing.
    #[error("WeChat refused the request: {return_msg}")]
    Refused {
        /// WeChat's reason.
        return_msg: String,
    },
    /// The answer is not signed as this merchant's answers are.
    #[error("answer is not believed")]
    BadSign(#[from] VerifyError),
    /// `result_code` FAIL, signed. Such an answer seldom names its order: only the connection on
    /// which it came binds it to the question.
    #[error("WeChat answered {err_code}: {err_code_des}")]
    Failed {
        /// WeChat's reason.
        err_code: ErrCode,
        /// WeChat's reason in words.
        err_code_des: String,
    },
    /// A signed answer that does not fit the call.
    #[error("answer does not fit the call")]
    Mismatch(#[from] Mismatch),
}

/// The signed body of a call. `nonce` is new for every request, also for a repeated one.
///
/// While the merchant's key is changed it is signed with the new one.
pub fn request<R: Request>(call: &R, merchant: &Merchant, nonce: &NonceStr) -> String {
    xml::write(&call.signed_fields(merchant, nonce))
}

/// Reads the answer to a call, layer by layer.
///
/// # Errors
///
/// See [`CallError`].
pub fn read_answer<C: Call>(
    call: &C,
    merchant: &Merchant,
    body: &[u8],
) -> Result<Verified<C::Answer>, CallError> {
    const { assert!(C::SIGNED_ANSWER) };
    let fields = xml::parse(body)?;
    if fields.required("return_code")? == "FAIL" {
        let return_msg = clip(fields.get("return_msg").unwrap_or_default(), REASON_MAX);
        return Err(CallError::Refused { return_msg });
    }
    fields.success("return_code")?;
    let answer = merchant.verify(fields)?;
    merchant.recognise(&answer)?;
    same_order(&call.fields(), &answer)?;
    if answer.required("result_code")? == "FAIL" {
        return Err(failed(&answer));
    }
    answer.success("result_code")?;
    Ok(answer.try_map(|fields| call.answer(&fields))?)
}

/// Reads an answer that is not signed.
///
/// # Errors
///
/// [`CallError::NotXml`], [`CallError::Mismatch`], or [`CallError::Refused`] for everything that
/// does not say SUCCESS: who may have said it is not known.
pub fn read_unsigned_answer<C: UnsignedCall>(
    call: &C,
    body: &[u8],
) -> Result<C::Answer, CallError> {
    const { assert!(!C::SIGNED_ANSWER) };
    let fields = xml::parse(body)?;
    // The old getsignkey says `retcode` and `retmsg` when it fails.
    let code = fields
        .required("return_code")
        .or_else(|error| fields.required("retcode").map_err(|_| error))?;
    if code != "SUCCESS" || fields.get("result_code") == Some("FAIL") {
        return Err(refused(&fields));
    }
    Ok(call.answer(&fields)?)
}

/// The first reason that is given.
fn refused(fields: &Fields) -> CallError {
    let reasons = ["err_code_des", "err_code", "return_msg", "retmsg"];
    let reason = reasons.iter().find_map(|name| fields.required(name).ok());
    CallError::Refused { return_msg: clip(reason.unwrap_or_default(), REASON_MAX) }
}

/// An answer may leave `out_trade_no` out; if it has one, it is the one asked for.
fn same_order(asked: &Fields, answer: &Fields) -> Result<(), Mismatch> {
    match (asked.get("out_trade_no"), answer.optional("out_trade_no")?) {
        (Some(asked), Some(_)) => answer.ours("out_trade_no", asked),
        _ => Ok(()),
    }
}

fn failed(answer: &Fields) -> CallError {
    let err_code = clip(answer.get("err_code").unwrap_or_default(), REASON_MAX);
    let err_code_des = clip(answer.get("err_code_des").unwrap_or_default(), REASON_MAX);
    CallError::Failed { err_code: ErrCode::from(err_code.as_str()), err_code_des }
}
