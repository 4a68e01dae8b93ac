//! The gateway's own certification authority, so that TLS is checked for real on loopback.

use std::{
    fs::{self, OpenOptions},
    io::{self, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
    sync::Arc,
};

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyPair, KeyUsagePurpose,
};
use rustls::{
    RootCertStore, ServerConfig,
    crypto::ring,
    pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
    server::WebPkiClientVerifier,
};

/// Names under which the gateway can be reached; the last is how a machine in QEMU sees this host.
const NAMES: [&str; 3] = ["localhost", "127.0.0.1", "10.0.2.2"];
/// The authority's certificate, in the directory that the gateway is given.
const CA_FILE: &str = "ca.pem";
/// The merchant's certificate, named as the merchant platform names it.
const CLIENT_CERT_FILE: &str = "apiclient_cert.pem";
/// Its key.
const CLIENT_KEY_FILE: &str = "apiclient_key.pem";

/// The server's side of TLS, and the files that a client needs.
pub(super) struct Credentials {
    pub(super) server: Arc<ServerConfig>,
    pub(super) files: Files,
}

/// Where a client finds what it needs.
#[derive(Debug, Clone)]
pub(super) struct Files {
    /// What it has to trust.
    pub(super) ca: PathBuf,
    /// What it shows to call `/secapi/`.
    pub(super) client_cert: PathBuf,
    pub(super) client_key: PathBuf,
}

impl Credentials {
    /// Makes a fresh authority, a server's and a client's certificate; writes into `dir` what a
    /// client needs. `mch_id` is the name in the client's certificate.
    pub(super) fn make(dir: &Path, mch_id: &str) -> io::Result<Self> {
        let issued = issue(mch_id).map_err(io::Error::other)?;
        let files = Files {
            ca: dir.join(CA_FILE),
            client_cert: dir.join(CLIENT_CERT_FILE),
            client_key: dir.join(CLIENT_KEY_FILE),
        };
        fs::write(&files.ca, issued.ca_pem)?;
        fs::write(&files.client_cert, issued.client_pem)?;
        write_secret(&files.client_key, &issued.client_key_pem)?;
        Ok(Self { server: Arc::new(issued.server), files })
    }
}

struct Issued {
    server: ServerConfig,
    ca_pem: String,
    client_pem: String,
    client_key_pem: String,
}

fn issue(mch_id: &str) -> Result<Issued, Box<dyn std::error::Error + Send + Sync>> {
    let mut ca = CertificateParams::default();
    ca.distinguished_name.push(DnType::CommonName, "simulated gateway CA");
    ca.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    ca.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::DigitalSignature];
    let ca = CertifiedIssuer::self_signed(ca, KeyPair::generate()?)?;

    let mut leaf = CertificateParams::new(NAMES.map(str::to_owned))?;
    leaf.distinguished_name.push(DnType::CommonName, "simulated gateway");
    leaf.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    let leaf_key = KeyPair::generate()?;
    let leaf = leaf.signed_by(&leaf_key, &ca)?;

    let mut client = CertificateParams::default();
    client.distinguished_name.push(DnType::CommonName, mch_id);
    client.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    let client_key = KeyPair::generate()?;
    let client = client.signed_by(&client_key, &ca)?;

    let provider = Arc::new(ring::default_provider());
    let mut roots = RootCertStore::empty();
    roots.add(ca.der().clone())?;
    // Most calls need no certificate: whether one was shown is looked at call by call.
    let verifier =
        WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider))
            .allow_unauthenticated()
            .build()?;
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(leaf_key.serialize_der()));
    let mut server = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_client_cert_verifier(verifier)
        .with_single_cert(vec![leaf.der().clone()], key)?;
    server.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Issued {
        server,
        ca_pem: ca.pem(),
        client_pem: client.pem(),
        client_key_pem: client_key.serialize_pem(),
    })
}

/// For the owner alone, as a merchant keeps it. A file of an earlier run is replaced.
fn write_secret(file: &Path, text: &str) -> io::Result<()> {
    match fs::remove_file(file) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        Err(_) | Ok(()) => {}
    }
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(file)?;
    file.write_all(text.as_bytes())
}
