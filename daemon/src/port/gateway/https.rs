//! HTTPS to WeChat: trust, our certificate, time limits; bytes out, bytes in.

use std::error::Error;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use jiff::fmt::rfc2822::DateTimeParser;
use reqwest::header::{CONTENT_TYPE, DATE, HeaderMap, USER_AGENT};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore};

use super::hosts::Outcome;
use crate::config::{SecretError, read_secret_file};
use crate::report::Chain;

/// A TLS handshake over a mobile line takes a second; a host that is gone shall not cost a
/// customer's patience.
const CONNECT_TIME_MAX: Duration = Duration::from_secs(3);

/// One try. WeChat itself gives up inside after 5 s (`SYSTEMERROR`).
const TRY_TIME_MAX: Duration = Duration::from_secs(6);

/// A long answer that says nothing for so long will say nothing more.
const SILENCE_MAX: Duration = Duration::from_secs(60);

/// The merchant's API certificate, which WeChat wants to see for refunds (APIv2, `/secapi/`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    /// `apiclient_cert.pem`.
    pub certificate_file: PathBuf,
    /// `apiclient_key.pem`; nobody else may read it.
    pub key_file: PathBuf,
}

/// The clients: one that shows our certificate, and one that does not.
pub(super) struct Https {
    plain: reqwest::Client,
    certified: Option<reqwest::Client>,
}

/// An answer as it came.
pub(super) struct Answered {
    pub(super) body: Vec<u8>,
    /// WeChat's clock, in milliseconds since 1970; `None` when it did not say.
    pub(super) date_ms: Option<i64>,
}

/// No answer: for the host's record, and in words.
pub(super) struct NoAnswer {
    pub(super) outcome: Outcome,
    pub(super) reason: String,
}

impl Https {
    pub(super) fn new(
        extra_ca_file: Option<&Path>,
        certificate: Option<&Certificate>,
    ) -> Result<Self, GatewayError> {
        let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
        if let Some(path) = extra_ca_file {
            add_roots(&mut roots, path)?;
        }
        let plain = client(tls(&roots)?.with_no_client_auth())?;
        let certified = certificate.map(|certificate| {
            let (chain, key) = read_certificate(certificate)?;
            let tls = tls(&roots)?.with_client_auth_cert(chain, key);
            client(tls.map_err(|source| GatewayError::Certificate {
                path: certificate.certificate_file.clone(),
                reason: source.to_string(),
            })?)
        });
        Ok(Self { plain, certified: certified.transpose()? })
    }

    /// Posts a message; the certificate is shown only where it is asked for.
    pub(super) async fn post(
        &self,
        url: String,
        body: String,
        with_certificate: bool,
    ) -> Result<Answered, NoAnswer> {
        let response = self.send(url, body, with_certificate).await?;
        let date_ms = date_ms(response.headers());
        Ok(Answered { body: read_body(response).await?, date_ms })
    }

    /// Posts a message whose answer may be long and slow: it comes in pieces, the last of them at
    /// most `time_max` after the question.
    pub(super) async fn post_for_pieces(
        &self,
        url: String,
        body: String,
        time_max: Duration,
    ) -> Result<Pieces, NoAnswer> {
        let request = message(&self.plain, url, body).timeout(time_max);
        Ok(Pieces(good(patiently(request.send()).await?)?))
    }

    /// Gets a document, such as the answer of `jscode2session`. No error shows the address: it
    /// holds secrets.
    pub(super) async fn get(&self, url: &str) -> Result<Vec<u8>, NoAnswer> {
        let response = self.plain.get(url).header(USER_AGENT, AGENT).send().await;
        read_body(good(response.map_err(no_answer)?)?).await
    }

    async fn send(
        &self,
        url: String,
        body: String,
        with_certificate: bool,
    ) -> Result<reqwest::Response, NoAnswer> {
        let client = match (&self.certified, with_certificate) {
            (Some(certified), true) => certified,
            (None, true) => {
                return Err(NoAnswer {
                    outcome: Outcome::Answered,
                    reason: "this machine holds no certificate".to_owned(),
                });
            }
            (Some(_) | None, false) => &self.plain,
        };
        good(message(client, url, body).send().await.map_err(no_answer)?)
    }
}

/// An answer that is still on its way.
pub(super) struct Pieces(reqwest::Response);

impl Pieces {
    /// The next bytes; none at the end.
    pub(super) async fn next(&mut self) -> Result<Vec<u8>, NoAnswer> {
        loop {
            match patiently(self.0.chunk()).await? {
                Some(piece) if piece.is_empty() => {}
                piece => return Ok(piece.map(Vec::from).unwrap_or_default()),
            }
        }
    }
}

/// Waits for as long as a long answer may pause.
async fn patiently<T>(
    part: impl Future<Output = Result<T, reqwest::Error>>,
) -> Result<T, NoAnswer> {
    tokio::time::timeout(SILENCE_MAX, part).await.map_or_else(
        |_| {
            let reason = format!("nothing came for {} s", SILENCE_MAX.as_secs());
            Err(NoAnswer { outcome: Outcome::OtherError, reason })
        },
        |part| part.map_err(no_answer),
    )
}

fn message(client: &reqwest::Client, url: String, body: String) -> reqwest::RequestBuilder {
    client
        .post(url)
        .header(CONTENT_TYPE, "text/xml; charset=utf-8")
        .header(USER_AGENT, AGENT)
        .body(body)
}

const AGENT: &str = concat!("kioskd/", env!("CARGO_PKG_VERSION"));

fn good(response: reqwest::Response) -> Result<reqwest::Response, NoAnswer> {
    if response.status() == reqwest::StatusCode::OK {
        return Ok(response);
    }
    let reason = format!("HTTP {}", response.status());
    Err(NoAnswer { outcome: Outcome::OtherError, reason })
}

async fn read_body(mut response: reqwest::Response) -> Result<Vec<u8>, NoAnswer> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(no_answer)? {
        body.extend_from_slice(&chunk);
        if body.len() > protocol::xml::BODY_BYTES_MAX {
            let reason = "the answer is too long".to_owned();
            return Err(NoAnswer { outcome: Outcome::OtherError, reason });
        }
    }
    Ok(body)
}

fn no_answer(error: reqwest::Error) -> NoAnswer {
    let error = error.without_url();
    let outcome = if error.is_connect() && error.is_timeout() {
        Outcome::ConnectTimeout
    } else if error.is_connect() && is_dns(&error) {
        Outcome::DnsError
    } else {
        Outcome::OtherError
    };
    NoAnswer { outcome, reason: Chain(&error).to_string() }
}

/// The HTTP client tells a name that is not known only in words.
fn is_dns(error: &reqwest::Error) -> bool {
    let mut cause: Option<&dyn Error> = error.source();
    while let Some(error) = cause {
        if error.to_string().starts_with("dns error") {
            return true;
        }
        cause = error.source();
    }
    false
}

fn date_ms(headers: &HeaderMap) -> Option<i64> {
    let text = headers.get(DATE)?.to_str().ok()?;
    Some(DateTimeParser::new().parse_timestamp(text).ok()?.as_millisecond())
}

type TlsBuilder = rustls::ConfigBuilder<ClientConfig, rustls::client::WantsClientCert>;

fn tls(roots: &RootCertStore) -> Result<TlsBuilder, GatewayError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(GatewayError::Tls)?;
    Ok(builder.with_root_certificates(roots.clone()))
}

fn client(tls: ClientConfig) -> Result<reqwest::Client, GatewayError> {
    reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .https_only(true)
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(CONNECT_TIME_MAX)
        .timeout(TRY_TIME_MAX)
        .build()
        .map_err(GatewayError::Client)
}

fn add_roots(roots: &mut RootCertStore, path: &Path) -> Result<(), GatewayError> {
    let content = |reason: String| GatewayError::CaContent { path: path.to_owned(), reason };
    let pem =
        fs::read(path).map_err(|source| GatewayError::CaFile { path: path.to_owned(), source })?;
    let mut found = false;
    for certificate in CertificateDer::pem_slice_iter(&pem) {
        let certificate = certificate.map_err(|error| content(error.to_string()))?;
        roots.add(certificate).map_err(|error| content(error.to_string()))?;
        found = true;
    }
    if found { Ok(()) } else { Err(content("there is no PEM certificate in it".to_owned())) }
}

fn read_certificate(
    files: &Certificate,
) -> Result<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>), GatewayError> {
    let path = &files.certificate_file;
    let wrong = |reason: String| GatewayError::Certificate { path: path.clone(), reason };
    let pem = fs::read(path).map_err(|error| wrong(error.to_string()))?;
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&pem).collect();
    let chain = chain.map_err(|error| wrong(error.to_string()))?;
    if chain.is_empty() {
        return Err(wrong("there is no PEM certificate in it".to_owned()));
    }
    let key = read_secret_file(&files.key_file).map_err(GatewayError::CertificateKey)?;
    let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).map_err(|_| {
        // Not the library's words: they might show a part of the content.
        GatewayError::NoCertificateKey { path: files.key_file.clone() }
    })?;
    Ok((chain, key))
}

/// Why the port cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum GatewayError {
    /// The extra CA file.
    #[error("the CA file {path:?} cannot be read")]
    CaFile {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The extra CA file's content.
    #[error("the CA file {path:?} holds no usable certificate: {reason}")]
    CaContent {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// The merchant's certificate.
    #[error("the merchant's certificate {path:?} cannot be used: {reason}")]
    Certificate {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// The merchant's certificate's key.
    #[error("the key of the merchant's certificate cannot be used")]
    CertificateKey(#[source] SecretError),
    /// The key file's content.
    #[error("{path:?} holds no PEM private key: it must be apiclient_key.pem, not the .p12 file")]
    NoCertificateKey {
        /// The file.
        path: PathBuf,
    },
    /// The HTTP client.
    #[error("the HTTPS client cannot be set up")]
    Client(#[source] reqwest::Error),
    /// The TLS library.
    #[error("TLS cannot be set up")]
    Tls(#[source] rustls::Error),
}
