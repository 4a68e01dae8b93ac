//! The two faces of the type as outlines: their characters, how wide, and what they cover.

use std::sync::LazyLock;

use ab_glyph::{Font, FontRef, GlyphId, PxScale};

/// A weight of the type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Face {
    /// All of GB 2312.
    Regular,
    /// Latin and the fixed words; what it lacks is taken from Regular.
    Bold,
}

/// What a glyph covers, 0 to 255 per pixel, row by row.
#[derive(Debug)]
pub(crate) struct Coverage {
    /// Columns from the pen to the left edge.
    pub(crate) left: i32,
    /// Rows from the base line to the top edge, negative above it.
    pub(crate) top: i32,
    /// Pixels in a row; 0 when nothing is covered, as by a space.
    pub(crate) width: usize,
    /// All rows.
    pub(crate) pixels: Vec<u8>,
}

/// The pen stands at quarters of a pixel: finer is not seen, coarser makes Latin letters dance.
pub(crate) const PEN_STEPS: u8 = 4;

impl Face {
    /// Pixels that the pen moves on after this character, at this em size.
    pub(crate) fn advance(self, character: char, em: u32) -> f32 {
        let (font, glyph) = self.glyph(character);
        font.h_advance_unscaled(glyph) * pixels(em) / UNITS_PER_EM
    }

    /// What the character covers with the pen `step` quarters of a pixel right of a pixel's edge.
    pub(crate) fn rasterise(self, character: char, em: u32, step: u8) -> Coverage {
        let (font, glyph) = self.glyph(character);
        // ab_glyph scales by the height from ascender to descender, not by the em.
        let scale = PxScale::from(pixels(em) * font.height_unscaled() / UNITS_PER_EM);
        let pen = ab_glyph::point(f32::from(step) / f32::from(PEN_STEPS), 0.0);
        font.outline_glyph(glyph.with_scale_and_position(scale, pen)).map_or(
            Coverage::NONE,
            |outline| {
                let bounds = outline.px_bounds();
                let width = whole(bounds.width());
                let mut pixels = vec![0; width * whole(bounds.height())];
                outline.draw(|x, y, share| {
                    if let Some(pixel) = pixels.get_mut(y as usize * width + x as usize) {
                        *pixel = level(share);
                    }
                });
                Coverage { left: near(bounds.min.x), top: near(bounds.min.y), width, pixels }
            },
        )
    }

    /// The face and the glyph that draw this character; the crossed box of glyph 0 when no face has
    /// it.
    fn glyph(self, character: char) -> (&'static FontRef<'static>, GlyphId) {
        let found = |font: &'static FontRef<'static>| (font, font.glyph_id(character));
        match self {
            Self::Regular => found(&REGULAR),
            Self::Bold => match found(&BOLD) {
                (_, GlyphId(0)) => found(&REGULAR),
                bold => bold,
            },
        }
    }
}

impl Coverage {
    const NONE: Self = Self { left: 0, top: 0, width: 0, pixels: Vec::new() };
}

/// Both faces are made with 1000 units to the em.
const UNITS_PER_EM: f32 = 1000.0;

static REGULAR: LazyLock<FontRef<'static>> =
    LazyLock::new(|| parse(include_bytes!("../assets/NotoSansSC-Regular.otf")));
static BOLD: LazyLock<FontRef<'static>> =
    LazyLock::new(|| parse(include_bytes!("../assets/NotoSansSC-Bold.otf")));

fn parse(font: &'static [u8]) -> FontRef<'static> {
    FontRef::try_from_slice(font)
        .expect("the fonts are part of the program and every test reads them")
}

/// An em size in pixels is small enough to be exact.
#[expect(clippy::cast_precision_loss, reason = "an em is far below 2^24 pixels")]
fn pixels(em: u32) -> f32 {
    em as f32
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "bounds of a glyph are whole and small"
)]
fn whole(length: f32) -> usize {
    length as usize
}

#[expect(clippy::cast_possible_truncation, reason = "bounds of a glyph are whole and small")]
fn near(offset: f32) -> i32 {
    offset as i32
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "clamped to the range of a byte"
)]
fn level(share: f32) -> u8 {
    (share.clamp(0.0, 1.0) * 255.0).round() as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_faces_are_of_the_em_we_reckon_with() {
        assert_eq!(REGULAR.units_per_em(), Some(UNITS_PER_EM));
        assert_eq!(BOLD.units_per_em(), Some(UNITS_PER_EM));
    }

    #[test]
    fn regular_has_the_first_and_the_last_hanzi_of_gb_2312() {
        for hanzi in ['啊', '座', '亍', '齄'] {
            assert_ne!(REGULAR.glyph_id(hanzi), GlyphId(0), "{hanzi}");
        }
    }

    #[test]
    fn bold_has_every_fixed_word() {
        let words = include_str!("words.rs");
        let missing = words.chars().filter(|c| !c.is_control() && BOLD.glyph_id(*c) == GlyphId(0));
        assert_eq!(missing.collect::<String>(), "", "make the subset again: assets/README.md");
    }

    #[test]
    fn bold_borrows_from_regular() {
        assert_eq!(BOLD.glyph_id('齄'), GlyphId(0));
        assert_eq!(
            Face::Bold.rasterise('齄', 32, 0).pixels,
            Face::Regular.rasterise('齄', 32, 0).pixels
        );
    }

    #[test]
    fn an_unknown_character_is_a_visible_box() {
        let unknown = Face::Regular.rasterise('\u{1F600}', 32, 0);
        assert!(unknown.pixels.iter().filter(|pixel| **pixel > 128).count() > 50);
    }

    #[test]
    fn a_space_moves_the_pen_and_covers_nothing() {
        assert!(Face::Regular.advance(' ', 32) > 4.0);
        assert!(Face::Regular.rasterise(' ', 32, 0).pixels.is_empty());
    }
}
