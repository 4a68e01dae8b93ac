//! A panel whose picture is kept in memory, looked at and touched through a Unix socket.

mod client;
mod message;
mod server;

use std::{
    io,
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

pub use client::{Client, ClientError, Finger};
use server::Server;

use super::{Panel, PanelError, Rect, index};
use crate::touch::Touched;

/// The longest side; more is a mistake in the configuration.
const SIDE_MAX: u16 = 4096;

/// The off-screen panel. Its socket is closed and removed when it is dropped.
pub struct Offscreen {
    size: (u16, u16),
    pixels: Pixels,
    server: Option<Server>,
}

impl Offscreen {
    /// A black panel; with a socket's path, watchers may look and touch there (mode 0600: only our
    /// user).
    ///
    /// # Errors
    /// When a side is 0 or longer than 4096, or the socket cannot be made.
    pub fn new(w: u32, h: u32, socket: Option<PathBuf>) -> io::Result<Self> {
        let size = (side(w)?, side(h)?);
        let picture = vec![0; index(w) * index(h)];
        let pixels = Pixels { size: (w, h), picture: Arc::new(Mutex::new(picture)) };
        let server = socket.map(|path| Server::listen(path, size, &pixels)).transpose()?;
        Ok(Self { size, pixels, server })
    }

    /// Hands touches that come through the socket on; until this is called they are dropped.
    pub fn on_touch(&self, hand_on: impl Fn(Touched) + Send + Sync + 'static) {
        if let Some(server) = &self.server {
            server.on_touch(Box::new(hand_on));
        }
    }

    /// A handle on the picture that outlives the panel.
    #[must_use]
    pub fn pixels(&self) -> Pixels {
        self.pixels.clone()
    }
}

impl Panel for Offscreen {
    fn size(&self) -> (u32, u32) {
        (self.size.0.into(), self.size.1.into())
    }

    fn show(&mut self, pixels: &[u32], dirty: &[Rect]) -> Result<(), PanelError> {
        let size = self.size();
        PanelError::check_size(pixels, size)?;
        let mut picture = self.pixels.lock();
        for rect in dirty.iter().filter_map(|rect| rect.within(size)) {
            for row in rect.rows(size.0) {
                if let (Some(old), Some(new)) = (picture.get_mut(row.clone()), pixels.get(row)) {
                    old.copy_from_slice(new);
                }
            }
            // Sent under the picture's lock: who connects meanwhile gets the whole picture, or
            // this.
            if let Some(server) = &self.server {
                server.send(&picture, rect);
            }
        }
        Ok(())
    }
}

/// A handle on what an off-screen panel shows.
#[derive(Clone)]
pub struct Pixels {
    size: (u32, u32),
    picture: Arc<Mutex<Vec<u32>>>,
}

impl Pixels {
    /// The picture now, `0x00RRGGBB` row by row.
    #[must_use]
    pub fn snapshot(&self) -> Vec<u32> {
        self.lock().clone()
    }

    /// The picture now as a PNG file.
    ///
    /// # Errors
    /// Never for the sizes that `Offscreen::new` lets through; the encoder's signature has one.
    pub fn png(&self) -> Result<Vec<u8>, png::EncodingError> {
        let (w, h) = self.size;
        let mut file = Vec::new();
        let mut encoder = png::Encoder::new(&mut file, w, h);
        encoder.set_color(png::ColorType::Rgb);
        encoder.set_depth(png::BitDepth::Eight);
        encoder.write_header()?.write_image_data(&message::rgb(&self.snapshot()))?;
        Ok(file)
    }

    /// A picture is whole even if a thread panicked while it held the lock: at worst half new.
    fn lock(&self) -> MutexGuard<'_, Vec<u32>> {
        self.picture.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn side(pixels: u32) -> io::Result<u16> {
    match u16::try_from(pixels) {
        Ok(side @ 1..=SIDE_MAX) => Ok(side),
        _ => {
            let text = format!("a panel's side is 1 to {SIDE_MAX} pixels, not {pixels}");
            Err(io::Error::new(io::ErrorKind::InvalidInput, text))
        }
    }
}

#[cfg(test)]
mod tests;
