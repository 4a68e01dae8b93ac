//! Puts one thing of a scene on a target, pixel by pixel.

use embedded_graphics::draw_target::DrawTarget;
use embedded_graphics::geometry::{Point, Size};
use embedded_graphics::pixelcolor::{Rgb888, RgbColor};
use embedded_graphics::primitives::{PointsIter, Rectangle};

use crate::area::Cut;
use crate::font::{Coverage, PEN_STEPS};
use crate::glyphs::GlyphCache;
use crate::qr::Code;
use crate::scene::{Align, Look, Panel, Style, Text, Widget};
use crate::text::{self, line_height};
use crate::theme;

/// Draws things; remembers the shapes of letters.
#[derive(Debug, Default)]
pub(crate) struct Brush {
    glyphs: GlyphCache,
}

impl Brush {
    /// Draws all pixels of the widget's area.
    pub(crate) fn paint<D>(&mut self, widget: &Widget, target: &mut D) -> Result<(), D::Error>
    where
        D: DrawTarget<Color = Rgb888>,
    {
        match &widget.look {
            Look::Panel(panel) => paint_panel(widget.area, panel, target),
            Look::Text(text) => self.paint_text(widget.area, text, target),
            Look::Qr { code_url, module } => paint_code(widget.area, code_url, *module, target),
            Look::Bar { ahead, ink } => paint_bar(widget.area, *ahead, *ink, target),
        }
    }

    /// Lines in the middle between top and bottom; the rows above and below are blank.
    fn paint_text<D>(
        &mut self,
        area: Rectangle,
        text: &Text,
        target: &mut D,
    ) -> Result<(), D::Error>
    where
        D: DrawTarget<Color = Rgb888>,
    {
        let paper = text.style.paper;
        let mut rest = area;
        let spare = area.size.height.saturating_sub(text.lines.height());
        target.fill_solid(&rest.cut_top(spare / 2), paper)?;
        for line in &text.lines.lines {
            let row = rest.cut_top(line_height(text.lines.em));
            let coverage = self.line(line, &text.style, text.lines.em, row.size);
            target.fill_contiguous(
                &row,
                coverage.into_iter().map(|share| mix(paper, text.style.ink, share)),
            )?;
        }
        target.fill_solid(&rest, paper)
    }

    /// What one line covers in a row of this size.
    fn line(&mut self, line: &str, style: &Style, em: u32, room: Size) -> Vec<u8> {
        let mut row = Row::new(room);
        let spare = room.width.saturating_sub(text::width(line, style.face, em) + 2);
        let indent = match style.align {
            Align::Left => 0,
            Align::Middle => spare / 2,
            Align::Right => spare,
        };
        let mut pen = Pen::at(1 + indent);
        for character in line.chars() {
            let (column, step) = pen.stand();
            let glyph = self.glyphs.glyph(style.face, character, em, step);
            row.add(glyph, column, text::base_line(em));
            pen.advance(style.face.advance(character, em));
        }
        row.coverage
    }
}

/// The coverage of a line, as it is put together from glyphs.
struct Row {
    width: usize,
    coverage: Vec<u8>,
}

impl Row {
    fn new(room: Size) -> Self {
        let width = room.width as usize;
        Self { width, coverage: vec![0; width * room.height as usize] }
    }

    /// Adds a glyph with the pen at this column; what reaches out of the row is left out.
    fn add(&mut self, glyph: &Coverage, column: i32, base_line: u32) {
        let left = column.saturating_add(glyph.left);
        let top = glyph.top.saturating_add_unsigned(base_line);
        for (y, pixels) in (top..).zip(glyph.pixels.chunks_exact(glyph.width.max(1))) {
            for (x, share) in (left..).zip(pixels) {
                if let Some(pixel) = self.pixel(x, y) {
                    *pixel = pixel.saturating_add(*share);
                }
            }
        }
    }

    fn pixel(&mut self, x: i32, y: i32) -> Option<&mut u8> {
        let (x, y) = (usize::try_from(x).ok()?, usize::try_from(y).ok()?);
        if x >= self.width {
            return None;
        }
        self.coverage.get_mut(y * self.width + x)
    }
}

/// Where the next glyph goes.
struct Pen(f32);

impl Pen {
    fn at(column: u32) -> Self {
        #[expect(clippy::cast_precision_loss, reason = "a screen is far narrower than 2^24 pixels")]
        Self(column as f32)
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

/// Straight parts in one go, then the corners over them with soft edges.
fn paint_panel<D>(area: Rectangle, panel: &Panel, target: &mut D) -> Result<(), D::Error>
where
    D: DrawTarget<Color = Rgb888>,
{
    let Panel { fill, edge, edge_width, around, .. } = *panel;
    let radius = panel.radius.min(area.size.width / 2).min(area.size.height / 2);
    let shade = |offset| {
        let outer = disc(offset, radius);
        if edge_width == 0 {
            return mix(around, fill, outer);
        }
        let inner = disc(offset, radius.saturating_sub(edge_width));
        mix(mix(around, edge, outer), fill, inner)
    };
    if edge_width > 0 {
        target.fill_solid(&area, edge)?;
    }
    target.fill_solid(&area.inset(edge_width), fill)?;
    let mut middle = area;
    // Each band of corners, and whether the centre of the circle lies below it.
    for (mut band, below) in [(middle.cut_top(radius), true), (middle.cut_bottom(radius), false)] {
        let (left, right) = (band.cut_left(radius), band.cut_right(radius));
        for (corner, to_the_right) in [(left, true), (right, false)] {
            let center = Point::new(
                if to_the_right { far(corner.top_left.x, radius) } else { corner.top_left.x },
                if below { far(corner.top_left.y, radius) } else { corner.top_left.y },
            );
            target.fill_contiguous(&corner, corner.points().map(|at| shade(at - center)))?;
        }
    }
    Ok(())
}

fn far(edge: i32, radius: u32) -> i32 {
    edge.saturating_add_unsigned(radius)
}

/// How much of the pixel at this offset from the centre a disc covers, 0 to 255.
fn disc(offset: Point, radius: u32) -> u8 {
    let half = |pixels: i32| f64::from(pixels) + 0.5;
    let distance = (half(offset.x).powi(2) + half(offset.y).powi(2)).sqrt();
    let share = (f64::from(radius) - distance + 0.5).clamp(0.0, 1.0);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "clamped to the range of a byte"
    )]
    let level = (share * 255.0).round() as u8;
    level
}

/// Black on white, whatever the theme is: scanners are surest of that.
fn paint_code<D>(
    area: Rectangle,
    code_url: &str,
    module: u32,
    target: &mut D,
) -> Result<(), D::Error>
where
    D: DrawTarget<Color = Rgb888>,
{
    let Some(code) = Code::of(code_url) else {
        return target.fill_solid(&area, theme::CARD);
    };
    paint_modules(area, &code, module, target)
}

/// The code with its quiet zone, so many pixels per module; `area` is of just that size.
pub(crate) fn paint_modules<D>(
    area: Rectangle,
    code: &Code,
    module: u32,
    target: &mut D,
) -> Result<(), D::Error>
where
    D: DrawTarget<Color = Rgb888>,
{
    let colors = code.pixels(module).map(|dark| if dark { Rgb888::BLACK } else { theme::CARD });
    target.fill_contiguous(&area, colors)
}

fn paint_bar<D>(
    mut area: Rectangle,
    ahead: u32,
    ink: Rgb888,
    target: &mut D,
) -> Result<(), D::Error>
where
    D: DrawTarget<Color = Rgb888>,
{
    target.fill_solid(&area.cut_left(ahead), ink)?;
    target.fill_solid(&area, theme::EDGE)
}

/// Between two colours: 0 is all paper, 255 all ink.
fn mix(paper: Rgb888, ink: Rgb888, share: u8) -> Rgb888 {
    let channel = |paper: u8, ink: u8| {
        let sum = u32::from(paper) * u32::from(255 - share) + u32::from(ink) * u32::from(share);
        u8::try_from((sum + 127) / 255).unwrap_or(u8::MAX)
    };
    Rgb888::new(
        channel(paper.r(), ink.r()),
        channel(paper.g(), ink.g()),
        channel(paper.b(), ink.b()),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Canvas;

    #[test]
    fn a_line_around_a_panel_is_as_wide_at_the_corners() {
        let (side, edge_width) = (60, 6);
        let (fill, edge, around) = (Rgb888::WHITE, Rgb888::BLACK, Rgb888::GREEN);
        let size = Size::new_equal(side);
        for radius in [0, 3, 6, 12, 30] {
            let mut canvas = Canvas::new(size);
            let panel = Panel { fill, edge, edge_width, radius, around };
            let Ok(()) = paint_panel(Rectangle::new(Point::zero(), size), &panel, &mut canvas);
            let at = |x: u32, y: u32| canvas.pixels().get((y * side + x) as usize).copied();
            // Along the diagonal the line begins and ends where the circles do.
            let begins = (0..side).find(|at_both| at(*at_both, *at_both) == Some(0));
            let ends = (0..side).find(|at_both| at(*at_both, *at_both) == Some(0xFF_FFFF));
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
}
