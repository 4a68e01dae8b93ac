//! Cutting rectangles out of rectangles: how every screen is laid out.

use embedded_graphics::geometry::{Point, Size};
use embedded_graphics::primitives::Rectangle;

/// Cuts never reach outside: what is asked for beyond the rest is left out, down to an empty
/// rectangle.
pub(crate) trait Cut {
    /// Takes this many rows off the top.
    fn cut_top(&mut self, height: u32) -> Rectangle;
    /// Takes this many rows off the bottom.
    fn cut_bottom(&mut self, height: u32) -> Rectangle;
    /// Takes this many columns off the left.
    fn cut_left(&mut self, width: u32) -> Rectangle;
    /// Takes this many columns off the right.
    fn cut_right(&mut self, width: u32) -> Rectangle;
    /// What remains when a margin is left on all sides.
    fn inset(&self, margin: u32) -> Rectangle;
    /// A rectangle of this size, or less, in the middle.
    fn middle(&self, size: Size) -> Rectangle;
}

impl Cut for Rectangle {
    fn cut_top(&mut self, height: u32) -> Rectangle {
        let cut =
            Rectangle::new(self.top_left, Size::new(self.size.width, height.min(self.size.height)));
        self.top_left.y = self.top_left.y.saturating_add_unsigned(cut.size.height);
        self.size.height -= cut.size.height;
        cut
    }

    fn cut_bottom(&mut self, height: u32) -> Rectangle {
        let kept = self.cut_top(self.size.height.saturating_sub(height));
        std::mem::replace(self, kept)
    }

    fn cut_left(&mut self, width: u32) -> Rectangle {
        let cut =
            Rectangle::new(self.top_left, Size::new(width.min(self.size.width), self.size.height));
        self.top_left.x = self.top_left.x.saturating_add_unsigned(cut.size.width);
        self.size.width -= cut.size.width;
        cut
    }

    fn cut_right(&mut self, width: u32) -> Rectangle {
        let kept = self.cut_left(self.size.width.saturating_sub(width));
        std::mem::replace(self, kept)
    }

    fn inset(&self, margin: u32) -> Rectangle {
        self.middle(Size::new(
            self.size.width.saturating_sub(2 * margin),
            self.size.height.saturating_sub(2 * margin),
        ))
    }

    fn middle(&self, size: Size) -> Rectangle {
        let size = size.component_min(self.size);
        let spare = self.size - size;
        let corner = Point::new(
            self.top_left.x.saturating_add_unsigned(spare.width / 2),
            self.top_left.y.saturating_add_unsigned(spare.height / 2),
        );
        Rectangle::new(corner, size)
    }
}

/// Equal cells, row by row, with a gap between them.
pub(crate) fn grid(
    area: Rectangle,
    (columns, rows): (u32, u32),
    gap: u32,
) -> impl Iterator<Item = Rectangle> {
    let count = Size::new(columns.max(1), rows.max(1));
    let pitch = (area.size + Size::new_equal(gap)).component_div(count);
    let cell = pitch.saturating_sub(Size::new_equal(gap));
    (0..rows).flat_map(move |row| {
        (0..columns).map(move |column| {
            Rectangle::new(area.top_left + pitch.component_mul(Size::new(column, row)), cell)
        })
    })
}

/// The same places in fewer rectangles: those that overlap, or nearly fill what is around both,
/// become one.
pub(crate) fn merge(areas: Vec<Rectangle>) -> Vec<Rectangle> {
    let mut merged: Vec<Rectangle> = Vec::new();
    for area in areas.into_iter().filter(|area| !area.is_zero_sized()) {
        let mut area = area;
        // Having grown it may reach others.
        while let Some(index) = merged.iter().position(|other| are_better_one(other, &area)) {
            area = envelope(&merged.swap_remove(index), &area);
        }
        merged.push(area);
    }
    merged
}

fn are_better_one(one: &Rectangle, other: &Rectangle) -> bool {
    let both = u64::from(pixels(one)) + u64::from(pixels(other));
    !one.intersection(other).is_zero_sized()
        || u64::from(pixels(&envelope(one, other))) * 4 <= both * 5
}

/// The smallest rectangle around two that are not empty.
pub(crate) fn envelope(one: &Rectangle, other: &Rectangle) -> Rectangle {
    let last = |area: &Rectangle| area.bottom_right().unwrap_or(area.top_left);
    let first = one.top_left.component_min(other.top_left);
    Rectangle::with_corners(first, last(one).component_max(last(other)))
}

/// How many pixels a rectangle has.
pub(crate) fn pixels(area: &Rectangle) -> u32 {
    area.size.width.saturating_mul(area.size.height)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn area(x: i32, y: i32, width: u32, height: u32) -> Rectangle {
        Rectangle::new(Point::new(x, y), Size::new(width, height))
    }

    #[test]
    fn a_cut_and_the_rest_are_the_whole() {
        let mut rest = area(10, 20, 100, 50);
        assert_eq!(rest.cut_top(10), area(10, 20, 100, 10));
        assert_eq!(rest.cut_bottom(10), area(10, 60, 100, 10));
        assert_eq!(rest.cut_left(30), area(10, 30, 30, 30));
        assert_eq!(rest.cut_right(30), area(80, 30, 30, 30));
        assert_eq!(rest, area(40, 30, 40, 30));
    }

    #[test]
    fn nothing_is_cut_from_beyond_the_rest() {
        let mut rest = area(0, 0, 8, 8);
        assert_eq!(rest.cut_bottom(99), area(0, 0, 8, 8));
        assert_eq!(rest.size, Size::new(8, 0));
        assert_eq!(area(0, 0, 8, 8).inset(5).size, Size::zero());
        assert_eq!(area(2, 2, 8, 8).middle(Size::new(4, 99)), area(4, 2, 4, 8));
    }
}
