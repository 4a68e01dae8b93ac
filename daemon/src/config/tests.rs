//! What a wrong configuration is told.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::fs;
use std::path::Path;

use embedded_graphics::pixelcolor::Rgb888;

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
    check("price_fen = 350", "price_fen = 3.5", 27, &["price_fen", "must be a whole number"]);
    check("number = 1\n", "number = 1000\n", 25, &["1 to 999, not 1000"]);
}

/// The parser's own words are for programmers, and may show what was pasted into the wrong line.
#[test]
fn wrong_types_are_told_in_plain_words_and_without_the_value() {
    let screen = "[screen]\n";
    let at = |line: &str| format!("{screen}{line}\n[[slot]]");
    for (line, words) in [
        ("theme = 1", "must be a text in quotation marks"),
        ("languages = \"zh\"", "must be a list in brackets"),
        ("diagonal_inches = \"7\"", "must be a number"),
        ("font_index = -1", "must be a whole number, 0 or more"),
        ("large_type = \"yes\"", "must be true or false"),
    ] {
        check("[[slot]]", &at(line), 25, &[words]);
    }
    check("name = { zh = \"可乐\", en = \"Cola\" }", "name = \"Cola\"", 26, &["a table in braces"]);
    check("listen = \"127.0.0.1:8080\"", "listen = \"8080\"", 13, &["such as \"127.0.0.1:8080\""]);
    let secret = "k0000000000000000000000000000009";
    let text = GOOD.replacen("number = 1", &format!("number = \"{secret}\""), 1);
    let error = read(&text).expect_err("a secret").to_string();
    assert!(!error.contains(secret), "{error}");
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

/// The good file with this table before its slots.
fn with_screen(lines: &str) -> String {
    GOOD.replacen("[[slot]]", &format!("[screen]\n{lines}\n\n[[slot]]"), 1)
}

#[test]
fn without_a_screen_table_the_screens_are_plain() {
    use kiosk::{Appearance, Language, Motion};
    let config = read(GOOD).unwrap();
    let screen = &config.screen;
    assert_eq!((screen.appearance, screen.motion), (Appearance::Light, Motion::Full));
    assert_eq!(screen.languages, [Language::Chinese, Language::English]);
    assert_eq!((screen.accent, screen.diagonal), (None, None));
    assert!(screen.logo.is_none() && screen.font.is_none() && screen.sound_program.is_none());
    assert!(screen.idle_pictures.is_empty() && !screen.large_type);
    let settings = &config.settings;
    assert_eq!(settings.attract_after, Some(Duration::from_secs(60)));
    assert!(!settings.product_page && !settings.keypad && !settings.cheapest_first);
    assert_eq!(settings.names.len(), 1);
    let french = GOOD.replacen("id = ", "language = \"fr\"\nid = ", 1);
    let languages = read(&french).unwrap().screen.languages;
    assert_eq!(languages, [Language::French, Language::Chinese, Language::English]);
}

#[test]
fn the_screens_are_as_the_operator_wants_them() {
    use kiosk::{Appearance, Language, Motion};
    let text = with_screen(
        "theme = \"dark\"\naccent = \"#1a7F5A\"\nlogo = \"logo.png\"\n\
         idle_pictures = [\"a.jpg\", \"/b.png\"]\nlanguages = [\"en\", \"zh\", \"ja\"]\n\
         large_type = true\ndiagonal_inches = 7\nmotion = \"still\"\nfont = \"f.ttc\"\n\
         font_index = 2\nattract_after_seconds = 0\norder = \"cheapest_first\"\n\
         product_page = true\nkeypad = true\nsound_program = \"play\"",
    );
    let name = "name = { zh = \"可乐\", en = \"Cola\", ja = \"コーラ\" }\npicture = \"p.png\"";
    let text = text.replacen("name = { zh = \"可乐\", en = \"Cola\" }", name, 1);
    let config = read(&text).unwrap();
    let screen = &config.screen;
    let dir = config.data_dir.parent().unwrap();
    assert_eq!((screen.appearance, screen.motion), (Appearance::Dark, Motion::Still));
    assert_eq!(screen.accent, Some(Rgb888::new(0x1a, 0x7f, 0x5a)));
    assert_eq!(screen.logo.as_ref().unwrap(), &dir.join("logo.png"));
    assert_eq!(screen.idle_pictures, [dir.join("a.jpg"), PathBuf::from("/b.png")]);
    assert_eq!(screen.languages, [Language::Chinese, Language::English, Language::Japanese]);
    assert_eq!((screen.large_type, screen.diagonal), (true, Some(70)));
    let font = screen.font.as_ref().unwrap();
    assert_eq!((&font.path, font.index), (&dir.join("f.ttc"), 2));
    assert_eq!(screen.sound_program.as_ref().unwrap(), &dir.join("play"));
    let settings = &config.settings;
    assert_eq!(settings.attract_after, None);
    assert!(settings.product_page && settings.keypad && settings.cheapest_first);
    let slot = config.slots.values().next().unwrap();
    assert_eq!(slot.picture.as_ref().unwrap(), &dir.join("p.png"));
    assert_eq!(slot.name.in_language(Language::Japanese), "コーラ");
    assert_eq!(settings.names.values().next(), Some(&slot.name));
}

#[test]
fn wrong_screens_are_named_with_their_line() {
    let many = format!("idle_pictures = [{}]", "\"a.png\", ".repeat(17));
    let table: [(&str, &[&str]); 16] = [
        ("theme = \"blue\"", &["blue", "light"]),
        ("accent = \"green\"", &["#1A7F5A", "green"]),
        ("accent = \"#12345\"", &["#1A7F5A", "#12345"]),
        ("accent = \"#+12345\"", &["#1A7F5A", "#+12345"]),
        ("languages = []", &["languages: that of [machine], \"zh\""]),
        ("languages = [\"en\"]", &["languages: that of [machine], \"zh\""]),
        ("languages = [\"zh\", \"zh\"]", &["each of them once"]),
        ("languages = [\"zh\", \"de\"]", &["de", "fr"]),
        ("diagonal_inches = 1.4", &["1.5 to 65 inches, not 1.4"]),
        ("diagonal_inches = 66", &["1.5 to 65 inches, not 66"]),
        ("motion = \"slow\"", &["slow", "still"]),
        ("font_index = -1", &["font_index", "0 or more"]),
        ("attract_after_seconds = 9", &["0 (never) or 10 to 3600, not 9"]),
        ("order = \"random\"", &["random", "cheapest_first"]),
        ("colour = 1", &["colour", "accent"]),
        (&many, &["idle_pictures: at most 16, not 17"]),
    ];
    for (line, words) in table {
        let error = read(&with_screen(line)).expect_err(line).to_string();
        assert!(error.contains("kioskd.toml, line 25:"), "{error}");
        for word in words {
            assert!(error.contains(word), "{word:?} is missing in: {error}");
        }
    }
    let error = read(&with_screen("font_index = 1")).expect_err("no font").to_string();
    assert!(error.contains("line 24: font_index needs font"), "{error}");
}

#[test]
fn names_are_given_in_known_languages() {
    check("en = \"Cola\" }", "de = \"Cola\" }", 26, &["de"]);
    check("\"Cola\" }", "\"Cola\", de = \"Cola\" }", 26, &["de", "ja"]);
    check("\"Cola\" }", "\"Cola\", ko = \" \" }", 24, &["ko must say something, or be left out"]);
    check(", en = \"Cola\" }", " }", 26, &["missing field `en`"]);
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
