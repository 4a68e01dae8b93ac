//! Colours, type sizes and spacing of all screens.

use embedded_graphics::geometry::Size;
use embedded_graphics::pixelcolor::{Rgb888, WebColors};

/// Behind everything.
pub(crate) const PAPER: Rgb888 = Rgb888::new(0xF3, 0xF4, 0xF1);
/// Cards, buttons, and the QR code with its quiet zone.
pub(crate) const CARD: Rgb888 = Rgb888::CSS_WHITE;
/// Cards of what cannot be chosen.
pub(crate) const CARD_OFF: Rgb888 = Rgb888::new(0xE4, 0xE6, 0xE3);
/// Edges of cards and buttons, and the spent part of the countdown.
pub(crate) const EDGE: Rgb888 = Rgb888::new(0xC4, 0xC9, 0xC6);
/// Words.
pub(crate) const INK: Rgb888 = Rgb888::new(0x1B, 0x20, 0x24);
/// Words that matter less.
pub(crate) const INK_SOFT: Rgb888 = Rgb888::new(0x50, 0x58, 0x5F);
/// Prices, and what goes well.
pub(crate) const GREEN: Rgb888 = Rgb888::new(0x06, 0x70, 0x40);
/// What asks for attention.
pub(crate) const AMBER: Rgb888 = Rgb888::new(0x8F, 0x4A, 0x00);
/// What went wrong.
pub(crate) const RED: Rgb888 = Rgb888::new(0xB0, 0x22, 0x1C);

/// Lengths in pixels that follow from the size of the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Theme {
    /// Side lines: the slot on a card, labels of numbers.
    pub(crate) small: u32,
    /// Sentences, names, buttons.
    pub(crate) body: u32,
    /// What the screen is about; prices on cards.
    pub(crate) heading: u32,
    /// The price to pay.
    pub(crate) display: u32,
    /// Between things, and from the edge of the screen.
    pub(crate) gap: u32,
    /// Height of a button: a fingertip, even on the smallest panel.
    pub(crate) button: u32,
    /// Rounding of cards and buttons.
    pub(crate) radius: u32,
}

impl Theme {
    /// Everything grows with the shorter side, so that a screen turned on its side reads the same.
    pub(crate) fn of(size: Size) -> Self {
        let body = (size.width.min(size.height) / 22).clamp(15, 36);
        Self {
            small: (body * 5 / 6).max(13),
            body,
            heading: body * 4 / 3,
            display: body * 2,
            gap: body / 3,
            button: (body * 9 / 4).max(38),
            radius: body / 3,
        }
    }

    /// Between a button and the edge of the screen.
    pub(crate) fn edge_gap(&self) -> u32 {
        self.gap * 2 / 3
    }

    /// Width of the line around cards and buttons.
    pub(crate) fn edge_width(&self) -> u32 {
        self.body.div_ceil(18)
    }
}

#[cfg(test)]
mod tests {
    use embedded_graphics::pixelcolor::RgbColor;

    use super::*;

    /// WCAG 2.2, relative luminance.
    fn luminance(color: Rgb888) -> f64 {
        let linear = |channel: u8| {
            let share = f64::from(channel) / 255.0;
            if share <= 0.040_45 { share / 12.92 } else { ((share + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * linear(color.r()) + 0.7152 * linear(color.g()) + 0.0722 * linear(color.b())
    }

    /// WCAG 2.2, contrast (minimum): 4.5 for running text.
    #[test]
    fn every_ink_reads_on_every_paper() {
        for ink in [INK, INK_SOFT, GREEN, AMBER, RED] {
            for paper in [PAPER, CARD, CARD_OFF] {
                let ratio = (luminance(paper) + 0.05) / (luminance(ink) + 0.05);
                assert!(ratio >= 4.5, "{ink:?} on {paper:?}: {ratio:.2}");
            }
        }
    }
}
