//! No secret is said anywhere: not in a log that holds everything, not by a check, not in `/proc`.

use std::{
    fs,
    path::{Path, PathBuf},
};

use kiosk::{Refund, Trouble};
use protocol::sign::string_to_sign;
use serde_json::json;
use tests::{
    customer::Seen,
    gateway::{APP_SECRET, Forgery},
    machine::{API_KEY, MachineSettings, TOKEN},
};

use crate::{
    hostile::{bodies, intake, payment, signed},
    http::post,
    mini_program::{order, pay},
    permissions::stand_in,
    scene::{Scene, program, quick},
    stickers::link,
    tools::{complained, run, said},
};

/// The key until yesterday.
const OLD_KEY: &str = "o0000000000000000000000000000001";
/// Who orders in the mini-program.
const BUYER: &str = "oBUYER8uMuAJO_M2pxb1Q9zNjWeS";
/// Everybody else who pays in this world.
const PAYER: &str = "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o";
/// What WeChat tells the machine about a login besides the openid.
const SESSION_KEY: &str = "c2Vzc2lvbl9rZXlfMDAwMA==";

#[test]
fn no_secret_is_said_even_when_everything_is() {
    let dir = tempfile::tempdir().unwrap();
    let settings = MachineSettings { mini_program: true, previous_key: Some(OLD_KEY), ..quick() };
    let scene = Scene::with_program(stand_in("full-trace", dir.path()), settings);
    scene.start();
    let js_code = scene.gateway.js_code(BUYER);
    let numbers = live_through_everything(&scene, &js_code);
    let process = format!("/proc/{}", scene.machine.pid().unwrap().as_raw_pid());
    let mut said_by: Vec<(&str, String)> =
        ["cmdline", "environ"].map(|name| (name, text_of(Path::new(&process).join(name)))).into();
    assert!(scene.machine.terminate().unwrap().success());
    let log = text_of(dir.path().join("said"));
    assert!(log.contains("\"TRACE\"") && log.contains("vend_succeeded"), "nothing was traced");
    // What is signed ends in the key: its beginning in the log would be the string itself.
    for number in &numbers {
        let request = scene.gateway.read(|books| books.order(number).unwrap().request.clone());
        let begin: String = string_to_sign(&request).chars().take(40).collect();
        assert!(!log.contains(&begin), "a string to sign is in the log");
    }
    assert!(!log.contains("&key="), "a string to sign is in the log");
    said_by.push(("log", log));
    let config = ["--config".as_ref(), scene.machine.config().as_os_str()];
    for command in ["check", "log"] {
        let output = run(program(), [&[command.as_ref()], config.as_slice()].concat(), b"");
        said_by.push((command, said(&output) + &complained(&output)));
    }
    let key = text_of(scene.gateway.client_key_file().to_owned());
    let key = key.lines().nth(1).unwrap();
    assert!(key.len() > 40, "no line of a private key");
    for (where_, text) in &said_by {
        for (what, secret) in [
            ("the API key", API_KEY),
            ("the previous key", OLD_KEY),
            ("the token", TOKEN),
            ("the AppSecret", APP_SECRET),
            ("the key of the certificate", key),
            ("the session key", SESSION_KEY),
            ("a login", &js_code),
            ("the buyer", BUYER),
            ("a payer", PAYER),
        ] {
            let line = text.lines().find(|line| line.contains(secret));
            assert!(line.is_none(), "{what} is in {where_}: {}", line.unwrap_or_default());
        }
    }
}

/// Sales through every door, a refund, and everything that is to be refused. Returns the numbers
/// of the orders.
fn live_through_everything(scene: &Scene, js_code: &str) -> Vec<String> {
    let sold = scene.choose(1);
    for (_, body) in bodies(&sold.number) {
        post(intake(scene, &sold.number), "/notify", &body);
    }
    for forgery in [Forgery::WrongKey, Forgery::AlteredAmount, Forgery::ReplayedAnswer] {
        scene.gateway.forge(&sold.number, forgery).unwrap();
    }
    scene.pay(&sold);
    scene.see("the farewell", |seen| seen == Seen::Farewell);
    assert_eq!(scene.outcome(&sold.number).state, "vended");
    scene.leave(1);

    let jammed = scene.buy_jammed(2);
    scene.wait_refunded_once(&jammed);
    scene.see("sorry", |seen| seen == Seen::Sorry(Trouble::NotVended(Refund::Done)));
    scene.leave(2);

    let by_old_key = scene.choose(3);
    let notify = signed(&payment(&by_old_key.number), OLD_KEY).replace(">350<", ">400<");
    assert!(post(scene.intake, "/notify", notify.as_bytes()).refuses(), "altered");
    let mut fields = payment(&by_old_key.number);
    fields.set("total_fee", "400").set("cash_fee", "400");
    let reply = post(scene.intake, "/notify", signed(&fields, OLD_KEY).as_bytes());
    assert!(reply.text.contains("SUCCESS"), "{reply:?}");
    assert_eq!(scene.outcome(&by_old_key.number).state, "vended");
    scene.see("the farewell", |seen| seen == Seen::Farewell);
    scene.leave(3);

    let from_mini_program = order(scene, &json!({ "slot": 4, "js_code": js_code }));
    let from_mini_program = pay(scene, &from_mini_program);
    assert_eq!(scene.outcome(&from_mini_program).state, "vended");
    let from_sticker = scene.phone.pay(&link(5, API_KEY)).unwrap();
    assert_eq!(scene.outcome(&from_sticker).state, "vended");
    vec![sold.number, jammed.number, from_mini_program, from_sticker]
}

fn text_of(path: PathBuf) -> String {
    let bytes = fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    String::from_utf8_lossy(&bytes).into_owned()
}
