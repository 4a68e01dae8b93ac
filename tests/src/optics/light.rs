//! A picture in linear light, and what adds light to it or spreads it.

use std::sync::LazyLock;

/// How bright a stored channel shines (IEC 61966-2-1, sRGB).
static SHINES: LazyLock<[f32; 256]> = LazyLock::new(|| {
    std::array::from_fn(|value| {
        let share = value as f32 / 255.0;
        if share <= 0.040_45 { share / 12.92 } else { ((share + 0.055) / 1.055).powf(2.4) }
    })
});

/// What red, green and blue of full strength add to the brightness (IEC 61966-2-1, ITU-R BT.709).
const BRIGHTNESS: [f32; 3] = [0.2126, 0.7152, 0.0722];

/// Beyond so many of its standard deviations a Gaussian is nothing.
const GAUSSIAN_ENDS: f32 = 3.0;

/// Brightness at points of a grid, row by row; 1 is the panel's white.
#[derive(Clone, Debug)]
pub struct Light {
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) values: Vec<f32>,
}

/// A lamp or the sky, mirrored in the panel's glass: an ellipse. Lengths are in points of the
/// picture that it is added to.
#[derive(Clone, Copy, Debug)]
pub struct Lamp {
    /// Its middle.
    pub at: [f32; 2],
    /// Half of its width and of its height.
    pub radius: [f32; 2],
    /// What it adds; 1 is as much as the panel's white.
    pub power: f32,
    /// Falls off as a Gaussian with the radius as its standard deviation, instead of at an edge.
    pub soft: bool,
}

impl Light {
    /// A panel of 0x00RRGGBB pixels, each of them evenly bright.
    #[must_use]
    pub fn of_panel(pixels: &[u32], width: usize) -> Self {
        let values = pixels.iter().map(|pixel| channels(*pixel).iter().sum()).collect();
        Self { width, height: pixels.len() / width.max(1), values }
    }

    /// The same panel through a magnifying glass: three points each way per pixel. Red, green and
    /// blue stand side by side, with a dark line below, as on most LCDs.
    #[must_use]
    pub fn of_sub_pixels(pixels: &[u32], width: usize) -> Self {
        let mut values = Vec::with_capacity(9 * pixels.len());
        for row in pixels.chunks(width.max(1)) {
            // One of three columns and two of three rows give all of a colour's light.
            let shining = row.iter().flat_map(|pixel| channels(*pixel).map(|light| 4.5 * light));
            let shining: Vec<f32> = shining.collect();
            values.extend_from_slice(&shining);
            values.extend_from_slice(&shining);
            values.resize(values.len() + shining.len(), 0.0);
        }
        Self { width: 3 * width, height: 3 * pixels.len() / width.max(1), values }
    }

    /// Points per row, and rows.
    #[must_use]
    pub fn size(&self) -> (usize, usize) {
        (self.width, self.height)
    }

    /// Adds light everywhere, such as the sky that a panel in the sun mirrors.
    pub fn add(&mut self, veil: f32) {
        self.values.iter_mut().for_each(|value| *value += veil);
    }

    /// Adds a reflection.
    pub fn add_lamp(&mut self, lamp: &Lamp) {
        for (y, row) in self.values.chunks_mut(self.width.max(1)).enumerate() {
            let down = (y as f32 - lamp.at[1]) / lamp.radius[1];
            for (x, value) in row.iter_mut().enumerate() {
                let across = (x as f32 - lamp.at[0]) / lamp.radius[0];
                let from_middle = across * across + down * down;
                if lamp.soft {
                    *value += lamp.power * (-0.5 * from_middle).exp();
                } else if from_middle <= 1.0 {
                    *value += lamp.power;
                }
            }
        }
    }

    /// Spread as by a moving hand or a smeared lens: a Gaussian of this standard deviation.
    #[must_use]
    pub fn smeared(&self, deviation: f32) -> Self {
        let taps: Vec<f32> = (0_u16..)
            .map(f32::from)
            .take_while(|at| *at <= (GAUSSIAN_ENDS * deviation).ceil())
            .map(|at| (-0.5 * (at / deviation).powi(2)).exp())
            .collect();
        let mirrored = taps.iter().rev().chain(taps.iter().skip(1));
        let all: f32 = mirrored.clone().sum();
        let kernel: Vec<f32> = mirrored.map(|tap| tap / all).collect();
        self.along_rows(&kernel).along_columns(&kernel)
    }

    /// Spread as by a lens out of focus: evenly over a disc of this radius.
    #[must_use]
    pub fn out_of_focus(&self, radius: f32) -> Self {
        let reach = radius.ceil();
        // Half widths of the disc's rows; what is left of a point counts in part.
        let rows: Vec<f32> = (0_u16..)
            .map(|row| f32::from(row) - reach)
            .take_while(|down| *down <= reach)
            .map(|down| (radius * radius - down * down).max(0.0).sqrt())
            .collect();
        let area: f32 = rows.iter().map(|half| 2.0 * half).sum();
        let middle = rows.len() / 2;
        let mut spread = Self { values: vec![0.0; self.values.len()], ..*self };
        let sums: Vec<Vec<f32>> = self.rows().map(sums).collect();
        for (y, row) in spread.values.chunks_mut(self.width.max(1)).enumerate() {
            for (down, half) in rows.iter().enumerate() {
                let from = (y + down).saturating_sub(middle);
                let Some(sums) = sums.get(from.min(self.height.saturating_sub(1))) else {
                    continue;
                };
                for (x, value) in row.iter_mut().enumerate() {
                    let x = x as f32 + 0.5;
                    *value += (until(sums, x + half) - until(sums, x - half)) / area;
                }
            }
        }
        spread
    }

    fn rows(&self) -> impl Iterator<Item = &[f32]> {
        self.values.chunks(self.width.max(1))
    }

    /// Each row convolved with an odd number of taps. The edge goes on.
    fn along_rows(&self, kernel: &[f32]) -> Self {
        let reach = kernel.len() / 2;
        let mut values = vec![0.0; self.values.len()];
        for (spread, row) in values.chunks_mut(self.width.max(1)).zip(self.rows()) {
            let edge = |at: Option<&f32>| vec![at.copied().unwrap_or_default(); reach];
            let long = [&edge(row.first()), row, &edge(row.last())].concat();
            for (first, tap) in kernel.iter().enumerate() {
                add(spread, long.iter().skip(first), *tap);
            }
        }
        Self { values, ..*self }
    }

    /// The same for each column.
    fn along_columns(&self, kernel: &[f32]) -> Self {
        let rows: Vec<&[f32]> = self.rows().collect();
        let mut values = vec![0.0; self.values.len()];
        for (y, spread) in values.chunks_mut(self.width.max(1)).enumerate() {
            for (down, tap) in kernel.iter().enumerate() {
                let from = (y + down).saturating_sub(kernel.len() / 2);
                if let Some(row) = rows.get(from).or(rows.last()) {
                    add(spread, row.iter(), *tap);
                }
            }
        }
        Self { values, ..*self }
    }
}

fn add<'a>(spread: &mut [f32], row: impl Iterator<Item = &'a f32>, tap: f32) {
    for (spread, value) in spread.iter_mut().zip(row) {
        *spread += tap * value;
    }
}

/// How much red, green and blue of a pixel add to its brightness.
fn channels(pixel: u32) -> [f32; 3] {
    let [_, red, green, blue] = pixel.to_be_bytes();
    let [r, g, b] = BRIGHTNESS;
    let shines = |value: u8| SHINES.get(usize::from(value)).copied().unwrap_or_default();
    [r * shines(red), g * shines(green), b * shines(blue)]
}

/// The light of a row up to each of its points, from 0 on.
fn sums(row: &[f32]) -> Vec<f32> {
    let mut sum = 0.0;
    let ahead = row.iter().map(|value| {
        sum += value;
        sum
    });
    std::iter::once(0.0).chain(ahead).collect()
}

/// The light of a row up to `x`, which may lie within a point. The edge goes on.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "rounded down, and not below 0"
)]
fn until(sums: &[f32], x: f32) -> f32 {
    let (first, last) = (sums.get(1), sums.len().saturating_sub(1));
    if x <= 0.0 {
        return x * first.copied().unwrap_or_default();
    }
    let point = (x as usize).min(last.saturating_sub(1));
    match sums.get(point..) {
        Some([before, after, ..]) => before + (x - point as f32) * (after - before),
        _ => 0.0,
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;

    fn dot() -> Light {
        let mut pixels = vec![0; 21 * 15];
        *pixels.get_mut(7 * 21 + 10).unwrap() = 0x00FF_FFFF;
        Light::of_panel(&pixels, 21)
    }

    fn at(light: &Light, x: usize, y: usize) -> f32 {
        *light.values.get(y * light.width + x).unwrap()
    }

    fn near(one: f32, other: f32) -> bool {
        (one - other).abs() < 1e-4
    }

    #[test]
    fn grey_of_half_the_light_is_stored_as_188() {
        let light = Light::of_panel(&[0x00BC_BCBC, 0x0000_FF00], 2);
        assert!((at(&light, 0, 0) - 0.5).abs() < 0.005, "{light:?}");
        assert!(near(at(&light, 1, 0), 0.7152));
    }

    #[test]
    fn sub_pixels_shine_as_bright_as_their_pixels() {
        let pixels = [0x0012_3456, 0x00FF_FFFF, 0, 0x00AB_0000];
        let (whole, parts) = (Light::of_panel(&pixels, 2), Light::of_sub_pixels(&pixels, 2));
        assert_eq!(parts.size(), (6, 6));
        assert!(near(whole.values.iter().sum::<f32>(), parts.values.iter().sum::<f32>() / 9.0));
    }

    #[test]
    fn blur_spreads_light_evenly_to_all_sides_and_loses_none() {
        for blurred in [dot().smeared(1.5), dot().out_of_focus(3.0), dot().out_of_focus(0.4)] {
            assert!(
                near(blurred.values.iter().sum(), 1.0),
                "{}",
                blurred.values.iter().sum::<f32>()
            );
            assert!(near(at(&blurred, 8, 7), at(&blurred, 12, 7)));
            assert!(near(at(&blurred, 10, 5), at(&blurred, 10, 9)));
            assert!((at(&blurred, 10, 5) - at(&blurred, 12, 7)).abs() < 0.01);
        }
    }

    #[test]
    fn what_is_white_all_over_stays_so() {
        let white = Light::of_panel(&[0x00FF_FFFF; 200], 20);
        for blurred in [white.smeared(2.0), white.out_of_focus(2.5)] {
            assert!(blurred.values.iter().all(|value| (value - 1.0).abs() < 0.01), "{blurred:?}");
        }
    }

    #[test]
    fn a_lamp_shines_where_it_is() {
        let mut light = dot();
        light.add(0.5);
        light.add_lamp(&Lamp { at: [4.0, 7.0], radius: [2.0, 1.0], power: 3.0, soft: false });
        assert!(near(at(&light, 6, 7), 3.5) && near(at(&light, 4, 9), 0.5));
        light.add_lamp(&Lamp { at: [10.0, 7.0], radius: [2.0, 1.0], power: 1.0, soft: true });
        assert!(near(at(&light, 10, 7), 2.5));
    }
}
