//! A phone's sensor: light becomes electrons, electrons become 8 bits.

use std::sync::LazyLock;

use rqrr::PreparedImage;

use super::Light;

/// Steps of the curve from light to stored values: fine enough for the darkest of 255.
const STEPS: usize = 1 << 14;

/// What is stored for so much light (IEC 61966-2-1, sRGB).
static STORED: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let stored = |step| {
        let light = step as f32 / (STEPS - 1) as f32;
        let share = if light <= 0.003_130_8 {
            12.92 * light
        } else {
            1.055 * light.powf(1.0 / 2.4) - 0.055
        };
        (0..=u8::MAX).rev().find(|value| f32::from(*value) <= 255.0 * share + 0.5).unwrap_or(0)
    };
    (0..STEPS).map(stored).collect()
});

/// Noise of reading a pixel, in electrons: 1 to 3 in the sensors of phones.
const READ_NOISE: f32 = 2.5;

/// How a sensor is set.
#[derive(Clone, Copy, Debug)]
pub struct Sensor {
    /// What share of the largest stored light the panel's white reaches.
    pub white: f32,
    /// Electrons of the largest stored light: some 5000 in a phone's pixel of 1 µm in good light,
    /// and half as many for each doubling of ISO.
    pub electrons: f32,
}

impl Sensor {
    /// Stores what it sees.
    #[must_use]
    pub fn store(&self, light: &Light, chance: &mut Chance) -> Photo {
        let grey = light.values.iter().map(|light| {
            let mean = (light * self.white).min(1.0) * self.electrons;
            let noise = (mean + READ_NOISE * READ_NOISE).sqrt() * chance.normal();
            stored((mean + noise) / self.electrons)
        });
        Photo { width: light.width, height: light.height, grey: grey.collect() }
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "between 0 and the number of steps"
)]
fn stored(light: f32) -> u8 {
    let step = light.clamp(0.0, 1.0) * (STEPS - 1) as f32 + 0.5;
    STORED.get(step as usize).copied().unwrap_or(u8::MAX)
}

/// What a phone looks for codes in: grey of 8 bits, row by row.
#[derive(Clone, Debug)]
pub struct Photo {
    width: usize,
    height: usize,
    grey: Vec<u8>,
}

impl Photo {
    /// The codes that `rqrr` reads in it.
    #[must_use]
    pub fn codes(&self) -> Vec<Code> {
        let mut image = PreparedImage::prepare_from_greyscale(self.width, self.height, |x, y| {
            self.grey.get(y * self.width + x).copied().unwrap_or_default()
        });
        let read = |grid: &rqrr::Grid<_>| {
            let (meta, text) = grid.decode().ok()?;
            let corners = grid.bounds.map(|corner| [corner.x, corner.y]);
            Some(Code { text, modules: meta.version.to_size(), corners })
        };
        image.detect_grids().iter().filter_map(read).collect()
    }

    /// As a file for other programs: a binary PGM (Netpbm).
    #[must_use]
    pub fn pgm(&self) -> Vec<u8> {
        let mut file = format!("P5\n{} {}\n255\n", self.width, self.height).into_bytes();
        file.extend_from_slice(&self.grey);
        file
    }
}

/// A QR code in a photo.
#[derive(Clone, Debug)]
pub struct Code {
    /// What it says.
    pub text: String,
    /// Modules per side, without the quiet zone.
    pub modules: usize,
    /// Its corners in the photo, from the upper left one clockwise, without the quiet zone.
    pub corners: [[i32; 2]; 4],
}

/// Chance that can be repeated (xorshift64*, Vigna 2016).
#[derive(Clone, Debug)]
pub struct Chance(u64);

impl Chance {
    /// The same numbers for the same `seed` and `stream`.
    #[must_use]
    pub fn new(seed: u64, stream: u64) -> Self {
        // SplitMix64's increment sets neighbours far apart; 0 would stay 0.
        let mut chance = Self((seed << 1 ^ stream.wrapping_mul(0x9E37_79B9_7F4A_7C15)) | 1);
        // The first numbers of near seeds are alike.
        for _ in 0..8 {
            chance.next();
        }
        chance
    }

    fn next(&mut self) -> [u16; 4] {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let bits = self.0.wrapping_mul(0x2545_F491_4F6C_DD1D);
        [bits >> 48, bits >> 32, bits >> 16, bits]
            .map(|bits| u16::try_from(bits & 0xFFFF).unwrap_or_default())
    }

    /// From -1 to 1.
    pub fn even(&mut self) -> f32 {
        let [first, ..] = self.next();
        f32::from(first) / 32_767.5 - 1.0
    }

    /// With a mean of 0 and a standard deviation of 1, as nearly as four even numbers add up to it
    /// (Irwin-Hall): none is beyond 3.5.
    fn normal(&mut self) -> f32 {
        let sum: f32 = self.next().into_iter().map(f32::from).sum();
        // Each of the four has the variance 65536² / 12.
        (sum - 4.0 * 32_767.5) * (3.0_f32.sqrt() / 65_536.0)
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;

    fn photo(pixel: u32, sensor: Sensor) -> Photo {
        let light = Light::of_panel(&vec![pixel; 40_000], 200);
        sensor.store(&light, &mut Chance::new(1, 2))
    }

    fn mean_and_deviation(photo: &Photo) -> (f32, f32) {
        let count = photo.grey.len() as f32;
        let mean = photo.grey.iter().copied().map(f32::from).sum::<f32>() / count;
        let squares = photo.grey.iter().map(|grey| (f32::from(*grey) - mean).powi(2)).sum::<f32>();
        (mean, (squares / count).sqrt())
    }

    #[test]
    fn without_noise_the_panel_is_stored_as_it_was_drawn() {
        for value in [0_u32, 1, 7, 99, 188, 254, 255] {
            let sensor = Sensor { white: 1.0, electrons: 1e12 };
            let photo = photo(value * 0x0001_0101, sensor);
            assert!(photo.grey.iter().all(|grey| u32::from(*grey) == value), "{value}");
        }
    }

    #[test]
    fn shot_noise_is_the_root_of_the_electrons() {
        // 0.25 of 1600 electrons: 400 ± 20; stored, light of 0.25 is 137 and rises by 255 per unit.
        let (mean, deviation) =
            mean_and_deviation(&photo(0x00FF_FFFF, Sensor { white: 0.25, electrons: 1600.0 }));
        assert!((mean - 137.0).abs() < 1.0, "{mean}");
        let slope = 255.0 * 1.055 / 2.4 * 0.25_f32.powf(1.0 / 2.4 - 1.0);
        let expected = slope * (400.0 + READ_NOISE * READ_NOISE).sqrt() / 1600.0;
        assert!((deviation - expected).abs() < 0.2, "{deviation}, not {expected}");
    }

    #[test]
    fn the_same_seed_makes_the_same_photo() {
        let sensor = Sensor { white: 0.5, electrons: 100.0 };
        assert_eq!(photo(0x0080_8080, sensor).pgm(), photo(0x0080_8080, sensor).pgm());
        assert!(photo(0, sensor).pgm().starts_with(b"P5\n200 200\n255\n"));
        assert!(photo(0, sensor).codes().is_empty());
        let numbers: Vec<f32> = (0..1000).map(|seed| Chance::new(seed, 3).even()).collect();
        let mean = numbers.iter().sum::<f32>() / 1000.0;
        assert!(mean.abs() < 0.1 && numbers.iter().all(|it| it.abs() <= 1.0), "{mean}");
        assert_ne!(numbers.first().unwrap(), numbers.last().unwrap());
    }
}
