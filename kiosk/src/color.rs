//! Reckoning with colours: between two of them, and how well one is read on the other.

use embedded_graphics::pixelcolor::raw::RawU24;
use embedded_graphics::pixelcolor::{Rgb888, RgbColor};
use embedded_graphics::prelude::RawData;

/// Between two colours: share 0 is all `paper`, 255 all `ink`.
pub(crate) fn mix(paper: Rgb888, ink: Rgb888, share: u8) -> Rgb888 {
    Rgb888::from(RawU24::new(blend(value(paper), value(ink), share)))
}

/// The same on 0x00RRGGBB. Red and blue are reckoned in one go, 8 bits apart from each other.
pub(crate) fn blend(paper: u32, ink: u32, share: u8) -> u32 {
    const RED_BLUE: u32 = 0x00FF_00FF;
    const GREEN: u32 = 0x0000_FF00;
    // 0 to 256, so that a share of 255 is all ink and a shift divides.
    let share = u32::from(share) + u32::from(share >> 7);
    let rest = 256 - share;
    let red_blue = ((paper & RED_BLUE) * rest + (ink & RED_BLUE) * share + 0x0080_0080) >> 8;
    let green = ((paper & GREEN) * rest + (ink & GREEN) * share + 0x8000) >> 8;
    red_blue & RED_BLUE | green & GREEN
}

/// 0x00RRGGBB.
pub(crate) fn value(color: Rgb888) -> u32 {
    RawU24::from(color).into_inner()
}

/// WCAG 2.2, contrast ratio: 1 to 21.
pub(crate) fn contrast(one: Rgb888, other: Rgb888) -> f64 {
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

/// WCAG 2.2, relative luminance: 0 to 1.
fn luminance(color: Rgb888) -> f64 {
    let linear = |channel: u8| {
        let share = f64::from(channel) / 255.0;
        if share <= 0.040_45 { share / 12.92 } else { ((share + 0.055) / 1.055).powf(2.4) }
    };
    0.2126 * linear(color.r()) + 0.7152 * linear(color.g()) + 0.0722 * linear(color.b())
}

#[cfg(test)]
mod tests {
    use embedded_graphics::pixelcolor::WebColors;

    use super::*;

    #[test]
    fn the_ends_are_exact_and_between_them_nothing_overflows() {
        for (paper, ink) in [(0, 0xFF_FFFF), (0xFF_FFFF, 0), (0x12_34_56, 0xFE_DC_BA)] {
            assert_eq!(blend(paper, ink, 0), paper);
            assert_eq!(blend(paper, ink, 255), ink);
        }
        for share in 0..=255 {
            let grey = blend(0, 0xFF_FFFF, share);
            let channel = grey & 0xFF;
            assert_eq!(grey, channel * 0x01_01_01);
            assert!(channel.abs_diff(share.into()) <= 1, "{share}: {channel}");
        }
    }

    /// WCAG 2.2 gives black on white as 21; #767676 is the well-known lightest grey of 4.5.
    #[test]
    fn contrast_is_as_wcag_has_it() {
        let white = Rgb888::CSS_WHITE;
        assert!((contrast(Rgb888::BLACK, white) - 21.0).abs() < 1e-9);
        assert!(contrast(Rgb888::new(0x76, 0x76, 0x76), white) >= 4.5);
        assert!(contrast(white, Rgb888::new(0x77, 0x77, 0x77)) < 4.5);
    }
}
