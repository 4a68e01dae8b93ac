//! Who is at the other end of a TLS connection: each request carries what its connection showed.

use std::{io, pin::Pin};

use axum::{Extension, middleware::AddExtension};
use axum_server::{accept::Accept, tls_rustls::RustlsAcceptor};
use tokio::io::{AsyncRead, AsyncWrite};
use tower_layer::Layer as _;

/// Whether the client showed a certificate of ours. One of another issuer ends the handshake.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ShowedCertificate(pub(super) bool);

/// Accepts TLS connections and notes on every request whether its client showed a certificate.
#[derive(Debug, Clone)]
pub(super) struct NotingAcceptor(pub(super) RustlsAcceptor);

impl<I, S> Accept<I, S> for NotingAcceptor
where
    I: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    S: Send + 'static,
{
    type Stream = <RustlsAcceptor as Accept<I, S>>::Stream;
    type Service = AddExtension<S, ShowedCertificate>;
    type Future =
        Pin<Box<dyn Future<Output = io::Result<(Self::Stream, Self::Service)>> + Send + 'static>>;

    fn accept(&self, stream: I, service: S) -> Self::Future {
        let accepted = self.0.accept(stream, service);
        Box::pin(async move {
            let (stream, service) = accepted.await?;
            let (_, connection) = stream.get_ref();
            let showed = connection.peer_certificates().is_some_and(|chain| !chain.is_empty());
            Ok((stream, Extension(ShowedCertificate(showed)).layer(service)))
        })
    }
}
