//! A picture in memory that knows which parts of it changed since they were last taken.

use std::convert::Infallible;

use embedded_graphics::Pixel;
use embedded_graphics::draw_target::DrawTarget;
use embedded_graphics::geometry::{OriginDimensions, Size};
use embedded_graphics::pixelcolor::Rgb888;
use embedded_graphics::pixelcolor::raw::RawU24;
use embedded_graphics::prelude::{Dimensions, RawData};
use embedded_graphics::primitives::{PointsIter, Rectangle};

use crate::dirty::DirtyTiles;

/// A picture of 0x00RRGGBB pixels, row by row.
///
/// Drawing goes by whole rows wherever embedded-graphics offers it: its own `Framebuffer` sends
/// everything pixel by pixel, which is some twenty times slower. What counts as changed is decided
/// against the picture as it was last taken, so a screen that is cleared and drawn again as it was
/// has not changed.
#[derive(Clone, Debug)]
pub struct Canvas {
    size: Size,
    pixels: Vec<u32>,
    taken: Vec<u32>,
    touched: DirtyTiles,
}

impl Canvas {
    /// A black picture, all of it dirty.
    #[must_use]
    pub fn new(size: Size) -> Self {
        let area = index(size.width) * index(size.height);
        Self {
            size,
            pixels: vec![0; area],
            // No pixel has this value, so that the first `take_dirty` is the whole picture.
            taken: vec![u32::MAX; area],
            touched: DirtyTiles::all(size),
        }
    }

    /// The picture, `width * height` values 0x00RRGGBB, top row first.
    #[must_use]
    pub fn pixels(&self) -> &[u32] {
        &self.pixels
    }

    /// The parts that differ from the picture at the last call: few, clipped to the picture, empty
    /// when none.
    pub fn take_dirty(&mut self) -> Vec<Rectangle> {
        let Self { size, pixels, taken, touched } = self;
        touched.take(*size, |tile| copy_changed(pixels, taken, size.width, tile))
    }

    /// The rows of `area` that lie in the picture, each with the columns.
    fn fill_rows(&mut self, area: &Rectangle, color: u32) {
        let Some((columns, rows)) = spans(area) else {
            return;
        };
        for row in
            self.pixels.chunks_exact_mut(index(self.size.width)).take(rows.end).skip(rows.start)
        {
            if let Some(run) = row.get_mut(columns.clone()) {
                run.fill(color);
            }
        }
        self.touched.mark(area);
    }
}

impl OriginDimensions for Canvas {
    fn size(&self) -> Size {
        self.size
    }
}

impl DrawTarget for Canvas {
    type Color = Rgb888;
    type Error = Infallible;

    fn draw_iter<I>(&mut self, pixels: I) -> Result<(), Infallible>
    where
        I: IntoIterator<Item = Pixel<Rgb888>>,
    {
        let bounds = self.bounding_box();
        for Pixel(at, color) in pixels {
            if !bounds.contains(at) {
                continue;
            }
            let offset =
                index(at.y.unsigned_abs()) * index(self.size.width) + index(at.x.unsigned_abs());
            if let Some(pixel) = self.pixels.get_mut(offset) {
                *pixel = value(color);
            }
            self.touched.mark(&Rectangle::new(at, Size::new(1, 1)));
        }
        Ok(())
    }

    fn fill_contiguous<I>(&mut self, area: &Rectangle, colors: I) -> Result<(), Infallible>
    where
        I: IntoIterator<Item = Rgb888>,
    {
        let inside = area.intersection(&self.bounding_box());
        if inside != *area {
            // Partly outside: the general way, which sorts out the pixels one by one.
            return self.draw_iter(area.points().zip(colors).map(|(at, color)| Pixel(at, color)));
        }
        let Some((columns, rows)) = spans(&inside) else {
            return Ok(());
        };
        let mut colors = colors.into_iter();
        for row in
            self.pixels.chunks_exact_mut(index(self.size.width)).take(rows.end).skip(rows.start)
        {
            for (pixel, color) in
                row.iter_mut().take(columns.end).skip(columns.start).zip(&mut colors)
            {
                *pixel = value(color);
            }
        }
        self.touched.mark(&inside);
        Ok(())
    }

    fn fill_solid(&mut self, area: &Rectangle, color: Rgb888) -> Result<(), Infallible> {
        let inside = area.intersection(&self.bounding_box());
        self.fill_rows(&inside, value(color));
        Ok(())
    }
}

/// Brings `taken` up to date within one tile; says whether anything there was different.
fn copy_changed(pixels: &[u32], taken: &mut [u32], width: u32, tile: &Rectangle) -> bool {
    let Some((columns, rows)) = spans(tile) else {
        return false;
    };
    let width = index(width);
    let mut changed = false;
    for (now, before) in pixels
        .chunks_exact(width)
        .zip(taken.chunks_exact_mut(width))
        .take(rows.end)
        .skip(rows.start)
    {
        if let (Some(now), Some(before)) =
            (now.get(columns.clone()), before.get_mut(columns.clone()))
            && now != before
        {
            before.copy_from_slice(now);
            changed = true;
        }
    }
    changed
}

/// The columns and the rows of a rectangle that lies within the picture; none when it is empty.
fn spans(area: &Rectangle) -> Option<(std::ops::Range<usize>, std::ops::Range<usize>)> {
    let last = area.bottom_right()?;
    let edge = |at: i32| usize::try_from(at).ok();
    let columns = edge(area.top_left.x)?..edge(last.x)? + 1;
    let rows = edge(area.top_left.y)?..edge(last.y)? + 1;
    Some((columns, rows))
}

fn value(color: Rgb888) -> u32 {
    RawU24::from(color).into_inner()
}

/// Pixel counts fit: a `usize` has at least 32 bits wherever this runs.
fn index(pixels: u32) -> usize {
    pixels as usize
}

#[cfg(test)]
mod tests {
    use embedded_graphics::geometry::Point;
    use embedded_graphics::pixelcolor::RgbColor;

    use super::*;

    fn area(x: i32, y: i32, width: u32, height: u32) -> Rectangle {
        Rectangle::new(Point::new(x, y), Size::new(width, height))
    }

    /// The picture with a dot for black and a letter for each primary colour.
    fn picture(canvas: &Canvas) -> String {
        let letter = |pixel: &u32| match pixel {
            0x00_0000 => '.',
            0xFF_0000 => 'R',
            0x00_FF00 => 'G',
            0x00_00FF => 'B',
            _ => '?',
        };
        let rows = canvas.pixels().chunks(index(canvas.size.width));
        rows.map(|row| row.iter().map(letter).collect::<String>()).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn the_three_ways_of_drawing_reach_the_same_pixels() {
        let colors = [Rgb888::RED, Rgb888::GREEN, Rgb888::BLUE];
        for (target, expected) in [
            (area(1, 1, 3, 1), [".....\n.RGB.\n.....", ".....\n.RRR.\n....."]),
            (area(3, 0, 3, 1), ["...RG\n.....\n.....", "...RR\n.....\n....."]),
            (area(-1, 2, 3, 1), [".....\n.....\nGB...", ".....\n.....\nRR..."]),
            (area(0, -1, 1, 3), ["G....\nB....\n.....", "R....\nR....\n....."]),
            (area(9, 9, 3, 1), [".....\n.....\n.....", ".....\n.....\n....."]),
            (area(1, 1, 0, 5), [".....\n.....\n.....", ".....\n.....\n....."]),
        ] {
            let [many, one] = expected;
            let mut canvas = Canvas::new(Size::new(5, 3));
            let Ok(()) = canvas.fill_contiguous(&target, colors);
            assert_eq!(picture(&canvas), many, "fill_contiguous {target:?}");
            let mut canvas = Canvas::new(Size::new(5, 3));
            let pixels = target.points().zip(colors).map(|(at, color)| Pixel(at, color));
            let Ok(()) = canvas.draw_iter(pixels);
            assert_eq!(picture(&canvas), many, "draw_iter {target:?}");
            let mut canvas = Canvas::new(Size::new(5, 3));
            let Ok(()) = canvas.fill_solid(&target, Rgb888::RED);
            assert_eq!(picture(&canvas), one, "fill_solid {target:?}");
        }
    }

    #[test]
    fn each_way_of_drawing_makes_dirty() {
        let mut canvas = Canvas::new(Size::new(64, 64));
        assert_eq!(canvas.take_dirty(), [area(0, 0, 64, 64)]);
        let Ok(()) = canvas.fill_solid(&area(0, 0, 1, 1), Rgb888::RED);
        assert_eq!(canvas.take_dirty(), [area(0, 0, 16, 16)]);
        let Ok(()) = canvas.fill_contiguous(&area(16, 0, 1, 1), [Rgb888::RED]);
        assert_eq!(canvas.take_dirty(), [area(16, 0, 16, 16)]);
        let Ok(()) = canvas.draw_iter([Pixel(Point::new(63, 63), Rgb888::RED)]);
        assert_eq!(canvas.take_dirty(), [area(48, 48, 16, 16)]);
    }

    #[test]
    fn what_is_cleared_and_drawn_again_is_not_dirty() {
        let mut canvas = Canvas::new(Size::new(64, 64));
        let square = area(10, 10, 20, 20);
        let Ok(()) = canvas.fill_solid(&square, Rgb888::RED);
        canvas.take_dirty();
        let Ok(()) = canvas.clear(Rgb888::BLACK);
        let Ok(()) = canvas.fill_solid(&square, Rgb888::RED);
        assert_eq!(canvas.take_dirty(), []);
    }

    #[test]
    fn a_picture_without_pixels_is_no_trouble() {
        for size in [Size::zero(), Size::new(0, 9), Size::new(9, 0)] {
            let mut canvas = Canvas::new(size);
            let Ok(()) = canvas.clear(Rgb888::RED);
            let Ok(()) = canvas.draw_iter([Pixel(Point::zero(), Rgb888::RED)]);
            assert_eq!(canvas.take_dirty(), []);
        }
    }
}
