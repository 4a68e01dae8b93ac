//! The glyphs that were drawn lately, so that a countdown does not draw outlines every second.

use std::collections::HashMap;

use crate::font::{Coverage, Face, Fonts};

/// The most glyphs that are kept: several full screens of different text. Most of them are below 40
/// pixels and take 1 KB; prices while nobody is there have up to 135 and take 18 KB, but they are a
/// dozen characters.
const GLYPHS_MAX: usize = 1024;

/// Rasterised glyphs by everything that makes a difference to them.
#[derive(Debug, Default)]
pub(crate) struct GlyphCache {
    glyphs: HashMap<Key, Coverage>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Key {
    face: Face,
    character: char,
    em: u32,
    step: u8,
}

impl GlyphCache {
    /// The glyph, from the cache or freshly drawn. A full cache is emptied: screens change as a
    /// whole anyway.
    pub(crate) fn glyph(
        &mut self,
        fonts: &Fonts,
        face: Face,
        character: char,
        em: u32,
        step: u8,
    ) -> &Coverage {
        let key = Key { face, character, em, step };
        if self.glyphs.len() >= GLYPHS_MAX && !self.glyphs.contains_key(&key) {
            self.glyphs.clear();
        }
        self.glyphs.entry(key).or_insert_with(|| fonts.rasterise(face, character, em, step))
    }

    /// Memory that the coverage of the cached glyphs takes.
    pub(crate) fn bytes(&self) -> usize {
        self.glyphs.values().map(|glyph| glyph.pixels.capacity()).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cache_never_grows_beyond_its_bound() {
        let fonts = Fonts::default();
        let mut cache = GlyphCache::default();
        for em in 8..40 {
            for character in ' '..='~' {
                cache.glyph(&fonts, Face::Regular, character, em, 0);
                assert!(cache.glyphs.len() <= GLYPHS_MAX);
            }
        }
    }
}
