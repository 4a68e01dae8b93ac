//! A watcher of an off-screen panel: sees its picture, touches it.

use std::{
    io::{self, Read, Write},
    os::unix::net::UnixStream,
    path::Path,
    time::Duration,
};

use super::message::{self, HEADER, Header};
use crate::{
    panel::{Rect, index},
    touch::Touched,
};

/// A watcher with its own copy of the picture.
#[derive(Debug)]
pub struct Client {
    stream: UnixStream,
    size: (u32, u32),
    sequence: u32,
    pixels: Vec<u32>,
}

/// Why a watcher sees nothing any more.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The panel is gone, or dropped this watcher because it was too slow.
    #[error("the panel closed the connection")]
    Closed,
    /// Nothing changed within the limit given to `set_read_timeout`.
    #[error("nothing changed within the limit")]
    TimedOut,
    /// Something that is no picture came.
    #[error("the panel sent something that is not a part of its picture")]
    Garbled,
    /// The connection failed.
    #[error("cannot read from the panel")]
    Io(#[source] io::Error),
}

impl Client {
    /// Connects and waits for the first whole picture.
    ///
    /// # Errors
    /// When nobody listens at `path`, or does not speak of pictures.
    pub fn connect(path: &Path) -> Result<Self, ClientError> {
        let stream = UnixStream::connect(path).map_err(ClientError::Io)?;
        let mut client = Self { stream, size: (0, 0), sequence: 0, pixels: Vec::new() };
        client.read_update()?;
        Ok(client)
    }

    /// Width and height of the panel.
    #[must_use]
    pub const fn size(&self) -> (u32, u32) {
        self.size
    }

    /// The picture as of the last update, `0x00RRGGBB` row by row.
    #[must_use]
    pub fn pixels(&self) -> &[u32] {
        &self.pixels
    }

    /// The number of the last update.
    #[must_use]
    pub const fn sequence(&self) -> u32 {
        self.sequence
    }

    /// How long `read_update` waits; `None` is for ever.
    ///
    /// # Errors
    /// When the limit is zero.
    pub fn set_read_timeout(&self, limit: Option<Duration>) -> io::Result<()> {
        self.stream.set_read_timeout(limit)
    }

    /// Waits for the next change, takes it into the picture and says where it was.
    ///
    /// # Errors
    /// When the panel is gone, nothing comes in time, or what comes is no picture.
    pub fn read_update(&mut self) -> Result<Rect, ClientError> {
        let mut header = [0; HEADER];
        // Within a message there is no timeout: half of one must not be lost.
        self.wait_for_a_byte()?;
        let limit = self.stream.read_timeout().map_err(ClientError::Io)?;
        self.stream.set_read_timeout(None).map_err(ClientError::Io)?;
        self.stream.read_exact(&mut header).map_err(closed)?;
        let header = Header::decode(&header).ok_or(ClientError::Garbled)?;
        let mut rgb = vec![0; index(header.pixel_bytes())];
        self.stream.read_exact(&mut rgb).map_err(closed)?;
        self.stream.set_read_timeout(limit).map_err(ClientError::Io)?;
        self.apply(&header, &rgb)?;
        Ok(header.rect())
    }

    /// Touches the panel.
    ///
    /// # Errors
    /// When the panel is gone.
    pub fn touch(&self, x: u32, y: u32) -> io::Result<()> {
        touch(&self.stream, x, y)
    }

    /// A finger for another thread than the one that reads.
    ///
    /// # Errors
    /// When the process is out of file descriptors.
    pub fn finger(&self) -> io::Result<Finger> {
        self.stream.try_clone().map(Finger)
    }

    fn wait_for_a_byte(&self) -> Result<(), ClientError> {
        let mut pollfd = [rustix::event::PollFd::new(&self.stream, rustix::event::PollFlags::IN)];
        let limit = self.stream.read_timeout().map_err(ClientError::Io)?;
        let limit = limit.and_then(|limit| rustix::event::Timespec::try_from(limit).ok());
        match rustix::event::poll(&mut pollfd, limit.as_ref()) {
            Ok(0) => Err(ClientError::TimedOut),
            Ok(_) => Ok(()),
            Err(errno) => Err(ClientError::Io(errno.into())),
        }
    }

    fn apply(&mut self, header: &Header, rgb: &[u8]) -> Result<(), ClientError> {
        let size = (header.panel.0.into(), header.panel.1.into());
        let rect = header.rect();
        if self.pixels.is_empty() {
            let whole = Rect { x: 0, y: 0, w: size.0, h: size.1 };
            if rect != whole {
                return Err(ClientError::Garbled);
            }
            self.size = size;
            self.pixels = vec![0; index(size.0) * index(size.1)];
        } else if size != self.size {
            return Err(ClientError::Garbled);
        }
        let (triples, _) = rgb.as_chunks::<3>();
        let mut pixels = triples.iter().map(|[r, g, b]| u32::from_be_bytes([0, *r, *g, *b]));
        for row in rect.rows(size.0) {
            for (old, new) in
                self.pixels.get_mut(row).unwrap_or_default().iter_mut().zip(pixels.by_ref())
            {
                *old = new;
            }
        }
        self.sequence = header.sequence;
        Ok(())
    }
}

/// Touches a panel.
#[derive(Debug)]
pub struct Finger(UnixStream);

impl Finger {
    /// Touches the panel.
    ///
    /// # Errors
    /// When the panel is gone.
    pub fn touch(&self, x: u32, y: u32) -> io::Result<()> {
        touch(&self.0, x, y)
    }
}

fn touch(mut stream: &UnixStream, x: u32, y: u32) -> io::Result<()> {
    stream.write_all(message::touch_line(Touched { x, y }).as_bytes())
}

fn closed(error: io::Error) -> ClientError {
    let gone =
        [io::ErrorKind::UnexpectedEof, io::ErrorKind::ConnectionReset, io::ErrorKind::BrokenPipe];
    if gone.contains(&error.kind()) { ClientError::Closed } else { ClientError::Io(error) }
}
