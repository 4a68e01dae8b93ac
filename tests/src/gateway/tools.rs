//! The small calls: shorturl, authcodetoopenid, report.

use protocol::Fields;

use super::{answer::Failure, books::Books};

/// What every short link begins with.
pub(super) const SHORT_BEGIN: &str = "weixin://wxpay/s/";

impl Books {
    /// shorturl: the same link always gets the same short one.
    pub(super) fn shorten(&mut self, long_url: &str) -> String {
        let known = self.short_urls.iter().find(|(_, long)| *long == long_url);
        if let Some((short, _)) = known {
            return short.clone();
        }
        let short = format!("{SHORT_BEGIN}{}", self.fresh_code());
        self.short_urls.insert(short.clone(), long_url.to_owned());
        short
    }

    /// What a short link stands for; any other text is what it is.
    pub(super) fn lengthen<'a>(&'a self, link: &'a str) -> &'a str {
        self.short_urls.get(link).map_or(link, String::as_str)
    }

    /// authcodetoopenid: who shows this payment code.
    pub(super) fn open_id_of(&self, fields: &Fields, now_ms: i64) -> Result<String, Failure> {
        self.code_owner(fields.get("auth_code").unwrap_or_default(), now_ms).map(str::to_owned)
    }

    /// Every report (APIv2 report) that was sent, the oldest first, as it was sent.
    #[must_use]
    pub fn reports(&self) -> &[Fields] {
        &self.reports
    }
}
