//! Whoever started the program: told by the protocol of `sd_notify(3)` that it is ready, how it is,
//! and that it lives. Without `NOTIFY_SOCKET` nobody is told anything.

use std::env;
use std::ffi::OsStr;
use std::io;
use std::os::linux::net::SocketAddrExt as _;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::time::Duration;

/// The socket of the service manager.
#[derive(Debug)]
pub struct ServiceManager {
    socket: Option<(UnixDatagram, SocketAddr)>,
    watchdog: Option<Duration>,
}

impl ServiceManager {
    /// The one that started this program, as its environment says.
    pub fn of_environment() -> Self {
        let socket = env::var_os("NOTIFY_SOCKET").and_then(|name| match open(&name) {
            Ok(socket) => Some(socket),
            Err(error) => {
                tracing::warn!(?name, %error, "NOTIFY_SOCKET cannot be used: nobody is told");
                None
            }
        });
        let watchdog = env::var("WATCHDOG_USEC").ok().and_then(|text| text.parse().ok());
        // With WATCHDOG_PID the watch is over that process alone.
        let is_ours =
            env::var("WATCHDOG_PID").map_or(true, |pid| pid.parse() == Ok(std::process::id()));
        let watchdog = watchdog.filter(|usec| *usec > 0 && is_ours && socket.is_some());
        Self { socket, watchdog: watchdog.map(Duration::from_micros) }
    }

    /// The one that listens at `name`.
    #[cfg(test)]
    fn at(name: &OsStr) -> io::Result<Self> {
        Ok(Self { socket: Some(open(name)?), watchdog: None })
    }

    /// How often it wants to hear that the program lives: half of what it waits.
    pub fn pat_interval(&self) -> Option<Duration> {
        self.watchdog.map(|watchdog| watchdog / 2)
    }

    /// Whether somebody listens.
    pub fn listens(&self) -> bool {
        self.socket.is_some()
    }

    /// The machine can be used, or says what is wrong with it.
    pub fn ready(&self) {
        self.tell("READY=1");
    }

    /// How it is, in one line.
    pub fn status(&self, status: &str) {
        self.tell(&format!("STATUS={}", status.replace('\n', " ")));
    }

    /// It lives.
    pub fn pat(&self) {
        self.tell("WATCHDOG=1");
    }

    /// A start that takes longer is given so much more time.
    pub fn not_yet(&self, more: Duration) {
        self.tell(&format!("EXTEND_TIMEOUT_USEC={}", more.as_micros()));
    }

    /// It is about to end.
    pub fn stopping(&self) {
        self.tell("STOPPING=1");
    }

    /// Never waits: a service manager that does not listen holds no sale up.
    fn tell(&self, text: &str) {
        let Some((socket, address)) = &self.socket else { return };
        if let Err(error) = socket.send_to_addr(text.as_bytes(), address) {
            tracing::debug!(text, %error, "the service manager was not told");
        }
    }
}

/// A name that begins with `@` is in the abstract namespace, which has no file.
fn open(name: &OsStr) -> io::Result<(UnixDatagram, SocketAddr)> {
    let address = match name.as_bytes().strip_prefix(b"@") {
        Some(name) => SocketAddr::from_abstract_name(name)?,
        None => SocketAddr::from_pathname(name)?,
    };
    let socket = UnixDatagram::unbound()?;
    socket.set_nonblocking(true)?;
    Ok((socket, address))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_told_by_a_file_or_by_an_abstract_name() {
        let dir = tempfile::tempdir().expect("a folder");
        let file = dir.path().join("notify");
        let name = format!("@kioskd-test-{}", std::process::id());
        for name in [file.as_os_str(), OsStr::new(&name)] {
            let (_, address) = open(name).expect("a name");
            let listener = UnixDatagram::bind_addr(&address).expect("a socket");
            let manager = ServiceManager::at(name).expect("somebody");
            manager.status("sells\nwell");
            manager.pat();
            let mut text = [0; 64];
            for expected in ["STATUS=sells well", "WATCHDOG=1"] {
                let length = listener.recv(&mut text).expect("a message");
                assert_eq!(text.get(..length), Some(expected.as_bytes()));
            }
        }
    }

    #[test]
    fn one_that_is_gone_holds_nothing_up() {
        let dir = tempfile::tempdir().expect("a folder");
        let manager = ServiceManager::at(dir.path().join("gone").as_os_str()).expect("a name");
        manager.ready();
        manager.stopping();
    }
}
