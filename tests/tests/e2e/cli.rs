//! The programs on a command line: help, exit codes, and what they print.

use std::{
    ffi::OsStr,
    fs::{self, OpenOptions, Permissions},
    io::{Read as _, Write as _},
    net::TcpListener,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::{Command, Output},
    time::{SystemTime, UNIX_EPOCH},
};

use kiosk::Label;
use protocol::{BeijingTime, Fields, xml};
use serde_json::Value;
use tempfile::TempDir;
use tests::machine::{API_KEY, APPID, MCH_ID};

use crate::{
    scene::{LIMIT, Scene, program, quick},
    tools::{Companion, complained, run, said},
};

const SIGN_VECTORS: &str = include_str!("../../../protocol/tests/vectors/sign.json");
const MESSAGES: &str = include_str!("../../../protocol/tests/vectors/messages.json");
/// Flash-on of the third relay for 2.5 s (Waveshare wiki, function 05 at 0x0200).
const FLASH_ON_3: [u8; 8] = [0x01, 0x05, 0x02, 0x02, 0x00, 0x19, 0xAC, 0x78];

#[test]
fn every_command_helps() {
    let simulate = Path::new(env!("CARGO_BIN_EXE_simulate"));
    #[rustfmt::skip]
    let table: [(&Path, &[&str], &[&str]); 11] = [
        (program(), &[],         &["run", "check", "log", "stickers", "sign", "verify", "KIOSKD_LOG", "Exit codes"]),
        (program(), &["run"],    &["--config <FILE>", "SIGTERM"]),
        (program(), &["check"],  &["--config <FILE>", "no motor turns"]),
        (program(), &["log"],    &["--config <FILE>", "--json"]),
        (program(), &["stickers"], &["--config <FILE>", "--out <DIR>", "--show-price"]),
        (program(), &["sign"],   &["--key-file <K>", "--sign-type <TYPE>", "--explain"]),
        (program(), &["verify"], &["--key-file <K>", "Exits 0"]),
        (simulate,  &[],         &["demo", "gateway", "board", "Exit codes"]),
        (simulate,  &["demo"],   &["--headless", "--sales <N>", "--lose-notifies", "--jam", "--size", "--theme"]),
        (simulate,  &["gateway"], &["--listen <ADDR>", "--key-file <FILE>", "--dir <DIR>"]),
        (simulate,  &["board"],  &["--link <PATH>"]),
    ];
    for (program, command, wanted) in table {
        let help = run(program, command.iter().chain(&["--help"]), b"");
        assert!(help.status.success(), "{command:?}");
        let text = said(&help);
        for word in wanted {
            assert!(text.contains(word), "{command:?} --help has no {word:?}:\n{text}");
        }
    }
    assert_eq!(code(&run(program(), ["explode"], b"")), 2);
    assert_eq!(code(&run(program(), ["run"], b"")), 2, "run without a configuration");
}

#[test]
fn check_finds_nothing_wrong_with_a_machine_that_works_and_changes_nothing() {
    let scene = Scene::dark(quick());
    let (exit, text) = check(&scene);
    assert_eq!(exit, 0, "{text}");
    assert!(text.contains("all of it will work"), "{text}");
    assert!(!text.contains("WRONG"), "{text}");
    assert!(!text.contains(API_KEY), "{text}");
    assert_eq!(scene.board.read(|board| board.pulses().len()), 0);
    assert_eq!(scene.gateway.read(|books| books.orders().len()), 0);
    assert!(!scene.dir().join("data/orders").exists());
    scene.start();
}

#[test]
fn check_names_each_thing_that_will_not_work() {
    let scene = Scene::dark(quick());
    let key_file = scene.dir().join("api_key");
    fs::set_permissions(&key_file, Permissions::from_mode(0o644)).unwrap();
    refused(&scene, &["API key", "0644", "chmod 600"]);
    fs::set_permissions(&key_file, Permissions::from_mode(0o600)).unwrap();

    fs::write(&key_file, "too short\n").unwrap();
    refused(&scene, &["API key", "32"]);
    fs::write(&key_file, "k0000000000000000000000000000009\n").unwrap();
    refused(&scene, &["gateway", "签名错误"]);
    fs::write(&key_file, API_KEY).unwrap();

    scene.board.unplug().unwrap();
    refused(&scene, &["board", "vend-relay"]);
    scene.board.plug().unwrap();

    let listen = config_value(&scene, "intake", "listen");
    let taken = TcpListener::bind(&listen).unwrap();
    refused(&scene, &["intake", &listen, "in use"]);
    drop(taken);

    scene.gateway.set_down(true).unwrap();
    refused(&scene, &["gateway", &scene.gateway.base_url()]);
    scene.gateway.set_down(false).unwrap();

    fs::rename(scene.dir().join("ca.pem"), scene.dir().join("away.pem")).unwrap();
    refused(&scene, &["gateway", "ca.pem"]);

    // All at once: each is still named.
    fs::set_permissions(&key_file, Permissions::from_mode(0o644)).unwrap();
    scene.board.unplug().unwrap();
    let _taken = TcpListener::bind(&listen).unwrap();
    refused(&scene, &["API key", "vend-relay", "in use", "things will not work"]);
}

#[test]
fn a_picture_that_is_missing_is_told_and_the_machine_sells_without_it() {
    let mut settings = quick();
    settings.slots.first_mut().unwrap().picture = Some(PathBuf::from("cola.png"));
    let scene = Scene::dark(settings);
    refused(&scene, &["[[slot]] 1, picture", "cola.png", "one thing will not work"]);
    scene.start();
    let told = scene.machine.wait_for_lines("the picture", LIMIT, |lines| {
        lines.iter().find(|line| line.level == "WARN" && line.raw.contains("cola.png")).cloned()
    });
    assert!(told.is_ok(), "{}", scene.story());
}

#[test]
fn a_name_that_no_font_can_write_is_told() {
    let mut settings = quick();
    settings.slots.first_mut().unwrap().name = Label::new("冰\u{20BB7}可乐", "Cola");
    let scene = Scene::dark(settings);
    let told =
        ["screen", "[[slot]] 1, name", "\u{20BB7}", "[screen] font", "one thing will not work"];
    refused(&scene, &told);
}

#[test]
fn a_log_that_is_not_there_yet_is_told_by_whatever_needs_it() {
    let scene = Scene::dark(quick());
    let config = scene.machine.config();
    let out = scene.dir().join("saved");
    let table: [(&[&OsStr], i32); 3] = [
        (&["log".as_ref()], 1),
        (&["log".as_ref(), "verify".as_ref()], 2),
        (&["log".as_ref(), "export".as_ref(), "--out".as_ref(), out.as_ref()], 2),
    ];
    for (command, exit) in table {
        let config = [OsStr::new("--config"), config.as_ref()];
        let told = run(program(), command.iter().chain(&config), b"");
        assert_eq!(code(&told), exit, "{command:?}");
        assert!(complained(&told).contains("there is no order log in "), "{}", complained(&told));
    }
    assert!(!out.exists());
}

#[test]
fn a_wrong_configuration_is_pointed_at() {
    let scene = Scene::dark(quick());
    let good = fs::read_to_string(scene.machine.config()).unwrap();
    #[rustfmt::skip]
    let table = [
        ("pulse_ms = 300",        "pulse_ms = 350",             "steps of 100 ms"),
        ("pulse_ms = 300",        "pulse_ms = 300\ncolour = 1", "colour"),
        ("baud = 9600",           "baud = 9601",                "9601"),
        ("coils = 8",             "coils = 7",                  "8, 16 or 32"),
        ("width = 800",           "width = 10",                 "240"),
        ("id = \"VM0001\"",       "id = \"VM-1\"",              "letters and digits"),
        ("kind = \"waveshare\"",  "kind = \"toaster\"",         "waveshare"),
        ("base_url = \"https://", "base_url = \"http://",       "https://"),
        ("number = 2\n",          "number = 1\n",               "another slot"),
    ];
    for (from, to, word) in table {
        let bad = good.replacen(from, to, 1);
        assert_ne!(bad, good, "{from}");
        fs::write(scene.machine.config(), &bad).unwrap();
        let ran =
            run(program(), [Path::new("run"), Path::new("--config"), scene.machine.config()], b"");
        let text = complained(&ran);
        assert_eq!(code(&ran), 2, "{to}: {text}");
        assert!(text.contains("kioskd.toml, line ") && text.contains(word), "{to}: {text}");
        refused(&scene, &["configuration", "line ", word]);
    }
    fs::write(scene.machine.config(), "this is no TOML").unwrap();
    refused(&scene, &["line 1"]);
    fs::remove_file(scene.machine.config()).unwrap();
    for command in ["run", "log"] {
        let ran = run(
            program(),
            [Path::new(command), Path::new("--config"), scene.machine.config()],
            b"",
        );
        assert_eq!(code(&ran), 2, "{command}");
        assert!(complained(&ran).contains("kioskd.toml"), "{command}: {}", complained(&ran));
    }
}

#[test]
fn a_machine_that_cannot_start_says_what_to_do() {
    let scene = Scene::dark(quick());
    let key_file = scene.dir().join("api_key");
    fs::set_permissions(&key_file, Permissions::from_mode(0o640)).unwrap();
    let config = [Path::new("run"), Path::new("--config"), scene.machine.config()];
    let ran = run(program(), config, b"");
    assert!([1, 2].contains(&code(&ran)));
    assert!(complained(&ran).contains("chmod 600"), "{}", complained(&ran));
    fs::set_permissions(&key_file, Permissions::from_mode(0o600)).unwrap();

    let listen = config_value(&scene, "intake", "listen");
    let _taken = TcpListener::bind(&listen).unwrap();
    let ran = run(program(), config, b"");
    assert!([1, 2].contains(&code(&ran)));
    assert!(complained(&ran).contains(&listen), "{}", complained(&ran));
    assert!(!complained(&ran).contains(API_KEY));
}

#[test]
fn the_log_is_printed_while_the_machine_runs() {
    let scene = Scene::open(quick());
    let sold = scene.buy(1);
    let waiting = scene.choose(2);
    let text = said(&log(&scene, &[]));
    let lines: Vec<_> = text.lines().collect();
    let [first, second] = lines.as_slice() else { panic!("two sales, but\n{text}") };
    assert!([&sold.number, "3.50", "vended"].iter().all(|word| first.contains(word)), "{first}");
    assert!(
        [&waiting.number, "2.00", "awaiting_payment"].iter().all(|it| second.contains(*it)),
        "{second}"
    );

    let json = said(&log(&scene, &["--json"]));
    let lines: Vec<Value> = json.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let [first, second] = lines.as_slice() else { panic!("two sales, but\n{json}") };
    let state = |line: &Value| line.get("state").unwrap().as_str().unwrap().to_owned();
    assert_eq!((state(first), state(second)), ("vended".to_owned(), "awaiting_payment".to_owned()));
    for name in
        ["out_trade_no", "slot", "fen", "created_at", "paid_at", "settled_at", "transaction_id"]
    {
        assert!(first.get(name).is_some(), "no {name} in {first}");
    }
    for name in ["paid_at", "settled_at", "transaction_id", "out_refund_no"] {
        assert!(second.get(name).is_none(), "{name} in {second}");
    }
    scene.pay(&waiting);
    assert_eq!(scene.outcome(&waiting.number).state, "vended");
}

#[test]
fn sign_agrees_with_the_vectors() {
    let dir = tempfile::tempdir().unwrap();
    let vectors: Vec<Value> = serde_json::from_str(SIGN_VECTORS).unwrap();
    assert!(vectors.len() >= 20);
    for vector in &vectors {
        let text = |name: &str| vector.get(name).unwrap().as_str().unwrap();
        let mut fields = Fields::new();
        for (name, value) in vector.get("params").unwrap().as_object().unwrap() {
            let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            fields.set(name, value);
        }
        let key = key_file(&dir, text("key"));
        let message = xml::write(&fields);
        for (sign_type, sign) in [("MD5", text("md5")), ("HMAC-SHA256", text("hmac_sha256"))] {
            let signed = signed(&key, &message, &["--sign-type", sign_type, "--explain"]);
            assert_eq!(said(&signed).trim_end(), sign, "{} {sign_type}", text("id"));
            assert!(signed.status.success());
            let explained = complained(&signed);
            assert!(explained.contains("&key="), "{explained}");
            assert!(!explained.contains(text("key")), "the key is shown: {explained}");
        }
    }
}

#[test]
fn verify_judges_the_messages() {
    let dir = tempfile::tempdir().unwrap();
    let file: Value = serde_json::from_str(MESSAGES).unwrap();
    let key = key_file(&dir, file.get("key").unwrap().as_str().unwrap());
    let verify = |message: &str| {
        run(program(), [Path::new("verify"), Path::new("--key-file"), &key], message.as_bytes())
    };
    for message in file.get("messages").unwrap().as_array().unwrap() {
        let text = |name: &str| message.get(name).unwrap().as_str().unwrap();
        let judged = verify(text("xml"));
        let (exit, word) = match text("expect") {
            "REJECT" => (1, "does not hold"),
            sign_type => (0, sign_type),
        };
        assert_eq!(code(&judged), exit, "{}: {}", text("id"), complained(&judged));
        assert!(complained(&judged).contains(word), "{}: {}", text("id"), complained(&judged));
        assert!(!complained(&judged).contains(file.get("key").unwrap().as_str().unwrap()));
    }
    let long = "x".repeat(70_000);
    for garbage in ["", "<xml>", "<a/>", "<!DOCTYPE a><xml></xml>", &long] {
        let judged = verify(garbage);
        assert_eq!(code(&judged), 2, "{}", complained(&judged));
        assert!(!complained(&judged).is_empty());
    }
    let missing = [Path::new("verify"), Path::new("--key-file"), Path::new("/nonexistent")];
    let judged = run(program(), missing, b"<xml></xml>");
    assert_eq!(code(&judged), 2);
    assert!(complained(&judged).contains("/nonexistent"));
}

#[test]
fn a_key_that_is_open_to_others_is_complained_of() {
    let dir = tempfile::tempdir().unwrap();
    let key = key_file(&dir, API_KEY);
    fs::set_permissions(&key, Permissions::from_mode(0o644)).unwrap();
    let signed = signed(&key, "<xml><a>1</a></xml>", &[]);
    assert!(complained(&signed).contains("0644"), "{}", complained(&signed));
    assert!(!complained(&signed).contains(API_KEY));
}

#[test]
fn an_order_is_placed_and_paid_at_the_gateway_alone() {
    let dir = tempfile::tempdir().unwrap();
    let key = key_file(&dir, API_KEY);
    let mut command = Command::new(env!("CARGO_BIN_EXE_simulate"));
    command.args(["gateway", "--listen", "127.0.0.1:0", "--key-file"]).arg(&key);
    let mut gateway = Companion::start(command.arg("--dir").arg(dir.path()));
    let base_url = gateway.wait_for("listening on ");
    let ca_file = gateway.wait_for("trust ");

    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis();
    let expires = BeijingTime::from_unix_ms(i64::try_from(now).unwrap() + 600_000);
    let order = format!(
        "<xml><appid>{APPID}</appid><mch_id>{MCH_ID}</mch_id><nonce_str>abc</nonce_str>\
         <sign_type>MD5</sign_type><body>可乐</body><out_trade_no>A1</out_trade_no>\
         <total_fee>350</total_fee><spbill_create_ip>127.0.0.1</spbill_create_ip>\
         <time_expire>{expires}</time_expire><notify_url>http://127.0.0.1:9/notify</notify_url>\
         <trade_type>NATIVE</trade_type><product_id>1</product_id></xml>"
    );
    let sign = said(&signed(&key, &order, &[]));
    let order = order.replace("</xml>", &format!("<sign>{}</sign></xml>", sign.trim_end()));
    let answer = post(&format!("{base_url}/pay/unifiedorder"), &ca_file, order);
    let judged =
        run(program(), [Path::new("verify"), Path::new("--key-file"), &key], answer.as_bytes());
    assert_eq!(code(&judged), 0, "{answer}");
    let begin = answer.find("weixin://").unwrap_or_else(|| panic!("no code_url: {answer}"));
    let code_url: String = answer
        .chars()
        .skip(answer.get(..begin).unwrap().chars().count())
        .take_while(|it| !"]<".contains(*it))
        .collect();
    writeln!(gateway.stdin(), "{code_url}").unwrap();
    assert_eq!(gateway.wait_for("paid "), "A1");
}

#[test]
fn a_board_alone_turns_its_motors() {
    let dir = tempfile::tempdir().unwrap();
    let link = dir.path().join("relay");
    let mut command = Command::new(env!("CARGO_BIN_EXE_simulate"));
    let board = Companion::start(command.args(["board", "--link"]).arg(&link));
    assert_eq!(board.wait_for("a board is behind "), link.display().to_string());
    let mut port = OpenOptions::new().read(true).write(true).open(&link).unwrap();
    port.write_all(&FLASH_ON_3).unwrap();
    let mut echo = [0; 8];
    port.read_exact(&mut echo).unwrap();
    assert_eq!(echo, FLASH_ON_3);
    board.wait_for_part("relay on, coil 2");
    board.wait_for_part("item dropped, coil 2");
    board.wait_for_part("relay off, coil 2");
}

/// `kioskd check` is not content, and says all these words.
fn refused(scene: &Scene, words: &[&str]) {
    let (exit, text) = check(scene);
    assert_eq!(exit, 1, "{text}");
    assert!(!text.contains(API_KEY), "{text}");
    for word in words {
        assert!(text.contains(word), "{word:?} is not in\n{text}");
    }
}

fn check(scene: &Scene) -> (i32, String) {
    let arguments = [Path::new("check"), Path::new("--config"), scene.machine.config()];
    let checked = run(program(), arguments, b"");
    (code(&checked), said(&checked) + &complained(&checked))
}

fn log(scene: &Scene, more: &[&str]) -> Output {
    let arguments = [Path::new("log"), Path::new("--config"), scene.machine.config()];
    let arguments = arguments.into_iter().chain(more.iter().map(Path::new));
    let output = run(program(), arguments, b"");
    assert!(output.status.success(), "{}", complained(&output));
    output
}

fn signed(key: &Path, message: &str, more: &[&str]) -> Output {
    let arguments = [Path::new("sign"), Path::new("--key-file"), key];
    run(program(), arguments.into_iter().chain(more.iter().map(Path::new)), message.as_bytes())
}

fn key_file(dir: &TempDir, key: &str) -> PathBuf {
    let path = dir.path().join("key");
    fs::write(&path, key).unwrap();
    fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
    path
}

fn config_value(scene: &Scene, table: &str, name: &str) -> String {
    let text = fs::read_to_string(scene.machine.config()).unwrap();
    let file: toml::Table = toml::from_str(&text).unwrap();
    file.get(table).unwrap().get(name).unwrap().as_str().unwrap().to_owned()
}

fn post(url: &str, ca_file: &str, body: String) -> String {
    // Another test may have chosen the same already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let ca = reqwest::Certificate::from_pem(&fs::read(ca_file).unwrap()).unwrap();
    let client = reqwest::Client::builder().tls_certs_only([ca]).no_proxy().build().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime
        .block_on(async { client.post(url).body(body).send().await.unwrap().text().await.unwrap() })
}

fn code(output: &Output) -> i32 {
    output.status.code().unwrap()
}
