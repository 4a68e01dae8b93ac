//! The device that shows the picture.

mod console;
pub mod framebuffer;
pub mod offscreen;
mod pixel_layout;
mod rotation;

use std::io;

pub use console::GraphicsConsole;
pub use framebuffer::Framebuffer;
pub use offscreen::Offscreen;
pub use pixel_layout::{BitField, PixelLayout, UnusableLayout};
pub use rotation::Rotation;

/// A panel shows whole pictures, and is told which parts of them are new.
pub trait Panel: Send {
    /// Width and height in pixels, as the customer sees them.
    fn size(&self) -> (u32, u32);

    /// Shows `pixels`: the whole picture row by row, each `0x00RRGGBB`. Only the `dirty` rectangles
    /// differ from the picture before; parts of them outside the panel are ignored.
    ///
    /// # Errors
    /// When the picture has the wrong size, or the device does not take it.
    fn show(&mut self, pixels: &[u32], dirty: &[Rect]) -> Result<(), PanelError>;
}

/// A rectangle of pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rect {
    /// Left edge.
    pub x: u32,
    /// Upper edge.
    pub y: u32,
    /// Width.
    pub w: u32,
    /// Height.
    pub h: u32,
}

impl Rect {
    /// The part that lies within a panel of this size; `None` if none does.
    #[must_use]
    pub fn within(self, (width, height): (u32, u32)) -> Option<Self> {
        let w = self.w.min(width.checked_sub(self.x)?);
        let h = self.h.min(height.checked_sub(self.y)?);
        (w > 0 && h > 0).then_some(Self { w, h, ..self })
    }

    /// Each row of the rectangle as the range of its pixels in a picture `width` pixels wide.
    pub(crate) fn rows(self, width: u32) -> impl Iterator<Item = std::ops::Range<usize>> {
        (self.y..self.y.saturating_add(self.h)).map(move |y| {
            let start = index(y) * index(width) + index(self.x);
            start..start + index(self.w)
        })
    }
}

/// Why a picture cannot be shown.
#[derive(Debug, thiserror::Error)]
pub enum PanelError {
    /// A fault of the caller.
    #[error("the picture has {got} pixels, the panel {want}")]
    WrongSize {
        /// Pixels given.
        got: usize,
        /// Pixels of the panel.
        want: usize,
    },
    /// The device does not take it.
    #[error("cannot {attempt} {path}: {source}")]
    Device {
        /// What was tried.
        attempt: &'static str,
        /// On which device.
        path: String,
        /// What the kernel said.
        source: io::Error,
    },
    /// The device's pixels are of a kind we do not know.
    #[error("cannot draw on {path}: {source}")]
    Layout {
        /// On which device.
        path: String,
        /// What is odd.
        source: UnusableLayout,
    },
}

impl PanelError {
    /// The picture's size against the panel's.
    fn check_size(pixels: &[u32], (w, h): (u32, u32)) -> Result<(), Self> {
        let want = index(w) * index(h);
        if pixels.len() == want { Ok(()) } else { Err(Self::WrongSize { got: pixels.len(), want }) }
    }
}

/// A coordinate as an index; nothing here runs where `usize` has less than 32 bits.
pub(crate) const fn index(coordinate: u32) -> usize {
    coordinate as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rectangle_is_cut_at_the_panels_edge() {
        let rect = |x, y, w, h| Rect { x, y, w, h };
        assert_eq!(rect(0, 0, 9, 9).within((4, 3)), Some(rect(0, 0, 4, 3)));
        assert_eq!(rect(3, 2, 9, 9).within((4, 3)), Some(rect(3, 2, 1, 1)));
        assert_eq!(rect(4, 0, 1, 1).within((4, 3)), None);
        assert_eq!(rect(9, 9, u32::MAX, u32::MAX).within((4, 3)), None);
        assert_eq!(rect(1, 1, 0, 2).within((4, 3)), None);
    }

    #[test]
    fn rows_are_ranges_of_the_picture() {
        let rows: Vec<_> = Rect { x: 1, y: 2, w: 3, h: 2 }.rows(10).collect();
        assert_eq!(rows, [21..24, 31..34]);
    }
}
