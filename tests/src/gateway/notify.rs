//! Telling the merchant: the notifies with their schedule, and what attackers send instead.

use std::{iter, sync::Arc, time::Duration};

use protocol::{Fields, sign::SignType, xml};
use reqwest::header::{ACCEPT, CONTENT_TYPE, PRAGMA, USER_AGENT};

use super::{
    Core,
    answer::{self, Signer},
    books::{Books, Opened},
    key::Key,
    order::{Notified, Order},
};
use crate::timeline::What;

/// APIv2, "payment notify": 15s/15s/30s/3m/10m/20m/30m/30m/30m/60m/3h/3h/3h/6h/6h.
const WAITS: [u64; 15] =
    [15, 15, 30, 180, 600, 1200, 1800, 1800, 1800, 3600, 10_800, 10_800, 10_800, 21_600, 21_600];
/// APIv2, "payment notify": the reply must be there within 5 s. Not scaled: it measures the
/// machine, not the world.
pub(super) const REPLY_LIMIT: Duration = Duration::from_secs(5);
/// A reply is some hundred bytes; more is a web page that nobody reads.
const REPLY_CHARACTERS_SHOWN: usize = 200;

/// What somebody without the key signs with; it only has the right length.
const GUESSED_KEY: &str = "guessedguessedguessedguessed1234";

/// How a notify can be forged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Forgery {
    /// No `sign` at all.
    NoSign,
    /// Signed by somebody who does not have the key.
    WrongKey,
    /// A true notify whose `total_fee` was changed on the way.
    AlteredAmount,
    /// Truly signed, but about another amount: a cheap order of the same merchant.
    OtherAmount,
    /// Signed with the key, but in the mode that this merchant's orders do not use.
    OtherSignType,
    /// Another truly signed message: the answer to unifiedorder.
    ReplayedAnswer,
}

/// What the merchant is told of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Notice {
    /// An order was paid: `out_trade_no`.
    Payment(String),
    /// A refund has ended: `out_refund_no`.
    Refund(String),
}

impl Notice {
    /// The number of the order or the refund.
    fn number(&self) -> &str {
        match self {
            Self::Payment(number) | Self::Refund(number) => number,
        }
    }

    /// Where to post what; nothing when the merchant did not say where.
    fn letter(&self, books: &Books, core: &Core) -> Option<(String, String)> {
        match self {
            Self::Payment(number) => {
                let order = books.order(number)?;
                let signer = Signer { key: core.key(order.realm), sign_type: order.sign_type };
                Some((address(&order.request)?, signer.seal(answer::notify(order))))
            }
            Self::Refund(number) => {
                let refund = books.refund(number)?;
                let order = books.order(&refund.out_trade_no)?;
                Some((
                    address(&refund.request)?,
                    answer::refund_notify(refund, order, core.key(order.realm)),
                ))
            }
        }
    }

    /// Enters how it went.
    fn record(&self, books: &mut Books, notified: Notified) {
        let notifies = match self {
            Self::Payment(number) => books.order_mut(number).map(|it| &mut it.notifies),
            Self::Refund(number) => books.refund_mut(number).map(|it| &mut it.notifies),
        };
        if let Some(notifies) = notifies {
            notifies.push(notified);
        }
    }
}

/// Tells the merchant until it is acknowledged or the schedule ends.
pub(super) async fn deliver(core: Arc<Core>, notice: Notice) {
    if let Notice::Refund(number) = &notice {
        let ends = core.books.read(|books| books.refund(number).map(|it| it.settles_at_ms));
        core.until(ends.unwrap_or_default()).await;
    }
    let first = core.moods.read(|moods| moods.notify_delay);
    let waits = iter::once(first).chain(WAITS.into_iter().map(|seconds| {
        let real = Duration::from_secs(seconds);
        core.moods.read(|moods| moods.scaled(real))
    }));
    for wait in waits {
        tokio::time::sleep(wait).await;
        if attempt(&core, &notice).await {
            return;
        }
    }
}

/// One round of the schedule; whether it was acknowledged, or there is nobody to tell.
async fn attempt(core: &Arc<Core>, notice: &Notice) -> bool {
    let letter = core.books.read(|books| notice.letter(books, core));
    let Some((url, body)) = letter else { return true };
    let (lose, copies) = core.moods.read(|moods| (moods.lose_notifies, moods.notify_copies));
    if lose {
        core.timeline.mark(What::NotifyLost(notice.number().to_owned()));
        core.books.change(|books| notice.record(books, Notified::Lost));
        return false;
    }
    let sent: Vec<_> = (0..copies.max(1))
        .map(|_| tokio::spawn(send(Arc::clone(core), notice.clone(), url.clone(), body.clone())))
        .collect();
    let mut acknowledged = false;
    for one in sent {
        acknowledged |= one.await.unwrap_or(false);
    }
    acknowledged
}

async fn send(core: Arc<Core>, notice: Notice, url: String, body: String) -> bool {
    let number = notice.number().to_owned();
    core.timeline.mark(What::NotifySent(number.clone()));
    let notified = match post(&core, &url, body).await {
        Ok(reply) if is_success(&reply) => Notified::Acknowledged,
        Ok(reply) => Notified::Failed(clipped(&reply)),
        Err(error) => Notified::Failed(error.to_string()),
    };
    core.timeline.mark(match &notified {
        Notified::Acknowledged => What::NotifyAcknowledged(number),
        Notified::Failed(why) => What::NotifyFailed(number, why.clone()),
        Notified::Lost => What::NotifyLost(number),
    });
    let acknowledged = notified == Notified::Acknowledged;
    core.books.change(|books| notice.record(books, notified));
    acknowledged
}

/// With the headers that WeChat sends. A reply that is not HTTP 200 comes back as its status.
pub(super) async fn post(core: &Core, url: &str, body: String) -> Result<String, reqwest::Error> {
    let response = core
        .http
        .post(url)
        .header(CONTENT_TYPE, "text/xml")
        .header(ACCEPT, "*/*")
        .header(USER_AGENT, "Mozilla/4.0")
        .header(PRAGMA, "no-cache")
        .timeout(REPLY_LIMIT)
        .body(body)
        .send()
        .await?;
    let status = response.status();
    if status != reqwest::StatusCode::OK {
        return Ok(status.to_string());
    }
    response.text().await
}

/// What an attacker who knows the order's number and address would post.
pub(super) fn forge(order: &Order, forgery: Forgery, key: &Key) -> String {
    let mut told = answer::notify(order);
    if order.payment().is_none() {
        told.set("openid", order.openid())
            .set("trade_type", order.trade_type())
            .set("bank_type", "OTHERS")
            .set("total_fee", order.total_fee().to_string())
            .set("cash_fee", order.total_fee().to_string())
            .set("transaction_id", "4200001234202401020000000001")
            .set("time_end", "20240102080000");
    }
    let truly = Signer { key, sign_type: order.sign_type };
    match forgery {
        Forgery::NoSign => answer::write(&told),
        Forgery::WrongKey => match Key::parse(GUESSED_KEY) {
            Ok(guess) => Signer { key: &guess, sign_type: order.sign_type }.seal(told),
            Err(_) => answer::write(&told),
        },
        Forgery::AlteredAmount => {
            let amount = |fen: u32| format!("<total_fee>{fen}</total_fee>");
            let sealed = truly.seal(told);
            sealed.replace(&amount(order.total_fee()), &amount(1))
        }
        Forgery::OtherAmount => {
            told.set("total_fee", "1").set("cash_fee", "1");
            truly.seal(told)
        }
        Forgery::OtherSignType => {
            let sign_type = match order.sign_type {
                SignType::Md5 => SignType::HmacSha256,
                SignType::HmacSha256 => SignType::Md5,
            };
            Signer { key, sign_type }.seal(told)
        }
        Forgery::ReplayedAnswer => {
            let opened = Opened {
                prepay_id: order.prepay_id.clone(),
                code_url: Some("weixin://wxpay/bizpayurl?pr=0000000".to_owned()),
            };
            let mut replayed: Fields = answer::opened(&order.request, &opened);
            replayed.set("out_trade_no", &order.out_trade_no);
            truly.seal(replayed)
        }
    }
}

fn is_success(reply: &str) -> bool {
    xml::parse(reply.as_bytes()).is_ok_and(|fields| fields.get("return_code") == Some("SUCCESS"))
}

fn clipped(reply: &str) -> String {
    reply.chars().take(REPLY_CHARACTERS_SHOWN).collect()
}

/// A refund made by hand has none.
fn address(request: &Fields) -> Option<String> {
    request.get("notify_url").filter(|url| !url.is_empty()).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_schedule_is_the_documented_one() {
        let total: u64 = WAITS.iter().sum();
        assert_eq!(Duration::from_secs(total), Duration::from_secs((24 * 60 + 4) * 60));
    }

    #[test]
    fn only_a_well_formed_success_is_one() {
        #[rustfmt::skip]
        let table = [
            ("<xml><return_code><![CDATA[SUCCESS]]></return_code></xml>", true),
            ("<xml><return_code>FAIL</return_code></xml>",                false),
            ("SUCCESS",                                                   false),
            ("<xml><return_code>SUCCESS</return_code>",                   false),
            ("",                                                          false),
        ];
        for (reply, success) in table {
            assert_eq!(is_success(reply), success, "{reply}");
        }
    }
}
