//! HTTP by hand, so that a test can speak it badly.

use std::{
    io::{ErrorKind, Read as _, Write as _},
    net::{SocketAddr, TcpStream},
    time::{Duration, Instant},
};

use crate::scene::LIMIT;

/// What came back on a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reply {
    /// The status; `None` when the connection was ended without one.
    pub(crate) status: Option<u16>,
    /// Everything that came.
    pub(crate) text: String,
}

impl Reply {
    /// Whether the sender knows that its message was not taken.
    pub(crate) fn refuses(&self) -> bool {
        match self.status {
            Some(200) => self.text.contains("FAIL") && !self.text.contains("SUCCESS"),
            Some(status) => (400..600).contains(&status),
            None => self.text.is_empty(),
        }
    }

    fn of(bytes: &[u8]) -> Self {
        let text = String::from_utf8_lossy(bytes).into_owned();
        let status = text.split(' ').nth(1).and_then(|status| status.parse().ok());
        Self { status, text }
    }
}

/// A POST of `body`.
pub(crate) fn post(to: SocketAddr, path: &str, body: &[u8]) -> Reply {
    send(to, &request("POST", path, body))
}

/// The bytes of a request.
pub(crate) fn request(method: &str, path: &str, body: &[u8]) -> Vec<u8> {
    let head = format!(
        "{method} {path} HTTP/1.1\r\nHost: kiosk\r\nContent-Type: text/xml\r\n\
         Content-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    [head.as_bytes(), body].concat()
}

/// Sends these bytes, whatever they are, and takes what comes until the connection ends.
pub(crate) fn send(to: SocketAddr, bytes: &[u8]) -> Reply {
    let mut stream = connect(to);
    // Whoever is refused early may not get rid of everything.
    let _ = stream.write_all(bytes);
    read_reply(stream)
}

/// Sends a byte at a time, one each `pace`, until something comes back or the bytes are out.
pub(crate) fn dribble(to: SocketAddr, bytes: &[u8], pace: Duration) -> Reply {
    let mut stream = connect(to);
    let begun = Instant::now();
    stream.set_read_timeout(Some(pace)).unwrap();
    for byte in bytes {
        assert!(begun.elapsed() < LIMIT, "nobody lost patience");
        if stream.write_all(&[*byte]).is_err() {
            break;
        }
        let mut first = [0];
        match stream.peek(&mut first) {
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {}
            Ok(_) | Err(_) => break,
        }
    }
    read_reply(stream)
}

/// A connection whose silence ends with the test's patience.
pub(crate) fn connect(to: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect_timeout(&to, LIMIT).unwrap();
    stream.set_read_timeout(Some(LIMIT)).unwrap();
    stream
}

/// Everything until the other side ends the connection.
pub(crate) fn read_reply(mut stream: TcpStream) -> Reply {
    let mut reply = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        match stream.read(&mut buffer) {
            Ok(0) => break,
            Ok(count) => reply.extend_from_slice(buffer.get(..count).unwrap()),
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                panic!("no reply and no end within {LIMIT:?}")
            }
            // Reset: the other side did not want to hear the rest.
            Err(_) => break,
        }
    }
    Reply::of(&reply)
}
