//! What holds for every message, tried with chance.

use proptest::prelude::*;
use proptest::sample::Index;
use protocol::sign::{self, SignType};
use protocol::{Fields, notify, xml};

use crate::notifies::NOTIFY;
use crate::support::{MODES, fields, our_merchant, signed};

/// Names that are no `sign`, `sign_type` or `key`.
const NAME: &str = "[A-Za-z0-9_]{1,20}_[0-9]";

/// Any text; what XML cannot carry is left out by `Fields::set`.
const VALUE: &str = "(?s).{0,40}";

/// The ways to write one value.
#[derive(Debug, Clone, Copy)]
enum Writing {
    Escaped,
    CData,
    Decimal,
    Hexadecimal,
    Pieces,
}

fn writing() -> impl Strategy<Value = Writing> {
    prop_oneof![
        Just(Writing::Escaped),
        Just(Writing::CData),
        Just(Writing::Decimal),
        Just(Writing::Hexadecimal),
        Just(Writing::Pieces),
    ]
}

fn messages() -> impl Strategy<Value = Fields> {
    prop::collection::btree_map(NAME, VALUE, 0..12).prop_map(|map| {
        let mut fields = Fields::new();
        for (name, value) in map {
            fields.set(&name, value);
        }
        fields
    })
}

fn write_value(value: &str, writing: Writing) -> String {
    let cdata = |text: &str| format!("<![CDATA[{}]]>", text.replace("]]>", "]]]]><![CDATA[>"));
    match writing {
        Writing::Escaped => value.replace('&', "&amp;").replace('<', "&lt;").replace('\r', "&#xD;"),
        // A carriage return cannot stand in CDATA.
        Writing::CData => value.split('\r').map(cdata).collect::<Vec<_>>().join("&#13;"),
        Writing::Decimal => value.chars().map(|c| format!("&#{};", u32::from(c))).collect(),
        Writing::Hexadecimal => value.chars().map(|c| format!("&#x{:x};", u32::from(c))).collect(),
        Writing::Pieces => value
            .chars()
            .map(|c| if c == '\r' { "&#13;".to_owned() } else { cdata(&c.to_string()) })
            .collect::<Vec<_>>()
            .join("<!-- - -->"),
    }
}

proptest! {
    #[test]
    fn what_is_written_is_read_back(message in messages()) {
        prop_assert_eq!(xml::parse(xml::write(&message).as_bytes()), Ok(message));
    }

    /// Order, CDATA, references and blanks between the elements do not enter the signature.
    #[test]
    fn the_writing_does_not_matter(
        message in messages(),
        order in any::<[Index; 16]>(),
        writings in prop::collection::vec(writing(), 16),
        space in "[ \n\t]{0,3}",
    ) {
        let mut elements: Vec<String> = message
            .iter()
            .zip(&writings)
            .map(|((name, value), writing)| {
                format!("<{name}>{}</{name}>{space}", write_value(value, *writing))
            })
            .collect();
        for (at, other) in order.iter().take(elements.len()).enumerate() {
            let other = other.index(elements.len());
            elements.swap(at, other);
        }
        let read = xml::parse(format!("<xml>{space}{}</xml>", elements.concat()).as_bytes());
        let read = read.unwrap();
        let key = our_merchant(SignType::Md5).key;
        for mode in MODES {
            prop_assert_eq!(sign::sign(&read, &key, mode), sign::sign(&message, &key, mode));
        }
        prop_assert_eq!(read, message);
    }

    #[test]
    fn any_message_is_verified_as_signed(message in messages(), hmac in any::<bool>()) {
        let merchant = our_merchant(MODES[usize::from(hmac)]);
        let body = signed(message, &merchant);
        let read = xml::parse(body.as_bytes()).unwrap();
        prop_assert!(sign::verify(read, &merchant.key, merchant.sign_type).is_ok());
    }

    /// Also in `sign` itself: a digit in lower case is another one.
    #[test]
    fn no_byte_of_a_value_can_change(
        hmac in any::<bool>(),
        field in any::<Index>(),
        at in any::<Index>(),
        change in 1_u8..=255,
    ) {
        let merchant = our_merchant(MODES[usize::from(hmac)]);
        let body = signed(fields(&format!("{NOTIFY}\nattach=深圳分店")), &merchant);
        let mut message = xml::parse(body.as_bytes()).unwrap();
        let (name, value) = message.iter().nth(field.index(message.len())).unwrap();
        let (name, mut bytes) = (name.to_owned(), value.as_bytes().to_vec());
        let at = at.index(bytes.len());
        bytes[at] ^= change;
        let Ok(changed) = String::from_utf8(bytes) else { return Ok(()) };
        message.set(&name, changed);
        prop_assert!(sign::verify_any(message, &merchant.key).is_err());
    }

    /// Whatever is done to one byte of a signed body, it is refused, or every field is what it was:
    /// blanks and comments between the elements, the letters of an attribute, or a character
    /// written in another way are no content.
    #[test]
    fn no_byte_of_a_body_can_change_what_it_says(
        message in messages(),
        hmac in any::<bool>(),
        at in any::<Index>(),
        to in any::<u8>(),
    ) {
        let merchant = our_merchant(MODES[usize::from(hmac)]);
        let mut body = signed(message, &merchant).into_bytes();
        let before = merchant.verify(xml::parse(&body).unwrap()).unwrap();
        let at = at.index(body.len());
        body[at] = to;
        let read = xml::parse(&body).ok().and_then(|fields| merchant.verify(fields).ok());
        if let Some(read) = read {
            prop_assert_eq!(read, before);
        }
    }

    #[test]
    fn noise_is_refused_without_a_panic(noise in prop::collection::vec(any::<u8>(), 0..200)) {
        let mut body = b"<xml>".to_vec();
        body.extend_from_slice(&noise);
        prop_assert!(xml::parse(&body).is_err());
    }

    #[test]
    fn markup_noise_is_read_without_a_panic(
        body in "(<xml>)?(<|>|/|!|\\?|&|;|#|x|a|b|\\[|\\]|CDATA|--|xml|DOCTYPE| |\"|=){0,60}"
    ) {
        if let Ok(read) = xml::parse(body.as_bytes()) {
            prop_assert_eq!(xml::parse(xml::write(&read).as_bytes()), Ok(read));
        }
    }
}

/// Each byte of a notify in turn, each of its bits, and each character that means something to XML
/// or to the string that is signed. Our own writing has no blanks, comments or attributes, so
/// every change is one of content, and is refused.
#[test]
fn each_changed_byte_of_a_notify_is_refused() {
    for mode in MODES {
        let merchant = our_merchant(mode);
        let body = signed(fields(NOTIFY), &merchant).into_bytes();
        for at in 0..body.len() {
            let bits = (0..8).map(|bit| body[at] ^ (1 << bit));
            for to in bits.chain(*b"<>&;/=! 0a\n\0").filter(|to| *to != body[at]) {
                let mut changed = body.clone();
                changed[at] = to;
                let read = notify::read(&changed, &merchant);
                assert!(read.is_err(), "{}", String::from_utf8_lossy(&changed));
            }
        }
    }
}

#[test]
fn no_beginning_of_a_body_is_a_body() {
    let merchant = our_merchant(SignType::Md5);
    let body = signed(fields(NOTIFY), &merchant);
    for end in 0..body.len() {
        assert!(notify::read(&body.as_bytes()[..end], &merchant).is_err(), "{end}");
    }
}
