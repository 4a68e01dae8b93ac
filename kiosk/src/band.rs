//! A strip of the picture while it is put together from what lies on each other.

use embedded_graphics::geometry::Point;
use embedded_graphics::pixelcolor::Rgb888;
use embedded_graphics::pixelcolor::raw::RawU24;
use embedded_graphics::primitives::Rectangle;

use crate::color::{blend, value};
use crate::font::Coverage;
use crate::scaled::Bitmap;

/// Pixels 0x00RRGGBB of one rectangle of the screen. Whatever is drawn beyond it is left out.
#[derive(Debug)]
pub(crate) struct Band {
    area: Rectangle,
    pixels: Vec<u32>,
}

impl Band {
    /// All black; takes over the memory of an earlier band.
    pub(crate) fn new(area: Rectangle, mut memory: Vec<u32>) -> Self {
        memory.clear();
        memory.resize(area.size.width as usize * area.size.height as usize, 0);
        Self { area, pixels: memory }
    }

    /// Where it is on the screen.
    pub(crate) const fn area(&self) -> Rectangle {
        self.area
    }

    /// Its pixels, row by row.
    pub(crate) fn colors(&self) -> impl Iterator<Item = Rgb888> {
        self.pixels.iter().map(|pixel| Rgb888::from(RawU24::new(*pixel)))
    }

    /// Its pixels mixed with those of the same strip of another picture: share 0 is this one, 255
    /// all the other.
    pub(crate) fn mixed(&self, to: &Self, share: u8) -> impl Iterator<Item = Rgb888> {
        let pairs = self.pixels.iter().zip(&to.pixels);
        pairs.map(move |(pixel, to)| Rgb888::from(RawU24::new(blend(*pixel, *to, share))))
    }

    /// The other band instead of what is here, where they lie on each other.
    pub(crate) fn put(&mut self, other: &Self) {
        let width = other.area.size.width as usize;
        self.rows(&other.area, |left, y, row| {
            let skipped = usize::try_from(left - other.area.top_left.x).unwrap_or(0);
            let above = usize::try_from(y - other.area.top_left.y).unwrap_or(0);
            for (pixel, new) in
                row.iter_mut().zip(other.pixels.iter().skip(above * width + skipped))
            {
                *pixel = *new;
            }
        });
    }

    /// Memory of its pixels.
    pub(crate) fn bytes(&self) -> usize {
        size_of_val(self.pixels.as_slice())
    }

    /// The memory, for the next band.
    pub(crate) fn into_memory(self) -> Vec<u32> {
        self.pixels
    }

    /// One colour.
    pub(crate) fn fill(&mut self, area: &Rectangle, color: Rgb888) {
        let color = value(color);
        self.rows(area, |_, _, row| row.fill(color));
    }

    /// The ink where the shape covers: `share` of a pixel at these coordinates of the screen, 0 to
    /// 255.
    pub(crate) fn shade(
        &mut self,
        area: &Rectangle,
        ink: Rgb888,
        mut share: impl FnMut(i32, i32) -> u8,
    ) {
        let ink = value(ink);
        self.rows(area, |left, y, row| {
            for (x, pixel) in (left..).zip(row) {
                let share = share(x, y);
                if share > 0 {
                    *pixel = blend(*pixel, ink, share);
                }
            }
        });
    }

    /// The ink where the mask covers, its upper left corner at `corner`, and only within `clip`.
    pub(crate) fn stamp(&mut self, corner: Point, mask: &Coverage, ink: Rgb888, clip: &Rectangle) {
        let ink = value(ink);
        let Some(area) = at(corner, mask.width, mask.pixels.len()) else { return };
        self.rows(&area.intersection(clip), |left, y, row| {
            let skipped = usize::try_from(left - corner.x).unwrap_or(0);
            let above = usize::try_from(y - corner.y).unwrap_or(0);
            let shares = mask.pixels.iter().skip(above * mask.width + skipped);
            for (pixel, share) in row.iter_mut().zip(shares) {
                *pixel = blend(*pixel, ink, *share);
            }
        });
    }

    /// A picture with its upper left corner at `corner`; where `mask` says less than 255 at these
    /// coordinates of the screen, so much less of it.
    pub(crate) fn lay(&mut self, corner: Point, bitmap: &Bitmap, mask: impl Fn(i32, i32) -> u8) {
        let width = bitmap.size.width as usize;
        let Some(area) = at(corner, width, bitmap.pixels.len()) else { return };
        self.rows(&area, |left, y, row| {
            let skipped = usize::try_from(left - corner.x).unwrap_or(0);
            let above = usize::try_from(y - corner.y).unwrap_or(0);
            let colors = bitmap.pixels.iter().skip(above * width + skipped);
            for ((x, pixel), [red, green, blue, alpha]) in (left..).zip(row).zip(colors) {
                let color = u32::from_be_bytes([0, *red, *green, *blue]);
                let share = u32::from(*alpha) * u32::from(mask(x, y)) / 255;
                *pixel = blend(*pixel, color, u8::try_from(share).unwrap_or(u8::MAX));
            }
        });
    }

    /// The parts of rows that lie in `area` and in this band, each with its left edge and its row
    /// on the screen.
    fn rows(&mut self, area: &Rectangle, mut draw: impl FnMut(i32, i32, &mut [u32])) {
        let inside = area.intersection(&self.area);
        let corner = inside.top_left - self.area.top_left;
        let (Ok(left), Ok(top)) = (usize::try_from(corner.x), usize::try_from(corner.y)) else {
            return;
        };
        let (width, height) = (inside.size.width as usize, inside.size.height as usize);
        let rows = self.pixels.chunks_exact_mut((self.area.size.width as usize).max(1));
        for (y, row) in (inside.top_left.y..).zip(rows.skip(top).take(height)) {
            if let Some(part) = row.get_mut(left..left + width) {
                draw(inside.top_left.x, y, part);
            }
        }
    }
}

/// The rectangle of a picture of so many pixels in rows of `width`; none when there are none.
fn at(corner: Point, width: usize, pixels: usize) -> Option<Rectangle> {
    let height = pixels.checked_div(width)?;
    let size = embedded_graphics::geometry::Size::new(
        u32::try_from(width).ok()?,
        u32::try_from(height).ok()?,
    );
    Some(Rectangle::new(corner, size))
}

#[cfg(test)]
mod tests {
    use embedded_graphics::geometry::Size;
    use embedded_graphics::pixelcolor::RgbColor;

    use super::*;

    fn area(x: i32, y: i32, width: u32, height: u32) -> Rectangle {
        Rectangle::new(Point::new(x, y), Size::new(width, height))
    }

    /// The band with a dot for black and a letter for each primary colour.
    fn picture(band: &Band) -> String {
        let letter = |pixel: &u32| match pixel {
            0 => '.',
            0xFF_0000 => 'R',
            0x00_FF00 => 'G',
            0x00_00FF => 'B',
            _ => '?',
        };
        let rows = band.pixels.chunks(band.area.size.width as usize);
        rows.map(|row| row.iter().map(letter).collect::<String>()).collect::<Vec<_>>().join(" ")
    }

    /// Each way of drawing, at each place around the band, reaches just its own pixels.
    #[test]
    fn what_lies_beyond_the_band_is_left_out() {
        for (target, expected) in [
            (area(11, 21, 2, 1), ".... .R.. ...."),
            (area(8, 19, 4, 3), "RR.. RR.. ...."),
            (area(13, 22, 9, 9), ".... .... ...R"),
            (area(0, 0, 50, 50), "RRRR RRRR RRRR"),
            (area(0, 0, 10, 50), ".... .... ...."),
            (area(11, 21, 0, 3), ".... .... ...."),
        ] {
            // The second pixel of a row of two stays blank.
            let expected = if target.size.width == 2 { ".... .RR. ...." } else { expected };
            let fresh = || Band::new(area(10, 20, 4, 3), Vec::new());
            let mut band = fresh();
            band.fill(&target, Rgb888::RED);
            assert_eq!(picture(&band), expected, "fill {target:?}");
            let mut band = fresh();
            band.shade(&target, Rgb888::RED, |x, y| {
                assert!(band_holds(x, y), "asked for {x}, {y}");
                255
            });
            assert_eq!(picture(&band), expected, "shade {target:?}");
            let pixels = target.size.width as usize * target.size.height as usize;
            let mask = Coverage {
                left: 0,
                top: 0,
                width: target.size.width as usize,
                pixels: vec![255; pixels],
            };
            let mut band = fresh();
            band.stamp(target.top_left, &mask, Rgb888::RED, &target);
            assert_eq!(picture(&band), expected, "stamp {target:?}");
            let bitmap = Bitmap { size: target.size, pixels: vec![[255, 0, 0, 255]; pixels] };
            let mut band = fresh();
            band.lay(target.top_left, &bitmap, |_, _| 255);
            assert_eq!(picture(&band), expected, "lay {target:?}");
        }
    }

    fn band_holds(x: i32, y: i32) -> bool {
        (10..14).contains(&x) && (20..23).contains(&y)
    }

    #[test]
    fn a_mask_is_laid_row_by_row_from_its_own_corner() {
        let mut band = Band::new(area(0, 0, 3, 3), Vec::new());
        let mask = Coverage { left: 0, top: 0, width: 2, pixels: vec![255, 0, 0, 255] };
        let all = area(0, 0, 3, 3);
        band.stamp(Point::new(-1, 1), &mask, Rgb888::GREEN, &all);
        assert_eq!(picture(&band), "... ... G..");
        band.stamp(Point::new(1, 0), &mask, Rgb888::BLUE, &all);
        assert_eq!(picture(&band), ".B. ..B G..");
        band.stamp(Point::new(0, 0), &mask, Rgb888::RED, &area(1, 1, 1, 1));
        assert_eq!(picture(&band), ".B. .RB G..");
    }

    #[test]
    fn a_band_is_put_where_they_lie_on_each_other() {
        let mut other = Band::new(area(1, 1, 3, 2), Vec::new());
        other.fill(&area(1, 1, 3, 2), Rgb888::RED);
        other.fill(&area(2, 2, 1, 1), Rgb888::BLUE);
        let mut band = Band::new(area(0, 0, 3, 4), Vec::new());
        band.put(&other);
        assert_eq!(picture(&band), "... .RR .RB ...");
        let mut band = Band::new(area(2, 2, 3, 2), Vec::new());
        band.put(&other);
        assert_eq!(picture(&band), "BR. ...");
        band.put(&Band::new(area(9, 9, 3, 2), Vec::new()));
        assert_eq!(picture(&band), "BR. ...");
    }

    #[test]
    fn half_of_each_is_mixed() {
        let band = Band::new(area(0, 0, 1, 1), Vec::new());
        let mut to = Band::new(area(0, 0, 1, 1), Vec::new());
        to.fill(&area(0, 0, 1, 1), Rgb888::new(200, 100, 50));
        let half = band.mixed(&to, 128).collect::<Vec<_>>();
        assert!(half.iter().all(|it| it.r().abs_diff(100) <= 1 && it.g().abs_diff(50) <= 1));
        assert_eq!(band.mixed(&to, 255).collect::<Vec<_>>(), [Rgb888::new(200, 100, 50)]);
        assert_eq!(band.mixed(&to, 0).collect::<Vec<_>>(), [Rgb888::BLACK]);
    }
}
