//! Where requests are booked: one arm a call.

use std::{io::Write as _, time::Duration};

use flate2::{Compression, write::GzEncoder};

use super::{
    Core,
    answer::{self, Failure},
    bill::{self, Making},
    books::Books,
    call::CallName,
    notify::Notice,
    refunds::Circumstances,
    request::{Content, Granted, Request},
    sandbox::Realm,
};
use crate::timeline::What;

/// closeorder is refused so long after unifiedorder. APIv2 closeorder.
const CLOSE_AFTER: Duration = Duration::from_secs(5 * 60);
/// Two refunds of one order are so far apart. APIv2 refund, "rules".
const REFUND_PAUSE: Duration = Duration::from_secs(60);

/// reverse is refused so long after micropay. APIv2 reverse.
const REVERSE_WAIT: Duration = Duration::from_secs(15);

impl Request {
    pub(super) fn check_merchant(&self, core: &Core) -> Result<(), Failure> {
        let Some((appid, mch_id)) = &core.merchant else {
            return Ok(());
        };
        // APIv2, "sandbox": any appid will do; getsignkey has none.
        if self.realm == Realm::Production && self.fields.get("appid") != Some(appid) {
            return Err(Failure::new("APPID_NOT_EXIST", "appid不存在"));
        }
        if self.fields.get("mch_id") != Some(mch_id) {
            return Err(Failure::new("MCHID_NOT_EXIST", "mch_id不存在"));
        }
        Ok(())
    }

    pub(super) fn book(&self, core: &Core) -> Result<Granted, Failure> {
        let now_ms = core.now_ms();
        let fields = &self.fields;
        core.books.change(|books| match self.call {
            CallName::Unifiedorder => {
                self.check_realm(books)?;
                let opened = books.open(fields, self.sign_type, now_ms)?;
                self.note_realm(books);
                Ok(Granted::success(answer::opened(fields, &opened)))
            }
            CallName::Orderquery => {
                let before = is_paid(books, &self.number);
                let order = books.query(fields, now_ms)?;
                let granted =
                    Granted::saying(order.trade_state(), answer::order_state(fields, order));
                self.mark_payment(core, books, before);
                Ok(granted)
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
            CallName::Micropay => self.micropay(core, books),
            CallName::Reverse => {
                let wait_ms = core.moods.read(|moods| moods.scaled_ms(REVERSE_WAIT));
                books.reverse(fields, now_ms, wait_ms)?;
                Ok(Granted::success(answer::reversed(fields)))
            }
            CallName::Shorturl => {
                let short_url = books.shorten(fields.get("long_url").unwrap_or_default());
                Ok(Granted::success(answer::one(fields, "short_url", &short_url)))
            }
            CallName::Authcodetoopenid => {
                let openid = books.open_id_of(fields, now_ms)?;
                Ok(Granted::success(answer::one(fields, "openid", &openid)))
            }
            CallName::Report => {
                books.reports.push(fields.clone());
                Ok(Granted::unsigned("SUCCESS", answer::reported()))
            }
            CallName::Getsignkey => {
                let key = self.realm.sign_key().unwrap_or_default();
                Ok(Granted::unsigned("SUCCESS", answer::sign_key(fields, key)))
            }
        })
    }

    /// A number belongs to one realm.
    fn check_realm(&self, books: &Books) -> Result<(), Failure> {
        match books.order(&self.number) {
            Some(order) if order.realm != self.realm => {
                Err(Failure::new("OUT_TRADE_NO_USED", "商户订单号重复"))
            }
            Some(_) | None => Ok(()),
        }
    }

    fn note_realm(&self, books: &mut Books) {
        if let Some(order) = books.order_mut(&self.number) {
            order.realm = self.realm;
        }
    }

    fn micropay(&self, core: &Core, books: &mut Books) -> Result<Granted, Failure> {
        self.check_realm(books)?;
        let before = is_paid(books, &self.number);
        let password = core.moods.read(|moods| moods.password);
        let paid = books.micropay(&self.fields, self.sign_type, password, core.now_ms());
        let granted = paid.map(|order| Granted::success(answer::micropaid(&self.fields, order)));
        self.note_realm(books);
        self.mark_payment(core, books, before);
        granted
    }

    /// A payment that this request has brought about goes on the timeline.
    fn mark_payment(&self, core: &Core, books: &Books, before: bool) {
        if !before && is_paid(books, &self.number) {
            core.timeline.mark(What::Paid(self.number.clone()));
        }
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

fn is_paid(books: &Books, out_trade_no: &str) -> bool {
    books.order(out_trade_no).is_some_and(|order| order.payment().is_some())
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
