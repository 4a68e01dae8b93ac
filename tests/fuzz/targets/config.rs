//! What an operator writes into files: the configuration, secrets, certificates.

use std::error::Error;
use std::fs::{self, OpenOptions, Permissions};
use std::io::Write as _;
use std::net::{IpAddr, Ipv4Addr};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use daemon::clock::Clock;
use daemon::config::{
    Config, KeySource, read_app_secret, read_key, read_secret_file, read_token, read_unguarded_key,
};
use daemon::inbox::inbox;
use daemon::port::gateway::{Certificate, Gateway, GatewaySettings};
use daemon::sale::MachineId;
use protocol::NotifyUrl;
use protocol::sign::SignType;
use tokio::runtime::{Builder, Runtime};

use super::{keeps_secret, place, wechat::merchant};

/// So many letters and digits of a secret in a row are enough to give it away.
const TELLTALE: usize = 12;

/// A configuration that is taken is one that can be run.
pub(crate) fn config(data: &[u8]) -> bool {
    let path = place("kioskd.toml");
    fs::write(&path, data).expect("a file");
    let config = match Config::read(&path) {
        Ok(config) => config,
        Err(error) => {
            assert!(error.to_string().contains("kioskd.toml"), "which file? {error}");
            return false;
        }
    };
    assert!(!config.slots.is_empty(), "a machine without slots");
    for slot in config.slots.values() {
        assert!(slot.price.get() > 0, "for nothing");
        let longest = slot.wiring.pulse + slot.wiring.drop_window;
        assert!(config.settings.vend_limit > longest, "a vend ends after it was given up");
        assert!(slot.wiring.coil < config.board.coils, "a motor without a relay");
        assert!(slot.wiring.drop_input < config.board.inputs, "a sensor without an input");
    }
    let languages = &config.screen.languages;
    assert_eq!(languages.first(), Some(&config.settings.language), "not the machine's own");
    assert!(languages.len() <= 6, "a language twice");
    assert!(config.screen.idle_pictures.len() <= 16, "pictures for hours");
    assert!(config.settings.payment_window > config.settings.grace, "no time to pay");
    true
}

/// No secret is shown by what refuses it.
pub(crate) fn secret(data: &[u8]) -> bool {
    let path = place("secret");
    write_private(&path, data);
    let key = read_key(&KeySource::File(path.clone()));
    let unguarded = read_unguarded_key(&path);
    assert_eq!(key.is_ok(), unguarded.is_ok(), "the same bytes are a key or are none");
    let (token, app_secret) = (read_token(&path), read_app_secret(&path));
    let other = read_secret_file(&path);
    let taken = key.is_ok() || token.is_ok() || app_secret.is_ok();
    let refused = [
        key.err().map(words),
        unguarded.err().map(words),
        token.err().map(words),
        app_secret.err().map(words),
        other.err().map(words),
    ];
    refused.iter().flatten().for_each(|error| shows_nothing_of(data, error));
    taken
}

/// A certificate and its key, in one file here.
pub(crate) fn certificate(data: &[u8]) -> bool {
    static TASKS: LazyLock<Runtime> =
        LazyLock::new(|| Builder::new_multi_thread().worker_threads(1).build().expect("threads"));
    let path = place("apiclient.pem");
    write_private(&path, data);
    let settings = settings(Some(path));
    let (inbox, _outlet) = inbox();
    let merchant = merchant(SignType::HmacSha256);
    let made = Gateway::new(settings, merchant, inbox, Clock::start(), TASKS.handle().clone());
    match made {
        Ok(_) => true,
        Err(error) => {
            shows_nothing_of(data, &words(error));
            false
        }
    }
}

/// A gateway that is never asked anything.
pub(super) fn settings(certificate: Option<PathBuf>) -> GatewaySettings {
    GatewaySettings {
        machine: MachineId::parse("VM1").expect("an id"),
        base_url: "https://127.0.0.1:9".to_owned(),
        backup_url: None,
        extra_ca_file: None,
        certificate: certificate
            .map(|file| Certificate { certificate_file: file.clone(), key_file: file }),
        notify_url: NotifyUrl::parse("https://example.com/n").expect("an address"),
        refund_notify_url: None,
        spbill_create_ip: IpAddr::V4(Ipv4Addr::LOCALHOST),
        sandbox: None,
        session_url: "https://127.0.0.1:9".to_owned(),
    }
}

fn write_private(path: &Path, data: &[u8]) {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true).mode(0o600);
    options.open(path).expect("a file").write_all(data).expect("room");
    fs::set_permissions(path, Permissions::from_mode(0o600)).expect("its mode");
}

fn words(error: impl Error) -> String {
    let mut words = format!("{error} {error:?}");
    let mut cause = error.source();
    while let Some(error) = cause {
        words.push_str(&format!(" {error}"));
        cause = error.source();
    }
    words
}

/// No long word of the content stands in the error; what stands in every error is no word of it.
fn shows_nothing_of(data: &[u8], error: &str) {
    let text = String::from_utf8_lossy(data);
    let parts = text.split(|letter: char| !letter.is_ascii_alphanumeric());
    for part in parts.filter(|part| part.len() >= TELLTALE) {
        keeps_secret(error, part);
    }
}
