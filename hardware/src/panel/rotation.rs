//! How the picture is turned on a panel that is mounted sideways or upside down.

use serde::{Deserialize, Serialize};

use super::Rect;

/// The picture is turned clockwise by so many degrees before it meets the device. Touches are
/// turned back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "u16", into = "u16")]
pub enum Rotation {
    /// As it is.
    #[default]
    None,
    /// The picture's upper edge is the device's right edge.
    Clockwise90,
    /// Upside down.
    Clockwise180,
    /// The picture's upper edge is the device's left edge.
    Clockwise270,
}

/// Neither 0, 90, 180 nor 270.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("rotation is 0, 90, 180 or 270 degrees clockwise, not {0}")]
pub struct UnknownRotation(u16);

impl TryFrom<u16> for Rotation {
    type Error = UnknownRotation;

    fn try_from(degrees: u16) -> Result<Self, UnknownRotation> {
        match degrees {
            0 => Ok(Self::None),
            90 => Ok(Self::Clockwise90),
            180 => Ok(Self::Clockwise180),
            270 => Ok(Self::Clockwise270),
            other => Err(UnknownRotation(other)),
        }
    }
}

impl From<Rotation> for u16 {
    fn from(rotation: Rotation) -> Self {
        match rotation {
            Rotation::None => 0,
            Rotation::Clockwise90 => 90,
            Rotation::Clockwise180 => 180,
            Rotation::Clockwise270 => 270,
        }
    }
}

impl Rotation {
    /// The size of the picture on a device of this size, and the other way round.
    #[must_use]
    pub const fn turn_size(self, (w, h): (u32, u32)) -> (u32, u32) {
        match self {
            Self::None | Self::Clockwise180 => (w, h),
            Self::Clockwise90 | Self::Clockwise270 => (h, w),
        }
    }

    /// Where the device shows a rectangle that lies within a picture of size (w, h).
    pub(crate) const fn to_device(self, rect: Rect, (w, h): (u32, u32)) -> Rect {
        let Rect { x, y, w: rw, h: rh } = rect;
        match self {
            Self::None => rect,
            Self::Clockwise90 => Rect { x: h - y - rh, y: x, w: rh, h: rw },
            Self::Clockwise180 => Rect { x: w - x - rw, y: h - y - rh, w: rw, h: rh },
            Self::Clockwise270 => Rect { x: y, y: w - x - rw, w: rh, h: rw },
        }
    }

    /// The pixel of a picture of size (w, h) that the device shows at (x, y).
    pub(crate) const fn to_picture(self, (x, y): (u32, u32), (w, h): (u32, u32)) -> (u32, u32) {
        match self {
            Self::None => (x, y),
            Self::Clockwise90 => (y, h - 1 - x),
            Self::Clockwise180 => (w - 1 - x, h - 1 - y),
            Self::Clockwise270 => (w - 1 - y, x),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PICTURE: (u32, u32) = (3, 2);

    /// The picture `abc / def` as the device shows it.
    fn on_device(rotation: Rotation) -> Vec<String> {
        let (w, h) = rotation.turn_size(PICTURE);
        let letter = |x, y| {
            let (x, y) = rotation.to_picture((x, y), PICTURE);
            "abcdef".chars().nth(super::super::index(y * PICTURE.0 + x)).unwrap_or('?')
        };
        (0..h).map(|y| (0..w).map(|x| letter(x, y)).collect()).collect()
    }

    #[test]
    fn the_picture_turns_clockwise() {
        assert_eq!(on_device(Rotation::None), ["abc", "def"]);
        assert_eq!(on_device(Rotation::Clockwise90), ["da", "eb", "fc"]);
        assert_eq!(on_device(Rotation::Clockwise180), ["fed", "cba"]);
        assert_eq!(on_device(Rotation::Clockwise270), ["cf", "be", "ad"]);
    }

    #[test]
    fn rectangles_turn_with_their_pixels() {
        let rotations =
            [Rotation::None, Rotation::Clockwise90, Rotation::Clockwise180, Rotation::Clockwise270];
        for (rotation, rect) in
            rotations.into_iter().flat_map(|r| rects().map(move |rect| (r, rect)))
        {
            let turned = rotation.to_device(rect, PICTURE);
            for (x, y) in pixels(turned) {
                let (x, y) = rotation.to_picture((x, y), PICTURE);
                assert!(pixels(rect).any(|p| p == (x, y)), "{rotation:?} {rect:?} {turned:?}");
            }
            assert_eq!(pixels(turned).count(), pixels(rect).count());
        }
    }

    fn rects() -> impl Iterator<Item = Rect> {
        pixels(Rect { x: 0, y: 0, w: 3, h: 2 }).flat_map(|(x, y)| {
            pixels(Rect { x: 1, y: 1, w: 3 - x, h: 2 - y }).map(move |(w, h)| Rect { x, y, w, h })
        })
    }

    fn pixels(rect: Rect) -> impl Iterator<Item = (u32, u32)> {
        (rect.y..rect.y + rect.h).flat_map(move |y| (rect.x..rect.x + rect.w).map(move |x| (x, y)))
    }

    #[test]
    fn only_quarter_turns_are_read() {
        assert_eq!(Rotation::try_from(270), Ok(Rotation::Clockwise270));
        assert_eq!(Rotation::try_from(45), Err(UnknownRotation(45)));
        assert_eq!(u16::from(Rotation::Clockwise90), 90);
    }
}
