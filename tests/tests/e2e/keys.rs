//! While the merchant's key is changed, WeChat may still use the one before.

use tests::{customer::Seen, machine::MachineSettings};

use crate::{
    hostile::{intake, payment, signed},
    http::post,
    scene::{Scene, quick},
};

/// The key until yesterday.
const OLD_KEY: &str = "o0000000000000000000000000000001";
/// The key before that.
const OLDER_KEY: &str = "o0000000000000000000000000000000";

#[test]
fn a_notify_signed_with_yesterdays_key_is_believed_and_an_older_one_is_not() {
    let scene = Scene::open(MachineSettings { previous_key: Some(OLD_KEY), ..quick() });
    let chosen = scene.choose(1);
    let intake = intake(&scene, &chosen.number);
    let notify = |key| post(intake, "/notify", signed(&payment(&chosen.number), key).as_bytes());
    assert!(notify(OLDER_KEY).refuses());
    assert_eq!(scene.pulses(1), 0);
    let reply = notify(OLD_KEY);
    assert!(reply.status == Some(200) && reply.text.contains("SUCCESS"), "{reply:?}");
    scene.see("the farewell", |seen| seen == Seen::Farewell);
    assert_eq!(scene.outcome(&chosen.number).state, "vended");
    scene.leave(1);
    // What the machine signs itself, it signs with the new key: the gateway knows no other.
    scene.buy(2);
}
