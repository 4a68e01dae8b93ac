//! What can be typed at a lone gateway.

use super::{super::console::obey, *};

#[test]
fn a_person_pays_and_pays_back_by_typing() {
    let scene = Scene::new();
    let code = scene.open("A1");
    assert_eq!(obey(&scene.gateway, "orders"), format!("order A1 350 fen NOTPAY {code}"));
    assert_eq!(obey(&scene.gateway, &format!(" {code} ")), "paid A1");
    assert_eq!(obey(&scene.gateway, &code), "this order is paid already");
    let said = obey(&scene.gateway, "refund A1 100");
    let number = said.strip_prefix("refunded ").unwrap();
    assert_eq!(
        obey(&scene.gateway, "orders"),
        format!("order A1 350 fen REFUND\nrefund {number} of A1 100 fen SUCCESS")
    );
    assert!(obey(&scene.gateway, "refund A9").contains("ORDERNOTEXIST"));
}

#[test]
fn moods_can_be_typed() {
    let scene = Scene::new();
    obey(&scene.gateway, "mood refund NOTENOUGH 2");
    obey(&scene.gateway, "mood orderquery html");
    obey(&scene.gateway, "notifies lost");
    let moods = scene.gateway.moods();
    assert_eq!(moods.refund, Mood::Fail { err_code: "NOTENOUGH", times: 2 });
    assert_eq!((moods.orderquery, moods.lose_notifies), (Mood::Html, true));
    let before = scene.gateway.now_ms();
    obey(&scene.gateway, "advance 300");
    assert!(scene.gateway.now_ms() >= before + 300_000);
}

#[test]
fn what_is_not_understood_is_answered_with_help() {
    let scene = Scene::new();
    for line in ["dance", "refund", "mood refund", "notifies sometimes"] {
        assert!(obey(&scene.gateway, line).contains("refund <out_trade_no> [fen]"), "{line}");
    }
    for line in ["refund A1 much", "mood dance html", "mood refund SUNSHINE", "advance soon"] {
        assert!(obey(&scene.gateway, line).contains("no"), "{line}");
    }
    assert_eq!(obey(&scene.gateway, ""), "");
}
