//! Shapes with soft edges, as distances: how much of a pixel a rounded box, a ring or a stroke
//! covers.

use embedded_graphics::geometry::Point;
use embedded_graphics::primitives::Rectangle;

/// A point between pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Spot {
    pub(crate) x: f32,
    pub(crate) y: f32,
}

impl Spot {
    pub(crate) const fn new(x: f32, y: f32) -> Self {
        Self { x, y }
    }

    /// The middle of a pixel.
    pub(crate) fn of(x: i32, y: i32) -> Self {
        Self::new(exact(x) + 0.5, exact(y) + 0.5)
    }

    fn minus(self, other: Self) -> Self {
        Self::new(self.x - other.x, self.y - other.y)
    }

    /// `hypot` guards against lengths that no screen has, and takes ten times as long.
    #[expect(clippy::imprecise_flops, reason = "coordinates of a screen never overflow")]
    fn length(self) -> f32 {
        (self.x * self.x + self.y * self.y).sqrt()
    }

    /// How far another spot is.
    pub(crate) fn to(self, other: Self) -> f32 {
        self.minus(other).length()
    }
}

/// A box with rounded corners.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RoundBox {
    middle: Spot,
    /// Half of each side, without the corners' radius.
    half: Spot,
    radius: f32,
}

impl RoundBox {
    /// The radius is at most half of the shorter side.
    pub(crate) fn new(area: &Rectangle, radius: u32) -> Self {
        let (width, height) = (exact_size(area.size.width), exact_size(area.size.height));
        let radius = exact_size(radius).min(width / 2.0).min(height / 2.0);
        let (left, top) = (exact(area.top_left.x), exact(area.top_left.y));
        Self::around(Spot::new(left + width / 2.0, top + height / 2.0), width, height, radius)
    }

    /// Around a middle.
    pub(crate) fn around(middle: Spot, width: f32, height: f32, radius: f32) -> Self {
        Self { middle, half: Spot::new(width / 2.0 - radius, height / 2.0 - radius), radius }
    }

    /// How far a spot is outside, in pixels; negative inside.
    pub(crate) fn distance(&self, at: Spot) -> f32 {
        let from = at.minus(self.middle);
        let (x, y) = (from.x.abs() - self.half.x, from.y.abs() - self.half.y);
        Spot::new(x.max(0.0), y.max(0.0)).length() + x.max(y).min(0.0) - self.radius
    }
}

/// A part of a circle's line, with round ends.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Arc {
    pub(crate) middle: Spot,
    pub(crate) radius: f32,
    /// Where it begins, in turns clockwise from the top.
    pub(crate) from: f32,
    /// How far it goes clockwise, in turns; 1 and more is all around.
    pub(crate) turns: f32,
}

impl Arc {
    /// How far a spot is from the line, in pixels.
    pub(crate) fn distance(&self, at: Spot) -> f32 {
        let from = at.minus(self.middle);
        let turn = (from.x.atan2(-from.y) / std::f32::consts::TAU - self.from).rem_euclid(1.0);
        if turn <= self.turns {
            return (from.length() - self.radius).abs();
        }
        let end = |turns: f32| at.minus(self.at(self.from + turns)).length();
        end(0.0).min(end(self.turns))
    }

    /// The spot of the circle at so many turns from the top.
    pub(crate) fn at(&self, turns: f32) -> Spot {
        let (sine, cosine) = (turns * std::f32::consts::TAU).sin_cos();
        Spot::new(self.middle.x + self.radius * sine, self.middle.y - self.radius * cosine)
    }
}

/// How far a spot is from the line between two others, in pixels.
pub(crate) fn line_distance(at: Spot, from: Spot, to: Spot) -> f32 {
    let (along, reach) = (to.minus(from), at.minus(from));
    let length = along.x * along.x + along.y * along.y;
    let share = if length > 0.0 {
        ((reach.x * along.x + reach.y * along.y) / length).clamp(0.0, 1.0)
    } else {
        0.0
    };
    reach.minus(Spot::new(along.x * share, along.y * share)).length()
}

/// What a shape covers of a pixel whose middle is so far outside of it: a soft edge one pixel wide.
pub(crate) fn cover(distance: f32) -> u8 {
    level(0.5 - distance)
}

/// 0 to 255 for a share of 0 to 1; what is beyond is cut.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "clamped to the range of a byte"
)]
pub(crate) fn level(share: f32) -> u8 {
    (share.clamp(0.0, 1.0) * 255.0 + 0.5) as u8
}

/// A coordinate of a screen.
#[expect(clippy::cast_precision_loss, reason = "a screen is far smaller than 2^24 pixels")]
fn exact(coordinate: i32) -> f32 {
    coordinate as f32
}

/// A length on a screen.
#[expect(clippy::cast_precision_loss, reason = "a screen is far smaller than 2^24 pixels")]
pub(crate) fn exact_size(length: u32) -> f32 {
    length as f32
}

/// The smallest rectangle of whole pixels around spots, and so much around them.
#[expect(clippy::cast_possible_truncation, reason = "a float cast saturates")]
pub(crate) fn around(spots: impl IntoIterator<Item = Spot>, margin: f32) -> Option<Rectangle> {
    let mut corners: Option<(Spot, Spot)> = None;
    for spot in spots {
        let (low, high) = corners.unwrap_or((spot, spot));
        corners = Some((
            Spot::new(low.x.min(spot.x), low.y.min(spot.y)),
            Spot::new(high.x.max(spot.x), high.y.max(spot.y)),
        ));
    }
    let (low, high) = corners?;
    let corner = |spot: Spot, by: f32| {
        Point::new((spot.x + by).floor() as i32, (spot.y + by).floor() as i32)
    };
    Some(Rectangle::with_corners(corner(low, -margin), corner(high, margin)))
}

#[cfg(test)]
mod tests {
    use embedded_graphics::geometry::Size;

    use super::*;

    #[test]
    fn a_box_is_as_large_as_its_rectangle() {
        let area = Rectangle::new(Point::new(10, 20), Size::new(30, 40));
        for radius in [0, 5, 15, 99] {
            let shape = RoundBox::new(&area, radius);
            for (x, y, inside) in
                [(25, 20, true), (25, 19, false), (10, 40, true), (9, 40, false), (39, 40, true)]
            {
                assert_eq!(
                    cover(shape.distance(Spot::of(x, y))) > 127,
                    inside,
                    "{x}, {y}, {radius}"
                );
            }
        }
        let corner = |radius| cover(RoundBox::new(&area, radius).distance(Spot::of(10, 20)));
        assert_eq!((corner(0), corner(9)), (255, 0));
    }

    #[test]
    fn an_arc_covers_its_turns_and_no_more() {
        let quarter = Arc { middle: Spot::new(0.0, 0.0), radius: 10.0, from: 0.0, turns: 0.25 };
        for (x, y, far) in
            [(0.0, -10.0, 0.0), (10.0, 0.0, 0.0), (7.07, -7.07, 0.0), (0.0, 10.0, 14.1)]
        {
            let found = quarter.distance(Spot::new(x, y));
            assert!((found - far).abs() < 0.1, "{x}, {y}: {found}, not {far}");
        }
        let all = Arc { turns: 1.0, ..quarter };
        assert!(all.distance(Spot::new(-10.0, 0.1)).abs() < 0.1);
    }

    #[test]
    fn a_line_ends_where_it_ends() {
        let distance =
            |x, y| line_distance(Spot::new(x, y), Spot::new(0.0, 0.0), Spot::new(4.0, 0.0));
        assert_eq!([distance(2.0, 3.0), distance(7.0, 4.0), distance(-3.0, 0.0)], [3.0, 5.0, 3.0]);
    }
}
