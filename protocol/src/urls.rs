//! The two addresses of an order: where the customer pays, where WeChat reports.

use crate::value::{is_plain, text_value};

text_value! {
    /// What the payment QR says, valid for 2 hours. Its format is not fixed: never look inside.
    /// APIv2 unifiedorder, `code_url` String(64); longer ones have been seen.
    CodeUrl = "code_url", "1 to 512 visible ASCII characters",
    |text| (1..=512).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic())
}

text_value! {
    /// Where WeChat posts the payment notify. APIv2 unifiedorder, `notify_url` String(256).
    NotifyUrl = "notify_url",
    "an http:// or https:// address of at most 256 visible ASCII characters without ? # & =",
    is_notify_url
}

/// A query string is forbidden by the specification; a fragment never reaches a server.
fn is_notify_url(text: &str) -> bool {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    let host = rest.and_then(|rest| rest.split('/').next());
    text.len() <= 256
        && text.bytes().all(|b| is_plain(b) && b != b'?' && b != b'#')
        && host.is_some_and(|host| !host.is_empty() && !host.starts_with(':'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notify_url_has_a_host_and_no_query() {
        for good in
            ["https://example.com/wx/notify", "http://127.0.0.1:8080/notify", "http://[::1]:80"]
        {
            assert!(NotifyUrl::parse(good).is_ok(), "{good}");
        }
        let long = format!("https://example.com/{}", "a".repeat(240));
        for bad in [
            "",
            "example.com/notify",
            "ftp://example.com/",
            "https://",
            "https:///notify",
            "http://:80/notify",
            "https://example.com/n?x=1",
            "https://example.com/n?",
            "https://example.com/n#x",
            "https://example.com/a&b",
            "https://example.com/a b",
            "https://example.com/单",
            &long,
        ] {
            assert!(NotifyUrl::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn code_url_is_opaque_but_not_a_page() {
        for good in
            ["weixin://wxpay/bizpayurl/up?pr=NwY5Mz9&groupid=00", "weixin://wxpay/s/An4baqw"]
        {
            assert!(CodeUrl::parse(good).is_ok(), "{good}");
        }
        for bad in ["", "weixin://a b", "weixin://\u{7f}", &"x".repeat(513)] {
            assert!(CodeUrl::parse(bad).is_err(), "{bad}");
        }
    }
}
