//! WeChat's sandbox: other paths, and a key of its own that is fetched and kept for a while.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use protocol::getsignkey::{GetSignKey, Sandbox};
use protocol::{Merchant, NonceStr, read_unsigned_answer, request};

use super::Inner;
use crate::sale::GatewayFault;

/// The merchant as the sandbox knows it, and until when, on the monotonic clock.
pub(super) type SandboxKey = Mutex<Option<(Duration, Merchant)>>;

impl Inner {
    /// Who we are to the gateway at this moment.
    pub(super) async fn presented(&self) -> Result<Merchant, GatewayFault> {
        let Some(sandbox) = self.settings.sandbox else { return Ok(self.merchant.clone()) };
        let now = self.clock.now().monotonic;
        let kept = self.sandbox_key.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some((_, merchant)) = kept.filter(|(until, _)| now < *until) {
            return Ok(merchant);
        }
        let merchant = self.fetch(sandbox).await?;
        let until = now + Sandbox::KEY_LIFE;
        *self.sandbox_key.lock().unwrap_or_else(PoisonError::into_inner) =
            Some((until, merchant.clone()));
        Ok(merchant)
    }

    /// The key is asked for with the real one, on the real paths.
    async fn fetch(&self, sandbox: Sandbox) -> Result<Merchant, GatewayFault> {
        let body = request(&GetSignKey, &self.merchant, &NonceStr::random());
        let answer = self.post(sandbox.key_path(), body, false).await?;
        let key = read_unsigned_answer(&GetSignKey, &answer)?;
        Ok(sandbox.merchant(&self.merchant, key))
    }
}
