//! Nothing that a log may print shows the key or a person.

use protocol::sign::{self, ApiKey, ApiKeyError, SignType};
use protocol::{Fields, OpenId, Payment, notify, xml};

use crate::support::{KEY, chain, fields, our_merchant, signed};

const OPENID: &str = "oUpF8uMEb4qRXf22hE3X68TekukE";

#[test]
fn the_key_shows_nowhere() {
    let merchant = our_merchant(SignType::Md5);
    let message = fields("appid=wx1\nsign=0CB01533B8C1EF103065174F50BCA001");
    let refused = sign::verify(message.clone(), &merchant.key, SignType::Md5).unwrap_err();
    for shown in [
        format!("{:?}", merchant.key),
        format!("{merchant:#?}"),
        format!("{refused:?} {refused}"),
        sign::string_to_sign(&message),
    ] {
        assert!(!shown.contains(KEY), "{shown}");
        assert!(!shown.contains(&KEY[..8]), "{shown}");
    }
    assert_eq!(format!("{:?}", merchant.key), "ApiKey(***)");
}

#[test]
fn a_refused_key_is_not_repeated() {
    let short = &KEY[..31];
    let blank = format!("{short}\n");
    for (text, error, words) in [
        (short, ApiKeyError::Length { length: 31 }, "32 characters, this has 31"),
        (&*blank, ApiKeyError::Alphabet { position: 32 }, "character 32 is none of them"),
        ("", ApiKeyError::Length { length: 0 }, "this has 0"),
    ] {
        let refused = ApiKey::parse(text).unwrap_err();
        assert_eq!(refused, error);
        assert!(refused.to_string().contains(words), "{refused}");
        assert!(text.is_empty() || !format!("{refused:?} {refused}").contains(text));
    }
}

#[test]
fn a_payer_shows_nowhere() {
    let merchant = our_merchant(SignType::Md5);
    let body = signed(fields(crate::notifies::NOTIFY), &merchant);
    let payment: Payment = notify::read(body.as_bytes(), &merchant).unwrap().into_inner();
    assert_eq!(payment.openid, OpenId::parse(OPENID).ok());
    let message: Fields = xml::parse(body.as_bytes()).unwrap();
    for shown in [format!("{payment:?}"), format!("{message:?}")] {
        assert!(shown.contains("VM1-7") && !shown.contains(OPENID), "{shown}");
    }
}

/// An error may quote a stranger's text, but not all of it, and no line breaks.
#[test]
fn an_error_quotes_little_of_a_stranger() {
    let long = "x".repeat(60_000);
    for body in [
        format!("<{long}></{long}>"),
        format!("<xml>{long}</xml>"),
        format!("<xml><a>&{long};</a></xml>"),
        format!("<xml></{long}></xml>"),
        format!("<xml><?{long}?></xml>"),
        "<xml>\n\nWARN all is well\n</xml>".to_owned(),
    ] {
        let error = xml::parse(body.as_bytes()).unwrap_err();
        let shown = chain(&error);
        assert!(shown.len() < 250 && !shown.contains('\n'), "{shown}");
    }
}
