//! The customer's phone: its camera reads the QR out of the panel's pixels, and it pays.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::JoinHandle,
    time::Duration,
};

use rqrr::PreparedImage;

use crate::{
    gateway::{Gateway, PayError},
    panel::{Panel, Picture},
    timeline::{Timeline, What},
    waiting::{TooLate, Watched},
};

/// How soon the camera notices that it is to be switched off.
const LOOK_AGAIN: Duration = Duration::from_millis(50);

/// The phone, its camera always on the panel; dropping it switches it off.
#[derive(Debug)]
pub struct Phone {
    gateway: Arc<Gateway>,
    camera: Arc<Camera>,
    thread: Option<JoinHandle<()>>,
}

impl Phone {
    /// Points the camera at the panel.
    ///
    /// # Errors
    /// When the thread cannot be started.
    pub fn start(gateway: Arc<Gateway>, panel: Arc<Panel>, timeline: Timeline) -> io::Result<Self> {
        let camera =
            Arc::new(Camera { code: Watched::new(None), stopping: AtomicBool::new(false) });
        let eye = Arc::clone(&camera);
        let thread = std::thread::Builder::new()
            .name("phone".to_owned())
            .spawn(move || eye.run(&panel, &timeline))?;
        Ok(Self { gateway, camera, thread: Some(thread) })
    }

    /// What the QR on the panel says now, if there is one.
    #[must_use]
    pub fn code(&self) -> Option<String> {
        self.camera.code.read(Clone::clone)
    }

    /// Waits until there is a QR on the panel.
    ///
    /// # Errors
    /// [`TooLate`] when `limit` passes before.
    pub fn wait_for_code(&self, limit: Duration) -> Result<String, TooLate> {
        self.camera.code.wait("a QR on the panel", limit, Clone::clone)
    }

    /// Pays what the QR says; gives the order's number.
    ///
    /// # Errors
    /// [`ScanError`] is what the phone shows instead.
    pub fn scan_and_pay(&self) -> Result<String, ScanError> {
        let code = self.code().ok_or(ScanError::NoCode)?;
        Ok(self.gateway.pay(&code)?)
    }
}

impl Drop for Phone {
    fn drop(&mut self) {
        self.camera.stopping.store(true, Ordering::SeqCst);
        if let Some(thread) = self.thread.take() {
            // A panic there has been printed by its own thread.
            let _ = thread.join();
        }
    }
}

/// Why the phone does not pay.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ScanError {
    /// The camera sees none.
    #[error("there is no QR on the panel")]
    NoCode,
    /// The gateway refused.
    #[error("not paid: {0}")]
    Refused(#[from] PayError),
}

/// The text of the first readable QR in a picture.
#[must_use]
pub fn read_code(picture: &Picture) -> Option<String> {
    let (width, height) =
        (usize::try_from(picture.size.0).ok()?, usize::try_from(picture.size.1).ok()?);
    let mut image = PreparedImage::prepare_from_greyscale(width, height, |x, y| {
        picture.pixels.get(y * width + x).copied().map_or(0, grey)
    });
    image.detect_grids().iter().find_map(|grid| Some(grid.decode().ok()?.1))
}

#[derive(Debug)]
struct Camera {
    code: Watched<Option<String>>,
    stopping: AtomicBool,
}

impl Camera {
    fn run(&self, panel: &Panel, timeline: &Timeline) {
        let mut number = 0;
        while !self.stopping.load(Ordering::SeqCst) {
            let Ok((next, picture)) = panel.next(number, LOOK_AGAIN) else {
                continue;
            };
            number = next;
            let code = picture.as_ref().and_then(read_code);
            if code == self.code.read(Clone::clone) {
                continue;
            }
            match (&code, &picture) {
                (Some(code), Some(picture)) => {
                    timeline.mark_at(picture.at, What::CodeShown(code.clone()));
                }
                _ => timeline.mark(What::CodeGone),
            }
            self.code.change(|seen| *seen = code);
        }
    }
}

/// As bright as the eye finds it (ITU-R BT.601).
fn grey(pixel: u32) -> u8 {
    let [_, r, g, b] = pixel.to_be_bytes().map(u32::from);
    u8::try_from((299 * r + 587 * g + 114 * b) / 1000).unwrap_or(u8::MAX)
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;

    #[test]
    fn grey_weighs_the_colours() {
        assert_eq!([0x00_0000, 0xFF_FFFF, 0x00_FF00].map(grey), [0, 255, 149]);
    }

    #[test]
    fn there_is_no_code_in_an_empty_picture() {
        let picture = Picture {
            number: 1,
            at: Instant::now(),
            size: (320, 240),
            pixels: vec![0x00FF_FFFF; 320 * 240].into(),
        };
        assert_eq!(read_code(&picture), None);
    }
}
