//! The refund notify is a hint and no proof: lost, repeated or forged, the refund is the same.

use std::{net::SocketAddr, time::Duration};

use kiosk::Refund;
use protocol::{Fields, NonceStr, xml};
use tests::{
    gateway::{Key, Notified},
    machine::{API_KEY, APPID, MCH_ID},
};

use super::promises;
use crate::{
    hostile::intake,
    http::{Reply, post},
    scene::{Chosen, LIMIT, Scene, quick},
};

/// Another merchant's key.
const FOREIGN_KEY: &str = "f0000000000000000000000000000009";
/// Longer than any test.
const PROCESSING: Duration = Duration::from_secs(3600);

#[test]
fn with_every_notify_lost_refundquery_finds_the_refund() {
    let scene = Scene::open(quick());
    scene.gateway.set_moods(|moods| moods.lose_notifies = true);
    let chosen = scene.buy_jammed(2);
    scene.wait_refunded_once(&chosen);
    let told = told(&scene, &chosen, 1);
    assert!(told.iter().all(|it| *it == Notified::Lost), "{told:?}");
}

#[test]
fn a_refund_told_three_times_is_acknowledged_and_made_once() {
    let scene = Scene::open(quick());
    scene.gateway.set_moods(|moods| moods.notify_copies = 3);
    let chosen = scene.buy_jammed(2);
    scene.wait_refunded_once(&chosen);
    assert_eq!(told(&scene, &chosen, 3), [const { Notified::Acknowledged }; 3]);

    // And once more, long after.
    let log = scene.machine.sales().unwrap();
    let reply = hint(&scene, &chosen, API_KEY, &content(&scene, &chosen, "SUCCESS"));
    assert!(reply.status == Some(200) && reply.text.contains("SUCCESS"), "{reply:?}");
    assert_eq!(scene.machine.sales().unwrap(), log);
    scene.wait_refunded_once(&chosen);
}

#[test]
fn a_refund_in_process_is_promised_until_it_is_done() {
    let (scene, chosen) = in_process();
    scene.see("the promise", |seen| promises(seen, Refund::UnderWay));
    scene.wait_for_call("refundquery", &chosen.number, chosen.from);
    assert_eq!(scene.sale(&chosen.number).unwrap().state, "refunding");
    scene.gateway.advance(PROCESSING);
    let refund = scene.wait_refunded_once(&chosen);
    assert_eq!(refund.requests, 1, "it was accepted and asked for again");
    scene.see("the money is back", |seen| promises(seen, Refund::Done));
    assert_eq!(told(&scene, &chosen, 1), [Notified::Acknowledged]);
}

#[test]
fn a_forged_refund_notify_changes_nothing() {
    let (scene, chosen) = in_process();
    let truth = content(&scene, &chosen, "SUCCESS");
    let with = |name: &str, value: &str| {
        let mut content = truth.clone();
        content.set(name, value);
        content
    };
    let log = scene.machine.sales().unwrap();
    let address = intake(&scene, &chosen.number);
    let random: Vec<u8> = (0..=255).cycle().take(700).collect();
    assert!(post_hint(address, &random).refuses(), "random bytes");
    let altered = sealed(API_KEY, &truth).replace("<req_info>", "<req_info>AAAA");
    assert!(post_hint(address, altered.as_bytes()).refuses(), "altered");
    let no_content = envelope("AAAAAAAAAAAAAAAAAAAAAA==");
    assert!(post_hint(address, no_content.as_bytes()).refuses(), "no content");
    assert!(hint(&scene, &chosen, FOREIGN_KEY, &truth).refuses(), "a foreign key");
    let unknown = with("out_trade_no", "VM0001-20260101-999999-ABCD");
    assert!(hint(&scene, &chosen, API_KEY, &unknown).refuses(), "no order of ours");

    // With the key, so that they are read, but they say what is not so.
    let lies = [
        ("it is done", truth.clone()),
        ("it is closed", content(&scene, &chosen, "REFUNDCLOSE")),
        ("it cannot be", content(&scene, &chosen, "CHANGE")),
        ("more", with("refund_fee", "20000")),
        ("another refund", with("out_refund_no", "R-other")),
        ("another refund of WeChat's", with("refund_id", "50300001232026112100000000099")),
    ];
    for (name, lie) in lies {
        let from = scene.timeline.len();
        let reply = hint(&scene, &chosen, API_KEY, &lie);
        assert!(reply.text.contains("SUCCESS"), "{name}: {reply:?}");
        // It asked, and did not believe.
        scene.wait_for_call("refundquery", &chosen.number, from);
        assert_eq!(scene.machine.sales().unwrap(), log, "{name}; {}", scene.story());
    }

    scene.gateway.advance(PROCESSING);
    let refund = scene.wait_refunded_once(&chosen);
    assert_eq!(refund.requests, 1);
}

/// WeChat has accepted the refund of a jammed item, and takes its time.
fn in_process() -> (Scene, Chosen) {
    let scene = Scene::open(quick());
    scene.gateway.set_moods(|moods| moods.refund_takes = PROCESSING);
    let chosen = scene.buy_jammed(2);
    scene.wait_for_entry(&chosen.number, &["refund_accepted"]);
    (scene, chosen)
}

/// How the order's refund was told of, once there are so many notifies.
fn told(scene: &Scene, chosen: &Chosen, count: usize) -> Vec<Notified> {
    let told = scene.gateway.wait("notifies of the refund", LIMIT, |books| {
        let notifies = &books.refunds_of(&chosen.number).next()?.notifies;
        (notifies.len() >= count).then(|| notifies.clone())
    });
    told.unwrap()
}

/// Posts a refund notify with this content, encrypted with `key`.
fn hint(scene: &Scene, chosen: &Chosen, key: &str, content: &Fields) -> Reply {
    post_hint(intake(scene, &chosen.number), sealed(key, content).as_bytes())
}

fn post_hint(intake: SocketAddr, body: &[u8]) -> Reply {
    post(intake, "/refund-notify", body)
}

/// What WeChat would say of the order's refund.
fn content(scene: &Scene, chosen: &Chosen, refund_status: &str) -> Fields {
    let refunds = scene.refunds_of(&chosen.number);
    let refund = refunds.first().unwrap();
    let mut content = Fields::new();
    content
        .set("transaction_id", &refund.transaction_id)
        .set("out_trade_no", &refund.out_trade_no)
        .set("refund_id", &refund.refund_id)
        .set("out_refund_no", &refund.out_refund_no)
        .set("total_fee", refund.total_fee.to_string())
        .set("refund_fee", refund.refund_fee.to_string())
        .set("refund_status", refund_status);
    content
}

fn sealed(key: &str, content: &Fields) -> String {
    let plain = xml::write(content).replace("<xml>", "<root>").replace("</xml>", "</root>");
    envelope(&Key::parse(key).unwrap().encrypt(&plain))
}

fn envelope(req_info: &str) -> String {
    let mut fields = Fields::new();
    fields
        .set("return_code", "SUCCESS")
        .set("appid", APPID)
        .set("mch_id", MCH_ID)
        .set("nonce_str", NonceStr::random().as_str())
        .set("req_info", req_info);
    xml::write(&fields)
}
