//! The operator's mini-program: a script plays its back end and orders over kioskd's intake.

use std::{
    fs::{self, OpenOptions},
    io::Write as _,
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
    process::Output,
};

use protocol::sign::SignType;
use serde_json::Value;
use tests::{
    gateway::{APP_SECRET, JsapiError},
    machine::{APPID, MachineSettings},
};

use crate::{
    scene::{Scene, quick},
    tools::{complained, find, run, said},
};

const TOKEN: &str = "a-token-of-the-operators-own-choice";
const OPENID: &str = "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o";

#[test]
fn who_orders_in_the_mini_program_and_pays_gets_the_item() {
    let Some(python) = find("python3", "python3") else { return };
    for sign_type in [SignType::Md5, SignType::HmacSha256] {
        let office = Office::open(&python, sign_type);
        let js_code = office.scene.gateway.js_code(OPENID);
        for (slot, buyer) in [(1, ["--js-code", &js_code]), (2, ["--openid", OPENID])] {
            let order = office.order(slot, buyer);
            let number = order.get("out_trade_no").and_then(Value::as_str).unwrap().to_owned();
            office.scene.gateway.read(|books| {
                let order = books.order(&number).unwrap();
                assert_eq!(order.request.get("openid"), Some(OPENID));
                assert_eq!(order.request.get("trade_type"), Some("JSAPI"));
                assert_eq!(order.sign_type, sign_type);
            });
            assert_eq!(office.scene.pulses(slot), 0, "nobody has paid");

            let altered = order.to_string().replace("prepay_id=wx", "prepay_id=wy");
            assert!(office.scene.gateway.pay_jsapi(&altered).is_err());
            assert_eq!(
                office.scene.gateway.pay_jsapi(&with_another_nonce(&order)),
                Err(JsapiError::PaySign)
            );
            assert_eq!(office.scene.gateway.pay_jsapi(&order.to_string()), Ok(number.clone()));
            assert_eq!(office.scene.outcome(&number).state, "vended");
            assert_eq!(office.scene.pulses(slot), 1);
        }
    }
}

#[test]
fn the_mini_program_is_told_why_there_is_no_order() {
    let Some(python) = find("python3", "python3") else { return };
    let office = Office::open(&python, SignType::HmacSha256);
    let gateway = &office.scene.gateway;
    let used = gateway.js_code(OPENID);
    office.order(1, ["--js-code", &used]);
    let orders = gateway.read(|books| books.orders().len());
    let other = office.secret("other", "a-token-of-nobody");
    #[rustfmt::skip]
    let table = [
        ("another token", &other,        1,   ["--openid", OPENID],         "401", "unauthorized"),
        ("no such slot",  &office.token, 999, ["--openid", OPENID],         "404", "no_such_slot"),
        ("no openid",     &office.token, 1,   ["--openid", "a b"],          "400", "bad_request"),
        ("a used code",   &office.token, 1,   ["--js-code", used.as_str()], "400", "js_code_refused"),
        ("a made-up one", &office.token, 1,   ["--js-code", "0aNOBODYS"],   "400", "js_code_refused"),
    ];
    for (name, token, slot, buyer, status, error) in table {
        let output = office.ask(token, slot, buyer);
        assert_eq!(output.status.code(), Some(1), "{name}: {output:?}");
        assert!(complained(&output).contains(status), "{name}: {output:?}");
        let answer: Value = serde_json::from_str(&said(&output)).unwrap();
        assert_eq!(answer.get("error").unwrap(), error, "{name}: {answer}");
        let message = answer.get("message").and_then(Value::as_str).unwrap();
        assert!(!message.is_empty(), "{name}");
        for secret in [TOKEN, APP_SECRET, OPENID] {
            assert!(!answer.to_string().contains(secret), "{name}: {answer}");
        }
    }
    assert_eq!(gateway.read(|books| books.orders().len()), orders);
}

/// A machine that sells through a mini-program, and the mini-program's back end.
struct Office<'a> {
    scene: Scene,
    python: &'a Path,
    intake: String,
    token: PathBuf,
}

impl<'a> Office<'a> {
    fn open(python: &'a Path, sign_type: SignType) -> Self {
        let scene = Scene::dark(MachineSettings { sign_type, ..quick() });
        let config = fs::read_to_string(scene.machine.config()).unwrap();
        let mut config: toml::Table = toml::from_str(&config).unwrap();
        let intake = config.get("intake").and_then(|it| it.get("listen")).unwrap();
        let intake = format!("http://{}", intake.as_str().unwrap());
        let gateway = config.get_mut("gateway").and_then(toml::Value::as_table_mut).unwrap();
        gateway.insert("session_url".to_owned(), scene.gateway.base_url().into());
        let jsapi = toml::toml! {
            token_file = "token"
            app_secret_file = "app_secret"
        };
        config.insert("jsapi".to_owned(), jsapi.into());
        fs::write(scene.machine.config(), config.to_string()).unwrap();
        let office = Self { python, intake, token: scene.dir().join("token"), scene };
        office.secret("token", TOKEN);
        office.secret("app_secret", APP_SECRET);
        office.scene.start();
        office
    }

    /// A file for its owner alone.
    fn secret(&self, name: &str, text: &str) -> PathBuf {
        let path = self.scene.dir().join(name);
        let mut options = OpenOptions::new();
        let mut file = options.write(true).create_new(true).mode(0o600).open(&path).unwrap();
        file.write_all(text.as_bytes()).unwrap();
        path
    }

    /// What the mini-program hands to `wx.requestPayment`; the script has checked its `paySign`.
    fn order(&self, slot: u16, buyer: [&str; 2]) -> Value {
        let output = self.ask(&self.token, slot, buyer);
        assert!(output.status.success(), "{output:?}; {}", self.scene.story());
        serde_json::from_str(&said(&output)).unwrap()
    }

    fn ask(&self, token: &Path, slot: u16, buyer: [&str; 2]) -> Output {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("foreign/miniprogram.py");
        let (slot, key) = (slot.to_string(), self.scene.dir().join("api_key"));
        let options = ["--intake", &self.intake, "--appid", APPID, "--slot", &slot];
        let mut arguments = vec![script.as_os_str()];
        arguments.extend(options.iter().chain(&buyer).map(AsRef::<std::ffi::OsStr>::as_ref));
        arguments.extend(["--token-file".as_ref(), token.as_os_str()]);
        arguments.extend(["--key-file".as_ref(), key.as_os_str()]);
        run(self.python, arguments, b"")
    }
}

fn with_another_nonce(order: &Value) -> String {
    let mut order = order.clone();
    order.as_object_mut().unwrap().insert("nonceStr".to_owned(), "another".into());
    order.to_string()
}
