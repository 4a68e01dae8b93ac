//! From what a touch screen measures to pixels of the picture.

use super::Touched;
use crate::panel::Rotation;

/// The range of values on one axis of the touch screen (evdev absinfo).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Axis {
    /// At one edge.
    pub min: i32,
    /// At the other.
    pub max: i32,
}

impl Axis {
    /// The value on a row of `pixels`, the nearest edge for values out of range.
    fn scale(self, value: i32, invert: bool, pixels: u32) -> u32 {
        let (min, max) = (i64::from(self.min), i64::from(self.max).max(i64::from(self.min) + 1));
        let value = i64::from(value).clamp(min, max);
        let along = if invert { max - value } else { value - min };
        let last = i64::from(pixels.saturating_sub(1));
        // Both factors have 33 bits at most; the quotient is within 0..=last.
        u32::try_from(along.saturating_mul(last) / (max - min)).unwrap_or(0)
    }
}

/// How the touch screen lies on the panel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Calibration {
    /// Width and height of the picture.
    pub size: (u32, u32),
    /// How the picture is turned on the panel: as in the panel's settings.
    pub rotation: Rotation,
    /// The touch screen's x runs along the panel's y.
    pub swap: bool,
    /// The panel's x runs against the touch screen's.
    pub invert_x: bool,
    /// The panel's y runs against the touch screen's.
    pub invert_y: bool,
}

impl Calibration {
    /// The pixel under this point of the touch screen. Swaps first, then inverts, then turns.
    #[must_use]
    pub fn pixel(&self, (x_axis, y_axis): (Axis, Axis), (x, y): (i32, i32)) -> Touched {
        let ((x_axis, x), (y_axis, y)) =
            if self.swap { ((y_axis, y), (x_axis, x)) } else { ((x_axis, x), (y_axis, y)) };
        let device = self.rotation.turn_size(self.size);
        let x = x_axis.scale(x, self.invert_x, device.0);
        let y = y_axis.scale(y, self.invert_y, device.1);
        let (x, y) = self.rotation.to_picture((x, y), self.size);
        Touched { x, y }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: Calibration = Calibration {
        size: (800, 480),
        rotation: Rotation::None,
        swap: false,
        invert_x: false,
        invert_y: false,
    };
    const AXES: (Axis, Axis) = (Axis { min: 0, max: 4095 }, Axis { min: 100, max: 1100 });

    fn pixel(calibration: &Calibration, point: (i32, i32)) -> (u32, u32) {
        let Touched { x, y } = calibration.pixel(AXES, point);
        (x, y)
    }

    #[test]
    fn the_edges_are_the_edges() {
        assert_eq!(pixel(&PLAIN, (0, 100)), (0, 0));
        assert_eq!(pixel(&PLAIN, (4095, 1100)), (799, 479));
        assert_eq!(pixel(&PLAIN, (2048, 600)), (399, 239));
        assert_eq!(pixel(&PLAIN, (i32::MIN, i32::MAX)), (0, 479));
    }

    #[test]
    fn mirrored_swapped_and_turned_screens() {
        let corner = (0, 100);
        let inverted = Calibration { invert_x: true, ..PLAIN };
        assert_eq!(pixel(&inverted, corner), (799, 0));
        let swapped = Calibration { swap: true, invert_y: true, ..PLAIN };
        assert_eq!(pixel(&swapped, corner), (0, 479));
        assert_eq!(pixel(&swapped, (0, 1100)), (799, 479));
        let turned = |rotation| Calibration { size: (480, 800), rotation, ..PLAIN };
        assert_eq!(pixel(&turned(Rotation::Clockwise90), corner), (0, 799));
        assert_eq!(pixel(&turned(Rotation::Clockwise270), corner), (479, 0));
        let upside_down = Calibration { rotation: Rotation::Clockwise180, ..PLAIN };
        assert_eq!(pixel(&upside_down, corner), (799, 479));
    }

    #[test]
    fn an_axis_without_a_range_is_survived() {
        let flat = Axis { min: 5, max: 5 };
        let touched = PLAIN.pixel((flat, Axis { min: i32::MIN, max: i32::MAX }), (5, 0));
        assert_eq!(touched, Touched { x: 0, y: 239 });
    }
}
