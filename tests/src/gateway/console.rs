//! What a person can type at a lone gateway: one line, one deed, one line of answer.

use std::time::Duration;

use super::{CallName, Gateway, Mood, Password, PlantedTrade, StickerError, is_sticker};

/// What can be typed.
const HELP: &str = "\
<code_url>                          pay what the QR says
scan <link>                         scan a printed code and pay the order it brings
prepay <prepay_id>                  pay the order that a phone shows
jsapi <json>                        pay as wx.requestPayment does, with its parameters
pay-code <openid>                   a payment code for micropay, good for a minute
password none|right|wrong           what happens after micropay: nothing, or after two queries
js-code <openid>                    a login for jscode2session
refund <out_trade_no> [fen]         pay back by hand, all that is left or so much
orders                              every order and refund in the books
mood <call> <mood> [times]          normal, html, wrong-sign, lose-request, lose-answer, or an
                                    error code such as NOTENOUGH
notifies lost|sent                  lose every notify, or send them again
bill plant <out_trade_no> <fen>     put a trade of now into the bills that is in nobody's log
bill drop <number>                  leave a payment or a refund out of the bills
advance <seconds>                   let the gateway's clock run ahead
help                                this";

/// Does what a line says; gives what to print, of one line or more.
pub fn obey(gateway: &Gateway, line: &str) -> String {
    let words: Vec<&str> = line.split_whitespace().collect();
    match words.as_slice() {
        [] => String::new(),
        ["help"] => HELP.to_owned(),
        [code] if is_sticker(code) => told(scan(gateway, code), "paid"),
        [code] if code.starts_with("weixin://") => told(gateway.pay(code), "paid"),
        ["scan", link] => told(scan(gateway, link), "paid"),
        ["prepay", prepay_id] => told(gateway.pay_prepaid(prepay_id), "paid"),
        ["jsapi", ..] => {
            let params = line.trim_start().strip_prefix("jsapi").unwrap_or_default();
            told(gateway.pay_jsapi(params), "paid")
        }
        ["pay-code", openid] => gateway.payment_code(openid),
        ["password", how @ ("none" | "right" | "wrong")] => {
            let password = match *how {
                "right" => Password::Right(2),
                "wrong" => Password::Wrong(2),
                _ => Password::NotAsked,
            };
            gateway.set_moods(|moods| moods.password = password);
            format!("password: {how}")
        }
        ["js-code", openid] => gateway.js_code(openid),
        ["refund", number] => told(gateway.refund_by_hand(number, None), "refunded"),
        ["refund", number, fen] => match fen.parse() {
            Ok(fen) => told(gateway.refund_by_hand(number, Some(fen)), "refunded"),
            Err(_) => format!("{fen} is no amount in fen"),
        },
        ["orders"] => orders(gateway),
        ["mood", call, mood] => set_mood(gateway, call, mood, None),
        ["mood", call, mood, times] => match times.parse() {
            Ok(times @ 1..) => set_mood(gateway, call, mood, Some(times)),
            Ok(0) | Err(_) => format!("{times} is no number of times"),
        },
        ["notifies", how @ ("lost" | "sent")] => {
            gateway.set_moods(|moods| moods.lose_notifies = *how == "lost");
            format!("notifies are {how}")
        }
        ["bill", "plant", number, fen] => match fen.parse() {
            Ok(total_fee) => {
                let (out_trade_no, paid_at_ms) = ((*number).to_owned(), gateway.now_ms());
                gateway.plant_in_bill(PlantedTrade { out_trade_no, total_fee, paid_at_ms });
                format!("{number} is in the bills")
            }
            Err(_) => format!("{fen} is no amount in fen"),
        },
        ["bill", "drop", number] => {
            gateway.drop_from_bill(number);
            format!("{number} is not in the bills")
        }
        ["advance", seconds] => match seconds.parse() {
            Ok(seconds) => {
                gateway.advance(Duration::from_secs(seconds));
                format!("advanced {seconds} s")
            }
            Err(_) => format!("{seconds} is no number of seconds"),
        },
        _ => format!("not understood: {line}; these are:\n{HELP}"),
    }
}

fn told<E: ToString>(done: Result<String, E>, verb: &str) -> String {
    match done {
        Ok(number) => format!("{verb} {number}"),
        Err(error) => error.to_string(),
    }
}

fn scan(gateway: &Gateway, link: &str) -> Result<String, StickerError> {
    let scanned = gateway.scan(link)?;
    Ok(gateway.pay_prepaid(&scanned.prepay_id)?)
}

fn set_mood(gateway: &Gateway, call: &str, mood: &str, times: Option<u32>) -> String {
    let Some(name) = CallName::ALL.into_iter().find(|it| it.as_str() == call) else {
        let calls = CallName::ALL.map(CallName::as_str).join(", ");
        return format!("no call is named {call}; there are {calls}");
    };
    let Some(parsed) = Mood::parse(mood, times) else {
        return format!("no mood is named {mood}; try help");
    };
    gateway.set_moods(|moods| moods.set(name, parsed));
    format!("{call} is in the mood {mood}")
}

fn orders(gateway: &Gateway) -> String {
    let now_ms = gateway.now_ms();
    gateway.read(|books| {
        let orders = books.orders().values().map(|order| {
            let (number, fen) = (&order.out_trade_no, order.total_fee());
            let state = order.trade_state();
            // What can be typed to pay it.
            let code = order.codes.last().filter(|_| state == "NOTPAY");
            let code = code.map(|code| format!(" {code}")).unwrap_or_default();
            format!("order {number} {fen} fen {state}{code}")
        });
        let refunds = books.refunds().map(|refund| {
            let status = refund.refund_status(now_ms);
            let (number, of) = (&refund.out_refund_no, &refund.out_trade_no);
            format!("refund {number} of {of} {} fen {status}", refund.refund_fee)
        });
        let lines: Vec<String> = orders.chain(refunds).collect();
        if lines.is_empty() { "no orders".to_owned() } else { lines.join("\n") }
    })
}
