//! Puts one thing of a scene on a strip of the picture.

use embedded_graphics::geometry::{Point, Size};
use embedded_graphics::pixelcolor::{Rgb888, RgbColor};
use embedded_graphics::primitives::Rectangle;

use crate::Picture;
use crate::area::Cut;
use crate::band::Band;
use crate::font::{Fonts, PEN_STEPS};
use crate::glyphs::GlyphCache;
use crate::icon::IconCache;
use crate::qr::Code;
use crate::scaled::{Fit, PictureCache};
use crate::scene::{Align, Card, Look, Ring, Text, Widget};
use crate::shape::{Arc, RoundBox, Spot, cover, exact_size, level};
use crate::text::{self, Letters, line_height};
use crate::theme;

/// Draws things; remembers the shapes of letters and signs, scaled pictures, and the code.
#[derive(Debug, Default)]
pub(crate) struct Brush {
    fonts: Fonts,
    glyphs: GlyphCache,
    icons: IconCache,
    pictures: PictureCache,
    code: Option<(String, Option<Code>)>,
}

/// What is left of a picture of what cannot be chosen, of 255.
const FAINT: u8 = 90;

impl Brush {
    /// Writes with these letters.
    pub(crate) fn new(fonts: Fonts) -> Self {
        Self { fonts, ..Self::default() }
    }

    /// Memory of what is remembered, in bytes.
    pub(crate) fn bytes(&self) -> usize {
        self.glyphs.bytes() + self.icons.bytes() + self.pictures.bytes()
    }

    /// Draws what of the widget lies in the band.
    pub(crate) fn paint(&mut self, widget: &Widget, band: &mut Band) {
        let area = widget.area;
        match &widget.look {
            Look::Fill(color) => band.fill(&area, *color),
            Look::Card(card) => paint_card(area, card, band),
            Look::Shadow { spread, radius, share } => {
                paint_shadow(area, *spread, *radius, *share, band);
            }
            Look::Text(text) => self.paint_text(area, text, band),
            Look::Icon { icon, ink } => {
                let side = area.size.width.min(area.size.height);
                let square = area.middle(Size::new_equal(side));
                let mask = self.icons.icon(*icon, side);
                band.stamp(square.top_left, mask, *ink, &area);
            }
            Look::Photo { picture, fit, radius, faint } => {
                self.paint_photo(area, picture, *fit, (*radius, *faint), band);
            }
            Look::Qr { code_url, module } => self.paint_code(area, code_url, *module, band),
            Look::Ring(ring) => paint_ring(area, ring, band),
        }
    }

    /// Lines in the middle between top and bottom.
    fn paint_text(&mut self, area: Rectangle, text: &Text, band: &mut Band) {
        let Text { lines, style } = text;
        let mut rest = area;
        let spare = area.size.height.saturating_sub(lines.height());
        rest.cut_top(spare / 2);
        for line in &lines.lines {
            let row = rest.cut_top(line_height(lines.em));
            if row.intersection(&band.area()).is_zero_sized() {
                continue;
            }
            let width = text::width(Letters::new(&self.fonts, style.face), line, lines.em) + 2;
            let spare = row.size.width.saturating_sub(width);
            let indent = match style.align {
                Align::Left => 0,
                Align::Middle => spare / 2,
                Align::Right => spare,
            };
            let mut pen = Pen::at(1 + indent);
            for character in line.chars() {
                let (column, step) = pen.stand();
                let glyph = self.glyphs.glyph(&self.fonts, style.face, character, lines.em, step);
                let below = glyph.top.saturating_add_unsigned(text::base_line(lines.em));
                let corner = row.top_left + Point::new(column.saturating_add(glyph.left), below);
                band.stamp(corner, glyph, style.ink, &row);
                pen.advance(self.fonts.advance(style.face, character, lines.em));
            }
        }
    }

    fn paint_photo(
        &mut self,
        area: Rectangle,
        picture: &Picture,
        fit: Fit,
        (radius, faint): (u32, bool),
        band: &mut Band,
    ) {
        let bitmap = self.pictures.scaled(picture, area.size, fit);
        let place = area.middle(bitmap.size);
        let shape = RoundBox::new(&place, radius);
        let whole = if faint { FAINT } else { u8::MAX };
        // All but the corners.
        let Size { width, height } = place.size;
        let across = place.middle(Size::new(width.saturating_sub(2 * radius), height));
        let down = place.middle(Size::new(width, height.saturating_sub(2 * radius)));
        band.lay(place.top_left, &bitmap, |x, y| {
            let at = Point::new(x, y);
            if across.contains(at) || down.contains(at) {
                return whole;
            }
            cover(shape.distance(Spot::of(x, y))).min(whole)
        });
    }

    /// Black on white, whatever the theme is: scanners are surest of that.
    fn paint_code(&mut self, area: Rectangle, code_url: &str, module: u32, band: &mut Band) {
        if self.code.as_ref().is_none_or(|(shown, _)| shown != code_url) {
            self.code = Some((code_url.to_owned(), Code::of(code_url)));
        }
        band.fill(&area, theme::CODE_PAPER);
        if let Some((_, Some(code))) = &self.code {
            paint_modules(area, code, module, band);
        }
    }
}

/// The dark modules of a code, so many pixels each; its quiet zone begins at the corner of `area`.
pub(crate) fn paint_modules(area: Rectangle, code: &Code, module: u32, band: &mut Band) {
    for (x, y) in code.dark_modules() {
        let offset = Size::new(x * module, y * module);
        let square = Rectangle::new(area.top_left + offset, Size::new_equal(module));
        band.fill(&square, Rgb888::BLACK);
    }
}

/// Where the next glyph goes.
struct Pen(f32);

impl Pen {
    fn at(column: u32) -> Self {
        Self(exact_size(column))
    }

    fn advance(&mut self, by: f32) {
        self.0 += by;
    }

    /// The whole column, and the quarter of a pixel beyond it.
    fn stand(&self) -> (i32, u8) {
        let steps = f32::from(PEN_STEPS);
        #[expect(
            clippy::cast_possible_truncation,
            reason = "a screen is far narrower than 2^31 pixels"
        )]
        let quarters = (self.0 * steps).floor() as i32;
        let step = u8::try_from(quarters.rem_euclid(i32::from(PEN_STEPS))).unwrap_or(0);
        (quarters.div_euclid(i32::from(PEN_STEPS)), step)
    }
}

/// The line around it, then what is within.
fn paint_card(area: Rectangle, card: &Card, band: &mut Band) {
    let Card { fill, edge, edge_width, radius } = *card;
    if edge_width > 0 {
        paint_box(area, radius, edge, band);
    }
    paint_box(area.inset(edge_width), radius.saturating_sub(edge_width), fill, band);
}

/// Whole rows where there are no corners; beside the corners' columns too.
fn paint_box(mut area: Rectangle, radius: u32, color: Rgb888, band: &mut Band) {
    let shape = RoundBox::new(&area, radius);
    let radius = radius.min(area.size.width / 2).min(area.size.height / 2);
    for mut strip in [area.cut_top(radius), area.cut_bottom(radius)] {
        for corner in [strip.cut_left(radius), strip.cut_right(radius)] {
            band.shade(&corner, color, |x, y| cover(shape.distance(Spot::of(x, y))));
        }
        band.fill(&strip, color);
    }
    band.fill(&area, color);
}

/// Darkest at the box, gone `spread` pixels from it.
fn paint_shadow(area: Rectangle, spread: u32, radius: u32, share: u8, band: &mut Band) {
    let shape = RoundBox::new(&area.inset(spread), radius);
    let (reach, darkest) = (exact_size(spread.max(1)), f32::from(share) / 255.0);
    let mut rest = area;
    // What lies under the box is not seen: only a frame around it is drawn.
    let frame = spread + radius;
    let strips =
        [rest.cut_top(frame), rest.cut_bottom(frame), rest.cut_left(frame), rest.cut_right(frame)];
    for strip in strips {
        band.shade(&strip, Rgb888::BLACK, |x, y| {
            let far = (shape.distance(Spot::of(x, y)) / reach).clamp(0.0, 1.0);
            level(darkest * (1.0 - far) * (1.0 - far))
        });
    }
}

/// The whole ring in the colour of its track, and the part that is shown.
fn paint_ring(area: Rectangle, ring: &Ring, band: &mut Band) {
    let (from, turns) = ring.shown();
    let half = exact_size(ring.width) / 2.0;
    let all = ring_arc(area, ring, 0.0, 1.0);
    let shown = Arc { from, turns, ..all };
    band.shade(&area, ring.track, |x, y| cover(all.distance(Spot::of(x, y)) - half));
    if turns > 0.0 {
        band.shade(&area, ring.ink, |x, y| {
            let at = Spot::of(x, y);
            let near = at.to(all.middle) - all.radius;
            if near.abs() > half + 1.0 { 0 } else { cover(shown.distance(at) - half) }
        });
    }
}

/// A part of the ring's middle line.
pub(crate) fn ring_arc(area: Rectangle, ring: &Ring, from: f32, turns: f32) -> Arc {
    let side = area.size.width.min(area.size.height);
    let square = area.middle(Size::new_equal(side));
    let half = exact_size(side) / 2.0;
    let corner = Spot::of(square.top_left.x, square.top_left.y);
    Arc {
        middle: Spot::new(corner.x - 0.5 + half, corner.y - 0.5 + half),
        radius: half - exact_size(ring.width) / 2.0 - 0.5,
        from,
        turns,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scene::Part;

    /// Everything of `area` that the look draws on white.
    fn drawn(area: Rectangle, look: Look) -> Vec<Rgb888> {
        let mut band = Band::new(area, Vec::new());
        band.fill(&area, Rgb888::WHITE);
        Brush::default().paint(&Widget { area, look, touch: None }, &mut band);
        band.colors().collect()
    }

    #[test]
    fn a_line_around_a_card_is_as_wide_at_the_corners() {
        let (side, edge_width) = (60, 6);
        let area = Rectangle::new(Point::zero(), Size::new_equal(side));
        for radius in [0, 3, 6, 12, 30] {
            let card = Card { fill: Rgb888::GREEN, edge: Rgb888::BLACK, edge_width, radius };
            let pixels = drawn(area, Look::Card(card));
            let at = |x: u32, y: u32| pixels.get((y * side + x) as usize).copied();
            // Along the diagonal the line begins and ends where the circles do.
            let begins = (0..side).find(|both| at(*both, *both) == Some(Rgb888::BLACK));
            let ends = (0..side).find(|both| at(*both, *both) == Some(Rgb888::GREEN));
            let circle = |radius: u32| f64::from(radius) * (1.0 - f64::sqrt(0.5));
            let (outer, inner) = (circle(radius), circle(radius.saturating_sub(edge_width)));
            let near = |found: Option<u32>, expected: f64| {
                found.is_some_and(|found| (f64::from(found) - expected).abs() <= 2.0)
            };
            assert!(near(begins, outer), "{radius}: begins at {begins:?}, not {outer:.1}");
            let inner = inner + f64::from(edge_width);
            assert!(near(ends, inner), "{radius}: ends at {ends:?}, not {inner:.1}");
        }
    }

    #[test]
    fn a_ring_shows_as_much_as_is_left() {
        let area = Rectangle::new(Point::new(5, 7), Size::new_equal(60));
        let inked = |left| {
            let part = Part::Left { left, total: 60_000 };
            let ring = Ring { width: 8, ink: Rgb888::BLACK, track: Rgb888::WHITE, part };
            drawn(area, Look::Ring(ring)).into_iter().filter(|pixel| pixel.r() < 128).count()
        };
        let whole = inked(60_000);
        assert_eq!(inked(0), 0);
        // Its round ends count for half a line's width each.
        let half = inked(30_000);
        assert!((half * 2).abs_diff(whole) < whole / 10, "{half} of {whole}");
        assert!(inked(30_000) > inked(29_000) && inked(90_000) == whole);
    }

    #[test]
    fn a_shadow_is_darkest_at_the_box_and_stays_in_its_area() {
        let area = Rectangle::new(Point::zero(), Size::new(80, 60));
        let pixels = drawn(area, Look::Shadow { spread: 10, radius: 4, share: 100 });
        let row = pixels.iter().skip(30 * 80).take(11).map(|pixel| pixel.r()).collect::<Vec<_>>();
        assert!(row.is_sorted_by(|one, next| one >= next), "{row:?}");
        assert_eq!(row.first(), Some(&255));
        assert!(row.get(9).is_some_and(|at_the_box| *at_the_box < 180), "{row:?}");
    }
}
