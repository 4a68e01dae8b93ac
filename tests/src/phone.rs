//! The customer's phone: its camera reads the QR out of the panel's pixels, and it pays.

use std::{
    io::{self, Cursor},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::JoinHandle,
    time::{Duration, Instant},
};

use rqrr::PreparedImage;

use crate::{
    gateway::{Gateway, PayError, StickerError, is_sticker},
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
        self.pay(&code)
    }

    /// Points the camera at something else than the panel, such as a sticker, and pays what its
    /// first code says; gives the order's number.
    ///
    /// # Errors
    /// [`ScanError`] is what the phone shows instead.
    pub fn scan_picture(&self, picture: &Picture) -> Result<String, ScanError> {
        let code = read_code(picture).ok_or(ScanError::NoCode)?;
        self.pay(&code)
    }

    /// Pays what a code says: that of an order, or a printed one of a product.
    ///
    /// # Errors
    /// [`ScanError`] is what the phone shows instead.
    pub fn pay(&self, code: &str) -> Result<String, ScanError> {
        if !is_sticker(code) {
            return Ok(self.gateway.pay(code)?);
        }
        let scanned = self.gateway.scan(code)?;
        Ok(self.gateway.pay_prepaid(&scanned.prepay_id)?)
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
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ScanError {
    /// The camera sees none.
    #[error("there is no QR to be seen")]
    NoCode,
    /// The gateway refused.
    #[error("not paid: {0}")]
    Refused(#[from] PayError),
    /// A printed code brought no order.
    #[error("no order: {0}")]
    Sticker(#[from] StickerError),
}

/// The text of the first readable QR in a picture.
#[must_use]
pub fn read_code(picture: &Picture) -> Option<String> {
    read_codes(picture).into_iter().next()
}

/// A PNG file as the camera sees it.
///
/// # Errors
/// When it is none, or of more than 8 bits.
pub fn photograph(file: &[u8]) -> Result<Picture, png::DecodingError> {
    let mut decoder = png::Decoder::new(Cursor::new(file));
    decoder.set_transformations(png::Transformations::normalize_to_color8());
    let mut reader = decoder.read_info()?;
    let mut bytes = vec![0; reader.output_buffer_size().unwrap_or_default()];
    let info = reader.next_frame(&mut bytes)?;
    let pixel = |samples: &[u8]| match samples {
        [r, g, b, ..] => u32::from_be_bytes([0, *r, *g, *b]),
        [grey, ..] => u32::from_be_bytes([0, *grey, *grey, *grey]),
        [] => 0,
    };
    let pixels = bytes.chunks_exact(info.color_type.samples()).map(pixel).collect();
    Ok(Picture { number: 0, at: Instant::now(), size: (info.width, info.height), pixels })
}

/// The texts of all readable QRs in a picture, such as a sheet of stickers.
#[must_use]
pub fn read_codes(picture: &Picture) -> Vec<String> {
    let [width, height] = [picture.size.0, picture.size.1].map(usize::try_from);
    let (Ok(width), Ok(height)) = (width, height) else { return Vec::new() };
    let mut image = PreparedImage::prepare_from_greyscale(width, height, |x, y| {
        picture.pixels.get(y * width + x).copied().map_or(0, grey)
    });
    image.detect_grids().iter().filter_map(|grid| Some(grid.decode().ok()?.1)).collect()
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
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;

    #[test]
    fn grey_weighs_the_colours() {
        assert_eq!([0x00_0000, 0xFF_FFFF, 0x00_FF00].map(grey), [0, 255, 149]);
    }

    #[test]
    fn a_picture_survives_being_a_file() {
        let pixels = [0x0012_3456, 0x00FF_FFFF, 0, 0x0080_0000].into();
        let picture = Picture { number: 1, at: Instant::now(), size: (2, 2), pixels };
        let seen = photograph(&picture.png().unwrap()).unwrap();
        assert_eq!((seen.size, seen.pixels), (picture.size, picture.pixels));
        assert!(photograph(b"no picture").is_err());
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
