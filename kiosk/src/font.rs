//! The faces of the type as outlines: their characters, how wide, and what they cover.

use std::cell::RefCell;
use std::fmt;
use std::io::Read;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, LazyLock, OnceLock};

use skrifa::MetadataProvider;
use skrifa::instance::{LocationRef, Size};
use skrifa::raw::{FileRef, TableProvider};
use swash::CacheKey;
use swash::scale::ScaleContext;
use swash::scale::outline::Outline;
use swash::zeno::{Mask, Origin, Vector};

use crate::text::blank;

/// A weight of the type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Face {
    /// All of GB 2312, kana, Hangul.
    Regular,
    /// The common hanzi and the fixed words; what it lacks is taken from Regular.
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

impl Coverage {
    const NONE: Self = Self { left: 0, top: 0, width: 0, pixels: Vec::new() };
}

/// The pen stands at quarters of a pixel: finer is not seen, coarser makes Latin letters dance.
pub(crate) const PEN_STEPS: u8 = 4;

/// Why a file cannot serve as the full font.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FontError {
    /// Neither a font nor a collection of fonts.
    #[error("this is no TrueType or OpenType font")]
    NoFont,
    /// The index is beyond the end of the collection; a single font counts as one of one face.
    #[error("the collection has {faces} faces, there is no face {index}")]
    NoFace {
        /// How many there are.
        faces: u32,
        /// Which was asked for; the first is 0.
        index: u32,
    },
    /// It begins as a font does, but a table that is needed is lacking or cut off.
    #[error("the font is damaged, or has no outlines")]
    Damaged,
}

/// The faces in the order in which they are asked for a character: Bold where it is wanted, then
/// Regular, then the operator's full font. A clone shares the font.
#[derive(Clone, Default)]
pub struct Fonts {
    full: Option<Arc<Source>>,
}

impl PartialEq for Fonts {
    /// Two are equal if one is a clone of the other.
    fn eq(&self, other: &Self) -> bool {
        match (&self.full, &other.full) {
            (Some(one), Some(other)) => Arc::ptr_eq(one, other),
            (None, None) => true,
            (Some(_), None) | (None, Some(_)) => false,
        }
    }
}

impl Fonts {
    /// With the operator's full font for what the embedded faces lack. `index` is the face in a
    /// collection (`.ttc`), 0 otherwise.
    ///
    /// # Errors
    ///
    /// The bytes are no font with outlines, or have no such face.
    pub fn with_full(font: Vec<u8>, index: u32) -> Result<Self, FontError> {
        // No file may stop the thread that reads it.
        let source = catch_unwind(|| Source::new(font, index)).unwrap_or(Err(FontError::Damaged));
        Ok(Self { full: Some(Arc::new(source?)) })
    }

    /// Pixels that the pen moves on after this character, at this em size.
    pub(crate) fn advance(&self, face: Face, character: char, em: u32) -> f32 {
        // What no face has is drawn as the crossed box of Regular.
        let (source, glyph) =
            self.find(face, character).unwrap_or_else(|| (&REGULAR, REGULAR.missing));
        glyph.advance * pixels(em) / source.units_per_em
    }

    /// What the character covers with the pen `step` quarters of a pixel right of a pixel's edge.
    /// The crossed box when no face has it or it cannot be drawn.
    pub(crate) fn rasterise(&self, face: Face, character: char, em: u32, step: u8) -> Coverage {
        let drawn = self
            .find(face, character)
            .and_then(|(source, glyph)| source.draw(glyph, em, step))
            .or_else(|| REGULAR.draw(REGULAR.missing, em, step));
        drawn.unwrap_or(Coverage::NONE)
    }

    /// Whether some face has this character, or needs none for it, so that no box is drawn.
    #[must_use]
    pub fn has(&self, character: char) -> bool {
        blank(character) || self.find(Face::Regular, character).is_some()
    }

    /// The first face that has the character, and its glyph there.
    fn find(&self, face: Face, character: char) -> Option<(&Source, Glyph)> {
        let bold: Option<&Source> = match face {
            Face::Regular => None,
            Face::Bold => Some(&BOLD),
        };
        let (regular, full): (&Source, _) = (&REGULAR, self.full.as_deref());
        [bold, Some(regular), full]
            .into_iter()
            .flatten()
            .find_map(|source| Some((source, source.glyph(character)?)))
    }
}

impl fmt::Debug for Fonts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let full = self.full.as_ref().map(|source| source.bytes.len());
        f.debug_struct("Fonts").field("full_bytes", &full).finish()
    }
}

static REGULAR: LazyLock<Source> =
    LazyLock::new(|| embedded(include_bytes!("../assets/NotoSansSC-Regular.otf.gz")));
static BOLD: LazyLock<Source> =
    LazyLock::new(|| embedded(include_bytes!("../assets/NotoSansSC-Bold.otf.gz")));

fn embedded(packed: &[u8]) -> Source {
    let mut font = Vec::new();
    flate2::read::GzDecoder::new(packed)
        .read_to_end(&mut font)
        .map_err(|_| FontError::Damaged)
        .and_then(|_| Source::new(font, 0))
        .expect("the fonts are part of the program and every test reads them")
}

/// One font: its file, and its character map as far as it was asked for.
struct Source {
    bytes: Vec<u8>,
    /// Which of a collection.
    index: u32,
    /// Where in the file it begins, and what swash's caches know it by.
    offset: u32,
    key: CacheKey,
    units_per_em: f32,
    /// The crossed box, or what else the font has as glyph 0.
    missing: Glyph,
    /// The map, 256 characters to a page: the tables of a font are too slow for breaking lines.
    pages: Box<[OnceLock<Box<Page>>]>,
}

/// The glyphs of 256 characters; of number 0 where the font lacks the character.
type Page = [Glyph; PAGE];

const PAGE: usize = 256;

/// How far from the pen a glyph may reach, in em. Letters keep far within; the pixels of a damaged
/// glyph would fill the memory.
const REACH_MAX: f32 = 4.0;

#[derive(Clone, Copy)]
struct Glyph {
    number: u16,
    /// In units of the font.
    advance: f32,
}

impl Source {
    fn new(bytes: Vec<u8>, index: u32) -> Result<Self, FontError> {
        let faces = match FileRef::new(&bytes).map_err(|_| FontError::NoFont)? {
            FileRef::Font(_) => 1,
            FileRef::Collection(collection) => collection.len(),
        };
        if index >= faces {
            return Err(FontError::NoFace { faces, index });
        }
        let tables = skrifa::FontRef::from_index(&bytes, index).map_err(|_| FontError::Damaged)?;
        let units_per_em = tables.head().map_err(|_| FontError::Damaged)?.units_per_em();
        let missing = tables.glyph_metrics(Size::unscaled(), LocationRef::default());
        let missing = missing.advance_width(0_u32.into()).ok_or(FontError::Damaged)?;
        let drawable = tables.outline_glyphs().format().is_some() && tables.charmap().has_map();
        // The bounds are those of the OpenType specification.
        if !drawable || !(16..=16384).contains(&units_per_em) {
            return Err(FontError::Damaged);
        }
        let swash::FontRef { offset, key, .. } =
            swash::FontRef::from_index(&bytes, index as usize).ok_or(FontError::Damaged)?;
        Ok(Self {
            index,
            offset,
            key,
            units_per_em: f32::from(units_per_em),
            missing: Glyph { number: 0, advance: missing },
            pages: (0..=char::MAX as usize / PAGE).map(|_| OnceLock::new()).collect(),
            bytes,
        })
    }

    /// The glyph for this character, if the font has it.
    fn glyph(&self, character: char) -> Option<Glyph> {
        let code = character as usize;
        let page = self.pages.get(code / PAGE)?.get_or_init(|| {
            // As with its outlines, a damaged map is no reason to stop.
            catch_unwind(AssertUnwindSafe(|| self.page(code / PAGE)))
                .unwrap_or_else(|_| Box::new([self.missing; PAGE]))
        });
        page.get(code % PAGE).copied().filter(|glyph| glyph.number != 0)
    }

    /// Reads a page of the character map.
    fn page(&self, number: usize) -> Box<Page> {
        let mut page = Box::new([self.missing; PAGE]);
        if let Ok(tables) = skrifa::FontRef::from_index(&self.bytes, self.index) {
            let metrics = tables.glyph_metrics(Size::unscaled(), LocationRef::default());
            let charmap = tables.charmap();
            let codes = (number * PAGE..).map(|code| u32::try_from(code).unwrap_or(u32::MAX));
            for (glyph, code) in page.iter_mut().zip(codes) {
                let found = charmap.map(code).and_then(|id| {
                    let number = u16::try_from(id.to_u32()).ok()?;
                    Some(Glyph { number, advance: metrics.advance_width(id)? })
                });
                *glyph = found.unwrap_or(self.missing);
            }
        }
        page
    }

    /// What the glyph covers; nothing when its outline is damaged.
    fn draw(&self, glyph: Glyph, em: u32, step: u8) -> Option<Coverage> {
        // swash takes 0 for "as large as the units of the font".
        if em == 0 {
            return Some(Coverage::NONE);
        }
        let shift = f32::from(step) / f32::from(PEN_STEPS);
        CONTEXT.with_borrow_mut(|context| {
            let outline = catch_unwind(AssertUnwindSafe(|| {
                let font = swash::FontRef { data: &self.bytes, offset: self.offset, key: self.key };
                context
                    .builder(font)
                    .size(pixels(em))
                    .hint(true)
                    .build()
                    .scale_outline(glyph.number)
            }));
            // A damaged font is no reason to stop; what is left of the work on it is dropped.
            let outline = outline.unwrap_or_else(|_| {
                *context = ScaleContext::new();
                None
            });
            covered(&outline?, pixels(em) * REACH_MAX, shift)
        })
    }
}

thread_local! {
    /// What hinting remembers about a font at a size.
    static CONTEXT: RefCell<ScaleContext> = RefCell::new(ScaleContext::new());
}

/// What the outline covers when it is moved right by `shift` pixels; nothing when it reaches
/// further than `reach_max` pixels.
fn covered(outline: &Outline, reach_max: f32, shift: f32) -> Option<Coverage> {
    if outline.is_empty() {
        return Some(Coverage::NONE);
    }
    let near = |at: f32| at.abs() <= reach_max;
    if !outline.points().iter().all(|point| near(point.x) && near(point.y)) {
        return None;
    }
    let shift = Vector::new(shift, 0.0);
    // zeno reckons the top edge from a height that it knows only once it was asked for it.
    let (pixels, placement) = Mask::new(outline.path())
        .origin(Origin::BottomLeft)
        .offset(shift)
        .render_offset(shift)
        .inspect(|_, _, _| ())
        .render();
    Some(Coverage {
        left: placement.left,
        top: -placement.top,
        width: placement.width as usize,
        pixels,
    })
}

/// An em size in pixels is small enough to be exact.
#[expect(clippy::cast_precision_loss, reason = "an em is far below 2^24 pixels")]
fn pixels(em: u32) -> f32 {
    em as f32
}

#[cfg(test)]
pub(crate) mod tests {
    #![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may panic")]

    use super::*;

    /// Some of everything that a font may be asked for.
    const SAMPLE: &str = "Ag0é€Щ國国齄あア한，";

    fn lacking(source: &Source, characters: impl IntoIterator<Item = char>) -> String {
        let printed = characters.into_iter().filter(|c| !c.is_control());
        printed.filter(|c| source.glyph(*c).is_none()).collect()
    }

    #[test]
    fn regular_has_all_hanzi_of_gb_2312_and_all_hangul_of_ks_x_1001() {
        let has = |range: std::ops::RangeInclusive<char>| {
            range.filter(|c| REGULAR.glyph(*c).is_some()).count()
        };
        assert!(has('\u{4E00}'..='\u{9FFF}') >= 6763);
        assert!(has('\u{AC00}'..='\u{D7A3}') >= 2350);
        assert_eq!(lacking(&REGULAR, "啊座亍齄鼹碡丌가힝".chars()), "");
    }

    #[test]
    fn both_faces_have_the_letters_of_our_languages() {
        let letters = [' '..='~', '¡'..='ÿ', 'А'..='я', 'ぁ'..='ゖ', 'ァ'..='ヺ', '！'..='～'];
        for source in [&*REGULAR, &*BOLD] {
            assert_eq!(lacking(source, letters.iter().cloned().flatten()), "");
            let signs = "ЁёŒœ€℃№←↑→↓■●✓•…‘’“”«»–—‑‰\u{A0}\u{202F}、。〈」】ー・￥";
            assert_eq!(lacking(source, signs.chars()), "");
            assert_eq!(lacking(source, "的一是了我座".chars()), "");
        }
    }

    #[test]
    fn both_faces_have_every_fixed_word() {
        let files = [
            include_str!("../messages/zh.ftl"),
            include_str!("../messages/en.ftl"),
            include_str!("../messages/ja.ftl"),
            include_str!("../messages/ko.ftl"),
            include_str!("../messages/ru.ftl"),
            include_str!("../messages/fr.ftl"),
        ];
        for source in [&*REGULAR, &*BOLD] {
            let lacking = lacking(source, files.concat().chars());
            assert_eq!(lacking, "", "make the faces again: assets/README.md");
        }
    }

    #[test]
    fn digits_are_of_one_width() {
        for face in [Face::Regular, Face::Bold] {
            let width = |digit| Fonts::default().advance(face, digit, 100);
            assert!(('0'..='9').all(|digit| width(digit) == width('0')), "{face:?}");
        }
    }

    #[test]
    fn bold_borrows_from_regular() {
        assert!(BOLD.glyph('齄').is_none());
        let fonts = Fonts::default();
        assert_eq!(
            fonts.rasterise(Face::Bold, '齄', 32, 0).pixels,
            fonts.rasterise(Face::Regular, '齄', 32, 0).pixels
        );
        assert_ne!(
            fonts.rasterise(Face::Bold, '国', 32, 0).pixels,
            fonts.rasterise(Face::Regular, '国', 32, 0).pixels
        );
    }

    /// What both faces lack, and what the full font of these tests has as its picture.
    pub(crate) const KIP: char = '\u{20AD}';
    const EURO: char = '€';

    /// A copy of Regular whose one character is the kip, drawn as the euro sign.
    pub(crate) fn kip_font() -> Vec<u8> {
        let mut font = REGULAR.bytes.clone();
        let kip = u32::from(KIP);
        let glyph = u32::from(REGULAR.glyph(EURO).unwrap().number);
        // One map, for all of Unicode, 12 bytes on; of format 12, 28 bytes long, with one group.
        let mut map = [0, 1, 3, 10].map(u16::to_be_bytes).concat();
        map.extend(12_u32.to_be_bytes());
        map.extend([12, 0].map(u16::to_be_bytes).concat());
        map.extend([28, 0, 1, kip, kip, glyph].map(u32::to_be_bytes).concat());
        let place = [font.len(), map.len()].map(|number| u32::try_from(number).unwrap());
        let record = table(&font, b"cmap");
        font.splice(record + 8..record + 16, place.map(u32::to_be_bytes).concat());
        font.extend(map);
        font
    }

    /// Where the record of the table is: its name, check sum, offset and length.
    fn table(font: &[u8], name: &[u8; 4]) -> usize {
        12 + font[12..].chunks(16).position(|record| record.starts_with(name)).unwrap() * 16
    }

    #[test]
    fn what_both_faces_lack_is_taken_from_the_full_font() {
        assert!(!Fonts::default().has(KIP) && Fonts::default().has('\t'));
        let fonts = Fonts::with_full(kip_font(), 0).unwrap();
        assert!(fonts.has(KIP) && fonts.has('国') && !fonts.has('\u{1F600}'));
        let euro = fonts.rasterise(Face::Regular, EURO, 32, 1);
        for face in [Face::Regular, Face::Bold] {
            assert_eq!(fonts.rasterise(face, KIP, 32, 1).pixels, euro.pixels);
            assert_eq!(
                fonts.advance(face, KIP, 32).to_bits(),
                fonts.advance(Face::Regular, EURO, 32).to_bits()
            );
        }
    }

    #[test]
    fn a_full_font_may_have_other_units() {
        let mut font = kip_font();
        let record = table(&font, b"head");
        let head = u32::from_be_bytes(font[record + 8..record + 12].try_into().unwrap()) as usize;
        font.splice(head + 18..head + 20, 2000_u16.to_be_bytes());
        let fonts = Fonts::with_full(font, 0).unwrap();
        let advance = |character| fonts.advance(Face::Regular, character, 32);
        assert!((2.0 * advance(KIP) - advance(EURO)).abs() < 0.001);
        let width = |character| fonts.rasterise(Face::Regular, character, 64, 0).width;
        assert!(width(KIP).abs_diff(width(EURO) / 2) <= 1);
    }

    #[test]
    fn what_is_no_font_is_refused() {
        let refused = |font: &[u8], index| Fonts::with_full(font.to_vec(), index).err();
        assert_eq!(refused(b"", 0), Some(FontError::NoFont));
        assert_eq!(refused(include_bytes!("font.rs"), 0), Some(FontError::NoFont));
        assert_eq!(refused(&kip_font(), 1), Some(FontError::NoFace { faces: 1, index: 1 }));
        let mut collection = b"ttcf\0\x01\0\0\0\0\0\x02".to_vec();
        collection.extend([20_u32, 20].map(u32::to_be_bytes).concat());
        assert_eq!(refused(&collection, 1), Some(FontError::Damaged));
        let beyond = refused(&collection, 2).unwrap();
        assert_eq!(beyond.to_string(), "the collection has 2 faces, there is no face 2");
    }

    #[test]
    fn a_font_that_is_cut_off_is_refused() {
        let whole = REGULAR.bytes.as_slice();
        for length in (1..16).map(|sixteenth| whole.len() / 16 * sixteenth) {
            assert!(Fonts::with_full(whole[..length].to_vec(), 0).is_err(), "{length} bytes");
        }
    }

    #[test]
    fn a_garbled_font_is_refused_or_drawn_somehow() {
        let mut random = 1_u64;
        let mut next = move |below: usize| {
            random = random.wrapping_mul(0x5851_F42D_4C95_7F2D).wrapping_add(1);
            (random >> 33) as usize % below
        };
        for round in 0..200 {
            let mut font = BOLD.bytes.clone();
            // The tables that say where all else is are small and at the front.
            let end = if round % 2 == 0 { 1000 } else { font.len() };
            for _ in 0..if round % 2 == 0 { 4 } else { 20_000 } {
                let at = next(end);
                font[at] = u8::try_from(next(256)).unwrap();
            }
            let Ok(source) = Source::new(font, 0) else { continue };
            for character in SAMPLE.chars() {
                let glyph = source.glyph(character).unwrap_or(source.missing);
                let drawn = source.draw(glyph, 32, 1);
                let reach = 2 * 4 * 32 + 2;
                assert!(drawn.is_none_or(|glyph| glyph.pixels.len() <= reach * reach));
            }
        }
    }

    #[test]
    fn an_unknown_character_is_a_visible_box() {
        let fonts = Fonts::default();
        for face in [Face::Regular, Face::Bold] {
            let unknown = fonts.rasterise(face, '\u{1F600}', 32, 0);
            assert!(unknown.pixels.iter().filter(|pixel| **pixel > 128).count() > 50);
            assert!(fonts.advance(face, '\u{1F600}', 32) > 16.0);
        }
    }

    #[test]
    fn a_space_moves_the_pen_and_covers_nothing() {
        let fonts = Fonts::default();
        assert!(fonts.advance(Face::Regular, ' ', 32) > 4.0);
        assert!(fonts.rasterise(Face::Regular, ' ', 32, 0).pixels.is_empty());
    }

    #[test]
    fn letters_stand_on_the_base_line() {
        for em in [13, 15, 24, 64] {
            let letter = Fonts::default().rasterise(Face::Bold, 'H', em, 0);
            let height = i32::try_from(letter.pixels.len() / letter.width).unwrap();
            assert_eq!(letter.top + height, 0, "{em} pixels");
        }
    }

    #[test]
    fn nothing_is_drawn_at_no_size() {
        assert!(Fonts::default().rasterise(Face::Bold, '国', 0, 0).pixels.is_empty());
    }
}
