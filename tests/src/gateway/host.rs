//! One address at which the gateway listens; it has a second one for the day when the first fails.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use super::{Core, GatewayError, server::Server};
use crate::{background::Background, waiting::Watched};

/// A listening host; dropping it refuses connections and ends what it has begun.
#[derive(Debug)]
pub struct Host {
    core: Arc<Core>,
    tls: Arc<rustls::ServerConfig>,
    address: SocketAddr,
    heard: Arc<AtomicU64>,
    /// Before `background`: its port is only free after its task has ended.
    server: Watched<Option<Server>>,
    pub(super) background: Background,
}

impl Host {
    pub(super) fn start(
        name: &str,
        listen: SocketAddr,
        core: Arc<Core>,
        tls: Arc<rustls::ServerConfig>,
    ) -> Result<Self, GatewayError> {
        let refused = |source| GatewayError::Listen { address: listen, source };
        let background = Background::start(name).map_err(refused)?;
        let heard = Arc::new(AtomicU64::new(0));
        let server = Server::listen(
            listen,
            Arc::clone(&tls),
            Arc::clone(&core),
            Arc::clone(&heard),
            &background,
        )
        .map_err(refused)?;
        let address = server.address();
        Ok(Self { core, tls, address, heard, server: Watched::new(Some(server)), background })
    }

    /// A host of its own on the same books and with the same certificate.
    pub(super) fn twin(&self, name: &str) -> Result<Self, GatewayError> {
        let listen = SocketAddr::new(self.address.ip(), 0);
        Self::start(name, listen, Arc::clone(&self.core), Arc::clone(&self.tls))
    }

    /// Where it listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// For `[gateway] base_url` and the like.
    #[must_use]
    pub fn base_url(&self) -> String {
        format!("https://{}", self.address)
    }

    /// How many requests have come to this host, whatever became of them.
    #[must_use]
    pub fn heard(&self) -> u64 {
        self.heard.load(Ordering::SeqCst)
    }

    /// Refuses connections and cuts those there are, or listens again at the same address.
    ///
    /// # Errors
    /// [`GatewayError::Listen`] when the address is no longer free.
    pub fn set_down(&self, down: bool) -> Result<(), GatewayError> {
        self.server.change(|server| {
            if down {
                *server = None;
            } else if server.is_none() {
                let again = Server::listen(
                    self.address,
                    Arc::clone(&self.tls),
                    Arc::clone(&self.core),
                    Arc::clone(&self.heard),
                    &self.background,
                );
                let address = self.address;
                *server = Some(again.map_err(|source| GatewayError::Listen { address, source })?);
            }
            Ok(())
        })
    }

    /// Whether connections are refused.
    #[must_use]
    pub fn is_down(&self) -> bool {
        self.server.read(Option::is_none)
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        self.server.change(|server| *server = None);
    }
}
