//! The gateway's own certification authority, so that TLS is checked for real on loopback.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
};

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyPair, KeyUsagePurpose,
};
use rustls::{
    ServerConfig,
    crypto::ring,
    pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
};

/// Names under which the gateway can be reached.
const NAMES: [&str; 2] = ["localhost", "127.0.0.1"];
/// The authority's certificate, in the directory that the gateway is given.
const CA_FILE: &str = "ca.pem";

/// The server's side of TLS, and the file that a client has to trust.
pub(super) struct Credentials {
    pub(super) server: Arc<ServerConfig>,
    pub(super) ca_file: PathBuf,
}

impl Credentials {
    /// Makes a fresh authority and server certificate; writes the authority's into `dir`.
    pub(super) fn make(dir: &Path) -> io::Result<Self> {
        let (server, ca_pem) = issue().map_err(io::Error::other)?;
        let ca_file = dir.join(CA_FILE);
        fs::write(&ca_file, ca_pem)?;
        Ok(Self { server: Arc::new(server), ca_file })
    }
}

fn issue() -> Result<(ServerConfig, String), Box<dyn std::error::Error + Send + Sync>> {
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

    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(leaf_key.serialize_der()));
    let mut server = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(vec![leaf.der().clone()], key)?;
    server.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok((server, ca.pem()))
}
