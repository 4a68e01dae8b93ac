//! What a wrong configuration is told.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::fs;
use std::path::Path;

use super::*;

const GOOD: &str = r#"
[machine]
id = "VM0001"
data_dir = "data"

[merchant]
appid = "wx8888888888888888"
mch_id = "1900000109"
api_key_file = "api_key"
notify_url = "https://relay.example.com/notify/VM0001"

[intake]
listen = "127.0.0.1:8080"

[board]
kind = "waveshare"
port = "/dev/vend-relay"

[panel]
kind = "offscreen"
width = 800
height = 480

[[slot]]
number = 1
name = { zh = "可乐", en = "Cola" }
price_fen = 350
coil = 0
drop_input = 0
stock = 8
"#;

fn read(text: &str) -> Result<Config, ConfigError> {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("kioskd.toml");
    fs::write(&path, text).unwrap();
    let config = Config::read(&path)?;
    assert_eq!(config.data_dir, dir.path().join("data"), "relative paths start beside the file");
    Ok(config)
}

/// Replaces `old` by `new` in a good file; the error must name line and words.
fn check(old: &str, new: &str, line: usize, words: &[&str]) {
    assert!(GOOD.contains(old), "{old:?} is not in the file");
    let error = read(&GOOD.replacen(old, new, 1)).expect_err(new).to_string();
    assert!(error.contains(&format!("kioskd.toml, line {line}:")), "{error}");
    for word in words {
        assert!(error.contains(word), "{word:?} is missing in: {error}");
    }
}

#[test]
fn a_good_file_is_read_with_its_defaults() {
    let config = read(GOOD).unwrap();
    assert_eq!(config.settings.payment_window.as_secs(), 90);
    assert_eq!(config.gateway.base_url, "https://api.mch.weixin.qq.com");
    assert_eq!(config.sign_type, SignType::HmacSha256);
    assert_eq!(config.slots.len(), 1);
    assert!(config.settings.vend_limit.as_millis() > 2_500 + 3_000);
}

#[test]
fn wrong_values_are_named_with_their_line() {
    check("id = \"VM0001\"", "id = \"VM-0001\"", 3, &["1 to 10 letters and digits", "VM-0001"]);
    check("data_dir = \"data\"", "data_dir = \"data\"\ncolour = 1", 5, &["colour", "data_dir"]);
    check("mch_id = \"1900000109\"", "mch_id = 7", 8, &["mch_id"]);
    check("https://relay", "ftp://relay", 10, &["notify_url"]);
    check("listen = \"127.0.0.1:8080\"", "listen = \"8080\"", 13, &["listen"]);
    check("kind = \"waveshare\"", "kind = \"tcn\"", 16, &["tcn", "waveshare"]);
    check("port = \"/dev", "coils = 9\nport = \"/dev", 17, &["8, 16 or 32, not 9"]);
    check("port = \"/dev", "pulse_ms = 50\nport = \"/dev", 17, &["100 to 60000, not 50"]);
    check("width = 800", "width = 8000", 21, &["240 to 1920, not 8000"]);
    check("price_fen = 350", "price_fen = 0", 27, &["1 to 10000000, not 0"]);
    check("price_fen = 350", "price_fen = 3.5", 27, &["3.5"]);
    check("number = 1\n", "number = 1000\n", 25, &["1 to 999, not 1000"]);
}

#[test]
fn contradictions_between_lines_are_named() {
    check("coil = 0", "coil = 8", 24, &["coil = 8", "coils 0 to 7"]);
    check("drop_input = 0", "drop_input = 9", 24, &["drop_input = 9", "inputs 0 to 7"]);
    check("stock = 8", "pulse_ms = 250", 24, &["pulse_ms = 250", "100 ms"]);
    check("\"Cola\"", "\"\"", 24, &["both zh and en"]);
    check("api_key_file = \"api_key\"\n", "", 6, &["api_key_file", "api_key_credential"]);
    let second = "\n[[slot]]\nnumber = 1\nname = { zh = \"a\", en = \"a\" }\nprice_fen = 1\ncoil = 1\ndrop_input = 1\n";
    let error = read(&format!("{GOOD}{second}")).expect_err("twice").to_string();
    assert!(error.contains("another slot has this number"), "{error}");
    let nothing = GOOD.split("[[slot]]").next().unwrap();
    let error = read(nothing).expect_err("no slot").to_string();
    assert!(error.contains("nothing to sell"), "{error}");
}

#[test]
fn a_panel_has_the_keys_of_its_kind() {
    check("kind = \"offscreen\"", "kind = \"framebuffer\"", 19, &["needs device"]);
    check("height = 480", "", 19, &["needs width and height"]);
    check("height = 480", "height = 480\nrotate = 90", 19, &["allows socket only"]);
    check("height = 480", "height = 480\nrotate = 45", 23, &["0, 90, 180 or 270"]);
    check("kind = \"offscreen\"", "kind = \"none\"", 19, &["allows nothing else"]);
}

#[test]
fn a_machine_without_a_panel_has_an_intake_and_no_touch_screen() {
    let offscreen = "kind = \"offscreen\"\nwidth = 800\nheight = 480\n";
    let dark = GOOD.replacen(offscreen, "kind = \"none\"\n", 1);
    assert!(matches!(read(&dark).unwrap().panel, PanelSettings::None));
    let refused = |text: &str, words: &str| {
        let error = read(text).expect_err(words).to_string();
        assert!(error.contains(words), "{error}");
    };
    let touch = format!("{dark}\n[touch]\ndevice = \"/dev/input/event0\"\n");
    refused(&touch, "line 30: a touch screen lies on a panel");
    let mute = dark.replacen("[intake]\nlisten = \"127.0.0.1:8080\"\n", "", 1);
    refused(&mute, "line 17: kind = \"none\": orders come in over [intake]");
}

#[test]
fn only_https_leads_to_wechat() {
    for url in ["http://api.mch.weixin.qq.com", "https://", "api.mch.weixin.qq.com"] {
        let text =
            GOOD.replacen("[board]", &format!("[gateway]\nbase_url = \"{url}\"\n\n[board]"), 1);
        let error = read(&text).expect_err(url).to_string();
        assert!(error.contains("line 16") && error.contains("https://HOST"), "{error}");
    }
}

#[test]
fn a_missing_file_is_named() {
    let error = Config::read(Path::new("/nonexistent/kioskd.toml")).unwrap_err();
    assert!(error.to_string().contains("/nonexistent/kioskd.toml"), "{error}");
}
