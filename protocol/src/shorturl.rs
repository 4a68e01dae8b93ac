//! shorturl: makes a short link of the long one of a static QR, for a coarser picture.

use crate::call::{Call, Request, sealed};
use crate::calls::CallName;
use crate::value::text_value;
use crate::{Fields, Mismatch};

text_value! {
    /// A long link. APIv2 shorturl, `long_url` String(512).
    LongUrl = "long_url", "weixin:// and visible ASCII characters, at most 512 in all",
    |text| is_link(text, 512)
}

text_value! {
    /// A short link of the same meaning. APIv2 shorturl, `short_url` String(64).
    ShortUrl = "short_url", "weixin:// and visible ASCII characters, at most 64 in all",
    |text| is_link(text, 64)
}

/// The wish. APIv2 shorturl; absent from the newest documentation, so it may be refused.
///
/// The documentation wants the value signed as it is and sent URL-encoded. It is sent as it is, as
/// all known clients do: a reader that decodes it gets the same, because the links of this package
/// have no `%` or `+` in them unless their product does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shorten {
    /// The link.
    pub long_url: LongUrl,
}

impl sealed::Request for Shorten {}

impl Request for Shorten {
    const NAME: CallName = CallName::ShortUrl;
    const PATH: &'static str = "/tools/shorturl";
    const REPEATABLE: bool = true;

    fn fields(&self) -> Fields {
        let mut fields = Fields::new();
        fields.set("long_url", self.long_url.as_str());
        fields
    }
}

impl Call for Shorten {
    type Answer = ShortUrl;

    fn answer(&self, answer: &Fields) -> Result<ShortUrl, Mismatch> {
        answer.read("short_url")
    }
}

fn is_link(text: &str, bytes_max: usize) -> bool {
    let rest = text.strip_prefix("weixin://");
    text.len() <= bytes_max
        && rest.is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_graphic()))
}
