//! A client that others wrote, as a program beside the test, spoken to in lines of JSON.

use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use protocol::sign::SignType;
use serde_json::{Value, json};
use tests::{
    gateway::Gateway,
    machine::{API_KEY, APPID, MCH_ID},
};

use crate::tools::{Companion, find, skip};

/// How long a client waits for the gateway; wechatpy would wait for ever.
const TIMEOUT: Duration = Duration::from_secs(10);

/// What is installed, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Installed {
    node: PathBuf,
    /// Beside what cargo built.
    dir: PathBuf,
}

/// What this tree's lock files name, as `tests/foreign/install` leaves it; `None` when the test is
/// to be skipped for want of it.
pub(crate) fn installed() -> Option<Installed> {
    let node = find("node", "nodejs")?;
    let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("foreign");
    let is_there = |lock: &str| {
        let wanted = fs::read(sources().join(lock)).unwrap();
        fs::read(dir.join(lock)).is_ok_and(|there| there == wanted)
    };
    if is_there("package-lock.json") && is_there("requirements.txt") {
        return Some(Installed { node, dir });
    }
    skip(&format!("not all foreign clients are in {}: run tests/foreign/install", dir.display()));
    None
}

fn sources() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("foreign")
}

/// Who wrote the client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Library {
    /// npm wechatpay-axios-plugin
    Axios,
    /// npm tenpay
    Tenpay,
    /// PyPI wechatpy
    Wechatpy,
}
use Library::{Axios, Tenpay, Wechatpy};

impl Library {
    pub(crate) const ALL: [Self; 3] = [Axios, Tenpay, Wechatpy];

    fn program(self, installed: &Installed) -> Command {
        let mut command = match self {
            Axios | Tenpay => Command::new(&installed.node),
            Wechatpy => Command::new(installed.dir.join("python/bin/python")),
        };
        command.arg(sources().join(match self {
            Axios => "axios.js",
            Tenpay => "tenpay.js",
            Wechatpy => "wechatpy_client.py",
        }));
        // Nothing of this computer's settings: a proxy would be asked for 127.0.0.1.
        command.env_clear().env("NODE_PATH", installed.dir.join("node/node_modules"));
        command.env("PYTHONDONTWRITEBYTECODE", "1");
        command
    }
}

/// Where a client finds the gateway, and what it shows there.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    base_url: String,
    ca_file: PathBuf,
    certificate: Option<Certificate>,
}

/// The files of a merchant's certificate.
#[derive(Debug, Clone)]
struct Certificate {
    cert_file: PathBuf,
    key_file: PathBuf,
    /// Both in one, as tenpay wants them.
    pfx_file: PathBuf,
}

impl Place {
    /// As anybody may come.
    pub(crate) fn of(gateway: &Gateway) -> Self {
        let ca_file = gateway.ca_file().to_owned();
        Self { base_url: gateway.base_url(), ca_file, certificate: None }
    }

    /// With the merchant's certificate; `None` when the test is to be skipped for want of openssl.
    pub(crate) fn certified(gateway: &Gateway) -> Option<Self> {
        let openssl = find("openssl", "openssl")?;
        let cert_file = gateway.client_cert_file().to_owned();
        let key_file = gateway.client_key_file().to_owned();
        let pfx_file = cert_file.with_file_name("apiclient_cert.p12");
        let mut command = Command::new(openssl);
        command.args(["pkcs12", "-export"]).arg("-in").arg(&cert_file);
        command.arg("-inkey").arg(&key_file).arg("-out").arg(&pfx_file);
        // The merchant platform's files are locked with the merchant's number too.
        command.args(["-passout", &format!("pass:{MCH_ID}")]);
        assert!(command.status().unwrap().success());
        let certificate = Some(Certificate { cert_file, key_file, pfx_file });
        Some(Self { certificate, ..Self::of(gateway) })
    }
}

/// One running client of the merchant.
pub(crate) struct Client {
    companion: Companion,
    asked: usize,
}

impl Client {
    /// A merchant's program that signs in this mode, where its library lets it.
    pub(crate) fn start(
        library: Library,
        installed: &Installed,
        sign_type: SignType,
        place: &Place,
    ) -> Self {
        let mut settings = json!({
            "base_url": place.base_url,
            "ca_file": place.ca_file,
            "appid": APPID,
            "mch_id": MCH_ID,
            "api_key": API_KEY,
            "sign_type": sign_type.as_str(),
            "timeout_ms": u64::try_from(TIMEOUT.as_millis()).unwrap(),
        });
        if let Some(certificate) = &place.certificate {
            let settings = settings.as_object_mut().unwrap();
            settings.insert("cert_file".to_owned(), json!(certificate.cert_file));
            settings.insert("key_file".to_owned(), json!(certificate.key_file));
            settings.insert("pfx_file".to_owned(), json!(certificate.pfx_file));
        }
        let mut command = library.program(installed);
        command.env("NODE_EXTRA_CA_CERTS", &place.ca_file);
        let mut client = Self { companion: Companion::start(&mut command), asked: 0 };
        client.say(&settings);
        client
    }

    /// What the library gives back, or the error that it raises.
    pub(crate) fn ask(&mut self, what: &str, parameters: Value) -> Result<Value, String> {
        let mut request = parameters;
        request.as_object_mut().unwrap().insert("do".to_owned(), what.into());
        self.say(&request);
        let mut answer: Value = serde_json::from_str(&self.companion.line(self.asked)).unwrap();
        self.asked += 1;
        match answer.get("error") {
            Some(error) => Err(error.as_str().unwrap().to_owned()),
            None => Ok(answer.get_mut("ok").unwrap().take()),
        }
    }

    fn say(&mut self, request: &Value) {
        writeln!(self.companion.stdin(), "{request}").unwrap();
    }
}
