//! Colours, type sizes and spacing of all screens, in one place.

use embedded_graphics::geometry::Size;
use embedded_graphics::pixelcolor::{Rgb888, RgbColor, WebColors};

use crate::color::{contrast, mix};
use crate::{Appearance, Design};

/// The QR code with its quiet zone stands on this in every theme.
pub(crate) const CODE_PAPER: Rgb888 = Rgb888::CSS_WHITE;

/// Words where the code should be.
pub(crate) const ON_CODE_PAPER: Rgb888 = Rgb888::new(0xB0, 0x22, 0x1C);

/// WCAG 2.2, 1.4.3 contrast (minimum) for running text.
pub(crate) const CONTRAST_TEXT: f64 = 4.5;

/// ISO 9241-410 and platform guides: a fingertip needs 9 mm.
const FINGERTIP_MM: u32 = 9;

/// Everything about the look that follows from the operator's choice and the size of the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Theme {
    pub(crate) colors: Colors,
    /// Side lines: the slot on a card, labels of numbers. Lengths are in pixels.
    pub(crate) small: u32,
    /// Sentences, names, buttons.
    pub(crate) body: u32,
    /// What the screen is about; prices on cards.
    pub(crate) heading: u32,
    /// The price to pay.
    pub(crate) display: u32,
    /// Between things, and from the edge of the screen.
    pub(crate) gap: u32,
    /// Height of a button.
    pub(crate) button: u32,
    /// The least side of anything that can be touched.
    pub(crate) fingertip: u32,
    /// Rounding of cards and buttons.
    pub(crate) radius: u32,
}

/// The colours of one appearance. Every ink can be read on every paper.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Colors {
    /// Behind everything.
    pub(crate) paper: Rgb888,
    /// Cards and buttons.
    pub(crate) card: Rgb888,
    /// Cards of what cannot be chosen, and the place of a picture.
    pub(crate) tile: Rgb888,
    /// Edges of cards and buttons, and the spent part of a countdown.
    pub(crate) line: Rgb888,
    /// What a shadow falls in: black, so much of 255; 0 = no shadows.
    pub(crate) shadow: u8,
    /// Words.
    pub(crate) ink: Rgb888,
    /// Words that matter less.
    pub(crate) ink_soft: Rgb888,
    /// The one button that leads on.
    pub(crate) accent: Rgb888,
    /// Words on it.
    pub(crate) on_accent: Rgb888,
    /// The accent as ink: prices, and what is under way.
    pub(crate) accent_ink: Rgb888,
    /// What went well.
    pub(crate) good: Rgb888,
    /// What asks for attention.
    pub(crate) warn: Rgb888,
    /// What went wrong.
    pub(crate) bad: Rgb888,
}

impl Theme {
    /// Everything grows with the shorter side, so that a screen turned on its side reads the same.
    pub(crate) fn of(design: &Design, size: Size) -> Self {
        let side = size.width.min(size.height);
        let usual = (side / 22).clamp(15, 36);
        let body = if design.large_type { usual * 5 / 4 } else { usual };
        // Larger letters take the space between them, not that around them.
        let gap = usual / 2;
        let fingertip = fingertip(size, design.diagonal);
        Self {
            colors: Colors::of(design.appearance, design.accent),
            small: (body * 5 / 6).max(13),
            body,
            heading: body * 4 / 3,
            display: body * 2,
            gap,
            button: (body * 9 / 4).max(fingertip),
            fingertip,
            radius: usual / 2,
        }
    }

    /// Between a button and the edge of the screen.
    pub(crate) fn edge_gap(&self) -> u32 {
        self.gap * 2 / 3
    }

    /// Width of the line around cards and buttons.
    pub(crate) fn edge_width(&self) -> u32 {
        self.body.div_ceil(24)
    }
}

/// So many pixels of this panel are 9 mm.
fn fingertip(size: Size, diagonal: Option<u32>) -> u32 {
    let diagonal = diagonal.unwrap_or_else(|| usual_diagonal(size)).max(1);
    let squares = u64::from(size.width).pow(2) + u64::from(size.height).pow(2);
    let pixels = u32::try_from(squares.isqrt()).unwrap_or(u32::MAX);
    // Tenths of an inch of 25.4 mm: pixels * 10 / diagonal per inch.
    let tip = u64::from(pixels) * 100 * u64::from(FINGERTIP_MM) / (u64::from(diagonal) * 254);
    // On a configured panel of a watch or a wall the screen must still hold its buttons.
    let side = size.width.min(size.height);
    u32::try_from(tip).unwrap_or(u32::MAX).clamp(32, (side / 4).max(32))
}

/// In tenths of an inch, as panels of so many pixels are sold for machines.
fn usual_diagonal(size: Size) -> u32 {
    match size.width.max(size.height) {
        0..=399 => 28,
        400..=639 => 35,
        640..=899 => 70,
        900..=1_199 => 101,
        1_200..=1_599 => 133,
        _ => 215,
    }
}

impl Colors {
    /// The colours of this appearance around the operator's own.
    pub(crate) fn of(appearance: Appearance, accent: Option<Rgb888>) -> Self {
        let usual = match appearance {
            Appearance::Light => LIGHT,
            Appearance::Dark => DARK,
        };
        let accent = accent.unwrap_or(usual.accent);
        let on_accent = [Rgb888::CSS_WHITE, usual.on_accent, Rgb888::BLACK]
            .into_iter()
            .find(|ink| contrast(*ink, accent) >= CONTRAST_TEXT)
            .unwrap_or(Rgb888::BLACK);
        Self { accent, on_accent, accent_ink: usual.readable(accent), ..usual }
    }

    /// The ink, drawn towards that of words until it can be read on every paper.
    fn readable(&self, ink: Rgb888) -> Rgb888 {
        let papers = [self.paper, self.card, self.tile];
        let reads =
            |ink: &Rgb888| papers.iter().all(|paper| contrast(*ink, *paper) >= CONTRAST_TEXT);
        (0..=u8::MAX)
            .step_by(5)
            .map(|share| mix(ink, self.ink, share))
            .find(reads)
            .unwrap_or(self.ink)
    }
}

const LIGHT: Colors = Colors {
    paper: Rgb888::new(0xF4, 0xF5, 0xF2),
    card: Rgb888::CSS_WHITE,
    tile: Rgb888::new(0xEB, 0xED, 0xEA),
    line: Rgb888::new(0xD3, 0xD8, 0xD4),
    shadow: 26,
    ink: Rgb888::new(0x14, 0x19, 0x1D),
    ink_soft: Rgb888::new(0x52, 0x5B, 0x63),
    accent: Rgb888::new(0x07, 0x7D, 0x46),
    on_accent: Rgb888::CSS_WHITE,
    accent_ink: Rgb888::new(0x07, 0x70, 0x40),
    good: Rgb888::new(0x07, 0x70, 0x40),
    warn: Rgb888::new(0x8C, 0x48, 0x00),
    bad: Rgb888::new(0xB0, 0x22, 0x1C),
};

const DARK: Colors = Colors {
    paper: Rgb888::new(0x0F, 0x13, 0x17),
    card: Rgb888::new(0x1B, 0x21, 0x28),
    tile: Rgb888::new(0x26, 0x2D, 0x35),
    line: Rgb888::new(0x3A, 0x44, 0x4E),
    shadow: 0,
    ink: Rgb888::new(0xF2, 0xF4, 0xF6),
    ink_soft: Rgb888::new(0xAB, 0xB5, 0xBF),
    accent: Rgb888::new(0x2B, 0xC6, 0x76),
    on_accent: Rgb888::new(0x06, 0x14, 0x0C),
    accent_ink: Rgb888::new(0x3D, 0xD0, 0x84),
    good: Rgb888::new(0x3D, 0xD0, 0x84),
    warn: Rgb888::new(0xFF, 0xBE, 0x66),
    bad: Rgb888::new(0xFF, 0x94, 0x8A),
};

#[cfg(test)]
mod tests {
    use super::*;

    /// The operator's colours: none, and all around the wheel, pale and deep.
    fn accents() -> impl Iterator<Item = Option<Rgb888>> {
        let steps = [0, 0x40, 0x80, 0xC0, 0xFF];
        let reds = steps.into_iter();
        let all = reds.flat_map(move |red| {
            steps.into_iter().flat_map(move |green| {
                steps.into_iter().map(move |blue| Rgb888::new(red, green, blue))
            })
        });
        std::iter::once(None).chain(all.map(Some))
    }

    fn every_palette(check: impl Fn(&Colors)) {
        for appearance in [Appearance::Light, Appearance::Dark] {
            accents().for_each(|accent| check(&Colors::of(appearance, accent)));
        }
    }

    #[test]
    fn every_ink_reads_on_every_paper() {
        every_palette(|colors| {
            let Colors { ink, ink_soft, accent_ink, good, warn, bad, paper, card, tile, .. } =
                *colors;
            for ink in [ink, ink_soft, accent_ink, good, warn, bad] {
                for paper in [paper, card, tile] {
                    let ratio = contrast(ink, paper);
                    assert!(ratio >= CONTRAST_TEXT, "{ink:?} on {paper:?}: {ratio:.2}");
                }
            }
        });
    }

    /// Signs are white or dark marks on a disc of the ink.
    #[test]
    fn what_stands_on_a_colour_reads() {
        every_palette(|colors| {
            let ratio = contrast(colors.on_accent, colors.accent);
            assert!(
                ratio >= CONTRAST_TEXT,
                "{:?} on {:?}: {ratio:.2}",
                colors.on_accent,
                colors.accent
            );
            for disc in [colors.good, colors.warn, colors.bad, colors.ink_soft] {
                assert!(contrast(colors.card, disc) >= CONTRAST_TEXT, "card on {disc:?}");
            }
        });
    }

    #[test]
    fn a_button_is_a_fingertip_high() {
        // 7 inches at 800 x 480 are 133 pixels per inch: 9 mm are 47.
        let theme = Theme::of(&Design::default(), Size::new(800, 480));
        assert_eq!(theme.fingertip, 47);
        let design = Design { diagonal: Some(50), ..Design::default() };
        let theme = Theme::of(&design, Size::new(800, 480));
        assert_eq!((theme.fingertip, theme.button), (66, 66));
    }

    #[test]
    fn large_type_is_larger() {
        let size = Size::new(800, 480);
        let usual = Theme::of(&Design::default(), size);
        let large = Theme::of(&Design { large_type: true, ..Design::default() }, size);
        assert!(large.small > usual.small && large.body > usual.body);
        assert_eq!(large.gap, usual.gap);
    }
}
