//! Which tiles of a picture were drawn on, and the few rectangles that cover those that changed.

use embedded_graphics::geometry::{Point, Size};
use embedded_graphics::primitives::Rectangle;

use crate::area::{envelope, pixels};

/// Side of a tile in pixels: small beside a button, large beside the cost of looking at one.
const TILE: u32 = 16;

/// The most rectangles that are handed on: a panel on a slow bus pays for each one.
const RECTANGLES_MAX: usize = 8;

/// Two rectangles become one when that adds no more than these pixels; about what one more transfer
/// costs.
const WASTE_CHEAP: u32 = 4 * TILE * TILE;

/// One flag per tile.
#[derive(Clone, Debug)]
pub(crate) struct DirtyTiles {
    columns: u32,
    flags: Vec<bool>,
}

impl DirtyTiles {
    /// Every tile of a picture of this size is flagged.
    pub(crate) fn all(size: Size) -> Self {
        let columns = size.width.div_ceil(TILE);
        let rows = size.height.div_ceil(TILE);
        Self { columns, flags: vec![true; columns as usize * rows as usize] }
    }

    /// Flags the tiles that `area` touches; it lies within the picture.
    pub(crate) fn mark(&mut self, area: &Rectangle) {
        let Some(last) = area.bottom_right() else {
            return;
        };
        let tile = |at: i32| (at.unsigned_abs() / TILE) as usize;
        let (left, right) = (tile(area.top_left.x), tile(last.x));
        let (top, bottom) = (tile(area.top_left.y), tile(last.y));
        let rows = self.flags.chunks_exact_mut(self.columns.max(1) as usize);
        for row in rows.take(bottom + 1).skip(top) {
            row.iter_mut().take(right + 1).skip(left).for_each(|flag| *flag = true);
        }
    }

    /// Clears the flags; gives a few rectangles over the flagged tiles of which `changed` is true.
    pub(crate) fn take(
        &mut self,
        size: Size,
        mut changed: impl FnMut(&Rectangle) -> bool,
    ) -> Vec<Rectangle> {
        let picture = Rectangle::new(Point::zero(), size);
        let mut cover = Vec::new();
        let mut tile = Rectangle::new(Point::zero(), Size::new_equal(TILE));
        for row in self.flags.chunks_exact_mut(self.columns.max(1) as usize) {
            tile.top_left.x = 0;
            for flag in row {
                let clipped = tile.intersection(&picture);
                if std::mem::take(flag) && changed(&clipped) {
                    add(&mut cover, clipped);
                }
                tile.top_left.x = tile.top_left.x.saturating_add_unsigned(TILE);
            }
            tile.top_left.y = tile.top_left.y.saturating_add_unsigned(TILE);
        }
        cover
    }
}

/// Adds a rectangle, then merges the cheapest pairs while that is cheap or there are too many.
fn add(cover: &mut Vec<Rectangle>, area: Rectangle) {
    cover.push(area);
    while let Some((first, second, waste)) = cheapest_pair(cover) {
        if waste > WASTE_CHEAP && cover.len() <= RECTANGLES_MAX {
            break;
        }
        // `second` is the larger index, so taking it out leaves `first` where it is.
        let taken = cover.swap_remove(second);
        if let Some(kept) = cover.get_mut(first) {
            *kept = envelope(kept, &taken);
        }
    }
}

/// The two rectangles whose envelope covers the fewest pixels that neither of them covers.
fn cheapest_pair(cover: &[Rectangle]) -> Option<(usize, usize, u32)> {
    let pairs = cover.iter().enumerate().flat_map(|(first, a)| {
        let later = cover.iter().enumerate().skip(first + 1);
        later.map(move |(second, b)| (first, second, waste(a, b)))
    });
    pairs.min_by_key(|(_, _, waste)| *waste)
}

fn waste(a: &Rectangle, b: &Rectangle) -> u32 {
    pixels(&envelope(a, b)).saturating_sub(pixels(a).saturating_add(pixels(b)))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;

    fn area(x: i32, y: i32, width: u32, height: u32) -> Rectangle {
        Rectangle::new(Point::new(x, y), Size::new(width, height))
    }

    /// What is taken after these were marked, when all that was marked has changed.
    fn taken(size: Size, marked: &[Rectangle]) -> Vec<Rectangle> {
        let mut tiles = DirtyTiles::all(size);
        tiles.take(size, |_| false);
        marked.iter().for_each(|area| tiles.mark(area));
        tiles.take(size, |_| true)
    }

    #[test]
    fn a_new_picture_is_dirty_as_a_whole() {
        let size = Size::new(100, 50);
        assert_eq!(DirtyTiles::all(size).take(size, |_| true), [area(0, 0, 100, 50)]);
    }

    #[test]
    fn what_is_marked_is_taken_once_in_whole_tiles() {
        let size = Size::new(100, 50);
        let mut tiles = DirtyTiles::all(size);
        assert_eq!(tiles.take(size, |_| false), []);
        tiles.mark(&area(20, 20, 1, 1));
        assert_eq!(tiles.take(size, |_| true), [area(16, 16, 16, 16)]);
        assert_eq!(tiles.take(size, |_| true), []);
    }

    #[test]
    fn near_places_are_taken_together_and_far_ones_apart() {
        let size = Size::new(800, 480);
        let near = [area(0, 0, 10, 10), area(20, 20, 10, 10)];
        assert_eq!(taken(size, &near), [area(0, 0, 32, 32)]);
        let far = [area(0, 0, 10, 10), area(700, 400, 10, 10)];
        assert_eq!(taken(size, &far), [area(0, 0, 16, 16), area(688, 400, 32, 16)]);
    }

    #[test]
    fn however_scattered_the_rectangles_are_few_and_cover_all() {
        let size = Size::new(800, 480);
        let spots = (0..40).map(|n| area(n * 331 % 800, n * 197 % 480, 1, 1)).collect::<Vec<_>>();
        let cover = taken(size, &spots);
        assert!(cover.len() <= RECTANGLES_MAX);
        for spot in spots {
            assert!(cover.iter().any(|area| area.contains(spot.top_left)), "{spot:?}");
        }
        let screen = Rectangle::new(Point::zero(), size);
        assert!(cover.iter().all(|area| screen.contains(area.bottom_right().unwrap())));
    }
}
