//! A picture in shades of grey, a byte per pixel.

use embedded_graphics::geometry::Size;
use embedded_graphics::pixelcolor::RgbColor;
use embedded_graphics::primitives::Rectangle;

use crate::band::Band;

/// A picture for a printer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    size: Size,
    pixels: Vec<u8>,
}

impl Picture {
    /// Blank paper.
    pub(super) fn blank(size: Size) -> Self {
        Self { size, pixels: vec![u8::MAX; size.width as usize * size.height as usize] }
    }

    /// What was drawn in shades of grey, where all channels are alike.
    pub(super) fn of(band: &Band) -> Self {
        Self { size: band.area().size, pixels: band.colors().map(|color| color.b()).collect() }
    }

    /// Width in pixels.
    #[must_use]
    pub fn width(&self) -> u32 {
        self.size.width
    }

    /// Height in pixels.
    #[must_use]
    pub fn height(&self) -> u32 {
        self.size.height
    }

    /// `width * height` bytes, 0 = black to 255 = white, top row first.
    #[must_use]
    pub fn pixels(&self) -> &[u8] {
        &self.pixels
    }

    /// Puts the other picture on this one, as far as it reaches.
    pub(super) fn put(&mut self, other: &Self, (left, top): (u32, u32)) {
        let width = (other.size.width as usize).max(1);
        for (row, pixels) in self.rows(top).zip(other.pixels.chunks_exact(width)) {
            for (to, from) in row.iter_mut().skip(left as usize).zip(pixels) {
                *to = *from;
            }
        }
    }

    /// Makes an area black; it has no pixels left of the picture or above it.
    pub(super) fn blacken(&mut self, area: &Rectangle) {
        let left = usize::try_from(area.top_left.x).unwrap_or(0);
        let top = u32::try_from(area.top_left.y).unwrap_or(0);
        for row in self.rows(top).take(area.size.height as usize) {
            row.iter_mut().skip(left).take(area.size.width as usize).for_each(|pixel| *pixel = 0);
        }
    }

    fn rows(&mut self, top: u32) -> impl Iterator<Item = &mut [u8]> {
        let width = (self.size.width as usize).max(1);
        self.pixels.chunks_exact_mut(width).skip(top as usize)
    }
}
