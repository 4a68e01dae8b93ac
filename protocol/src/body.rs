//! Texts of the merchant that travel through an order: what the payer reads, what comes back.

use crate::value::text_value;

/// The specification says 128 characters and does not say whether it counts bytes, newer texts say
/// 127: this many bytes satisfy every reading. Three-byte Chinese characters: 42 of them.
const BYTES_MAX: usize = 127;

/// The same caution for `refund_desc` String(80): 26 three-byte Chinese characters.
const REFUND_DESC_BYTES_MAX: usize = 80;

/// What the payer reads when nothing of the name could be kept: "goods".
const NAMELESS: &str = "商品";

text_value! {
    /// What the payer sees that they buy. APIv2 unifiedorder, `body` String(128).
    Body = "body", "1 to 127 bytes without control characters, emoji, & = or outer blanks",
    |text| is_text(text, BYTES_MAX)
}

text_value! {
    /// A text that comes back in the notify, the query and the bill.
    /// APIv2 unifiedorder, `attach` String(127).
    Attach = "attach", "1 to 127 bytes without control characters, emoji, & = or outer blanks",
    |text| is_text(text, BYTES_MAX)
}

text_value! {
    /// Why the money goes back, for the payer to read. APIv2 refund, `refund_desc` String(80).
    RefundDesc = "refund_desc",
    "1 to 80 bytes without control characters, emoji, & = or outer blanks",
    |text| is_text(text, REFUND_DESC_BYTES_MAX)
}

impl Body {
    /// Makes a body of any name: leaves out what may not stand in it and cuts it to length.
    pub fn fit(name: &str) -> Self {
        Self(fit(name, BYTES_MAX).unwrap_or_else(|| NAMELESS.to_owned()))
    }
}

impl RefundDesc {
    /// Makes a reason of any text: leaves out what may not stand in it and cuts it to length.
    /// `None` when nothing is left; a refund needs no reason.
    pub fn fit(reason: &str) -> Option<Self> {
        fit(reason, REFUND_DESC_BYTES_MAX).map(Self)
    }
}

fn is_text(text: &str, bytes_max: usize) -> bool {
    (1..=bytes_max).contains(&text.len()) && text.trim() == text && text.chars().all(is_kept)
}

/// What may stand of the text, in at most `bytes_max` bytes; `None` when that is nothing.
pub(crate) fn fit(text: &str, bytes_max: usize) -> Option<String> {
    let kept: String = text.chars().map(blank_for_break).filter(|c| is_kept(*c)).collect();
    let cut = cut(kept.trim(), bytes_max).trim_end();
    if cut.is_empty() { None } else { Some(cut.to_owned()) }
}

/// As many whole characters as fit.
fn cut(text: &str, bytes_max: usize) -> &str {
    let ends = text.char_indices().map(|(start, c)| start + c.len_utf8());
    let end = ends.take_while(|end| *end <= bytes_max).last().unwrap_or(0);
    text.get(..end).unwrap_or_default()
}

/// Words on two lines stay two words.
fn blank_for_break(c: char) -> char {
    if matches!(c, '\t' | '\n' | '\r') { ' ' } else { c }
}

/// Not kept: control characters and `U+FFFE`, `U+FFFF`, which XML cannot carry or would change;
/// characters of four UTF-8 bytes, as it is not documented that the gateway takes emoji; `&` and
/// `=`, which move field borders in the string that is signed.
fn is_kept(c: char) -> bool {
    !c.is_control() && !matches!(c, '&' | '=' | '\u{fffe}' | '\u{ffff}') && c.len_utf8() < 4
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn fit_keeps_what_may_stand() {
        for (name, body) in [
            ("可乐", "可乐"),
            ("  Cola 330 ml ", "Cola 330 ml"),
            ("可乐🥤", "可乐"),
            ("A&B = C", "AB  C"),
            ("two\nlines", "two lines"),
            ("a\u{0}b\u{ffff}", "ab"),
            ("🥤", "商品"),
            ("", "商品"),
        ] {
            assert_eq!(Body::fit(name).as_str(), body, "{name:?}");
        }
    }

    #[test]
    fn fit_cuts_between_characters() {
        assert_eq!(Body::fit(&"可".repeat(60)).as_str(), "可".repeat(42));
        assert_eq!(Body::fit(&"a".repeat(200)).as_str(), "a".repeat(127));
        assert_eq!(Body::fit(&format!("{} b", "a".repeat(126))).as_str(), "a".repeat(126));
    }

    #[test]
    fn parse_refuses_what_fit_would_change() {
        for bad in ["", " a", "a ", "a&b", "a=b", "a\nb", "🥤", &"a".repeat(128), &"可".repeat(43)]
        {
            assert!(Body::parse(bad).is_err(), "{bad:?}");
            assert!(Attach::parse(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_refund_needs_no_reason() {
        assert_eq!(RefundDesc::fit("🥤\n"), None);
        assert_eq!(RefundDesc::fit(" 商品未出货\n").unwrap().as_str(), "商品未出货");
        assert_eq!(RefundDesc::fit(&"货".repeat(60)).unwrap().as_str(), "货".repeat(26));
        assert!(RefundDesc::parse(&"a".repeat(80)).is_ok());
        assert!(RefundDesc::parse(&"a".repeat(81)).is_err());
    }

    proptest! {
        #[test]
        fn whatever_fits_parses(name in "\\PC{0,200}|.{0,60}") {
            let body = Body::fit(&name);
            prop_assert_eq!(Body::parse(body.as_str()), Ok(body));
            if let Some(reason) = RefundDesc::fit(&name) {
                prop_assert_eq!(RefundDesc::parse(reason.as_str()), Ok(reason));
            }
        }
    }
}
