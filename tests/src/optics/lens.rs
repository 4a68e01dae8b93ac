//! A camera before the panel: from where, how far, at what angle.

use super::Light;

/// A camera held before a picture. Its own pixels are the unit of what it takes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Shot {
    /// Pixels of the camera per point of the picture, in its middle.
    pub scale: f64,
    /// From upright, around the horizontal and the vertical axis, in degrees.
    pub tilt: [f64; 2],
    /// How far the phone is turned in the plane of the panel, in degrees.
    pub roll: f64,
    /// From the lens to the middle of the picture, in lengths of the picture's diagonal.
    pub distance: f64,
    /// What a part of a pixel the camera is off, each way.
    pub off: [f64; 2],
    /// What share of a pixel's width sees light.
    pub aperture: f64,
    /// Rays that are followed from each pixel, each way.
    pub rays: usize,
    /// How much the frame shows of what is around the picture, in its own pixels.
    pub margin: f64,
    /// The light around the picture.
    pub around: f32,
}

/// A plane projective map, row by row.
type Map = [[f64; 3]; 3];

impl Shot {
    /// What the sensor gets to see: the whole picture, and the margin around it.
    #[must_use]
    pub fn take(&self, light: &Light) -> Light {
        let (map, size) = self.project(light);
        let [width, height] = size.map(points);
        let back = inverse(&map);
        let rays = self.rays.max(1);
        let step = self.aperture / rays as f64;
        let first = 0.5 - 0.5 * self.aperture + 0.5 * step;
        let share = ((rays * rays) as f32).recip();
        // Where the rays of one line begin, as many for each pixel: all lines have the same.
        let across = (0..width).flat_map(|x| (0..rays).map(move |ray| (x, ray)));
        let across = across.map(|(x, ray)| x as f64 + first + ray as f64 * step);
        let across: Vec<f64> = across.collect();
        let mut values = vec![0.0; width * height];
        for (y, row) in values.chunks_mut(width.max(1)).enumerate() {
            for ray in 0..rays {
                let down = y as f64 + first + ray as f64 * step;
                // What the map makes of this line is a line: x, y and w, each so steep.
                let [x_line, y_line, w_line] = back.map(|[a, b, c]| (a, b * down + c));
                for (value, across) in row.iter_mut().zip(across.chunks_exact(rays)) {
                    for across in across {
                        let at = |(steep, from): (f64, f64)| steep * across + from;
                        let w = at(w_line).recip();
                        *value += share * self.seen(light, [at(x_line) * w, at(y_line) * w]);
                    }
                }
            }
        }
        Light { width, height, values }
    }

    /// Where a point of the picture comes to lie in what is taken.
    #[must_use]
    pub fn place(&self, light: &Light, at: [f64; 2]) -> [f64; 2] {
        apply(&self.project(light).0, at)
    }

    /// The light at a place of the picture.
    fn seen(&self, light: &Light, [x, y]: [f64; 2]) -> f32 {
        if x < 0.0 || y < 0.0 || x >= light.width as f64 {
            return self.around;
        }
        let point = points(y) * light.width + points(x);
        light.values.get(point).copied().unwrap_or(self.around)
    }

    /// From the picture to the frame, and the size of the frame.
    fn project(&self, light: &Light) -> (Map, [f64; 2]) {
        let (width, height) = (light.width as f64, light.height as f64);
        let [pitch, yaw, roll] = [self.tilt[0], self.tilt[1], self.roll].map(f64::to_radians);
        // Around the x axis, then the y axis, then the line of sight; z points away from the lens.
        let across = [yaw.cos(), 0.0, -yaw.sin()];
        let down = [yaw.sin() * pitch.sin(), pitch.cos(), yaw.cos() * pitch.sin()];
        let turn = |axis: [f64; 3]| {
            let [x, y, z] = axis;
            [x * roll.cos() - y * roll.sin(), x * roll.sin() + y * roll.cos(), z]
        };
        let (across, down) = (turn(across), turn(down));
        let away = self.distance * width.hypot(height);
        let rows = [
            [self.scale * across[0], self.scale * down[0], 0.0],
            [self.scale * across[1], self.scale * down[1], 0.0],
            [across[2] / away, down[2] / away, 1.0],
        ];
        let middle = [[1.0, 0.0, -0.5 * width], [0.0, 1.0, -0.5 * height], [0.0, 0.0, 1.0]];
        let map = product(&rows, &middle);
        let corners = [[0.0, 0.0], [width, 0.0], [0.0, height], [width, height]];
        let corners = corners.map(|corner| apply(&map, corner));
        let least = |axis: fn([f64; 2]) -> f64| {
            corners.into_iter().map(axis).fold(f64::INFINITY, f64::min) - self.margin
        };
        let most = |axis: fn([f64; 2]) -> f64| {
            corners.into_iter().map(axis).fold(f64::NEG_INFINITY, f64::max) + self.margin
        };
        let (left, top) = (least(|[x, _]| x), least(|[_, y]| y));
        let size = [most(|[x, _]| x) - left, most(|[_, y]| y) - top].map(f64::ceil);
        let shift =
            [[1.0, 0.0, self.off[0] - left], [0.0, 1.0, self.off[1] - top], [0.0, 0.0, 1.0]];
        (product(&shift, &map), size)
    }
}

fn apply([x_row, y_row, w_row]: &Map, [x, y]: [f64; 2]) -> [f64; 2] {
    let row = |[a, b, c]: &[f64; 3]| a * x + b * y + c;
    let w = row(w_row).recip();
    [row(x_row) * w, row(y_row) * w]
}

fn product(one: &Map, other: &Map) -> Map {
    let [a, b, c] = other;
    one.map(|[x, y, z]| {
        std::array::from_fn(|column| {
            let of = |row: &[f64; 3]| row.get(column).copied().unwrap_or_default();
            x * of(a) + y * of(b) + z * of(c)
        })
    })
}

/// Up to a factor, which a projective map does not mind.
fn inverse([[a, b, c], [d, e, f], [g, h, i]]: &Map) -> Map {
    [
        [e * i - f * h, c * h - b * i, b * f - c * e],
        [f * g - d * i, a * i - c * g, c * d - a * f],
        [d * h - e * g, b * g - a * h, a * e - b * d],
    ]
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "rounded down, and not below 0"
)]
fn points(length: f64) -> usize {
    length as usize
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;

    const STRAIGHT: Shot = Shot {
        scale: 1.0,
        tilt: [0.0; 2],
        roll: 0.0,
        distance: 2.0,
        off: [0.0; 2],
        aperture: 1.0,
        rays: 4,
        margin: 0.0,
        around: 0.0,
    };

    fn slope() -> Light {
        let pixels: Vec<u32> = (0..48).map(|value| value * 0x0003_0303).collect();
        Light::of_panel(&pixels, 8)
    }

    #[test]
    fn a_straight_shot_is_the_picture() {
        let (picture, taken) = (slope(), STRAIGHT.take(&slope()));
        assert_eq!(picture.size(), taken.size());
        let same = |(one, other): (&f32, &f32)| (one - other).abs() < 1e-6;
        assert!(picture.values.iter().zip(&taken.values).all(same), "{taken:?}");
    }

    #[test]
    fn from_twice_as_far_it_is_half_as_wide_and_as_bright() {
        let taken = Shot { scale: 0.5, ..STRAIGHT }.take(&slope());
        assert_eq!(taken.size(), (4, 3));
        let mean = |light: &Light| light.values.iter().sum::<f32>() / light.values.len() as f32;
        assert!((mean(&taken) - mean(&slope())).abs() < 1e-5);
    }

    #[test]
    fn the_way_back_is_the_inverse() {
        let shot = Shot { tilt: [30.0, -20.0], roll: 15.0, scale: 1.7, margin: 5.0, ..STRAIGHT };
        let light = slope();
        let (map, _) = shot.project(&light);
        for at in [[0.0, 0.0], [3.0, 5.5], [8.0, 6.0]] {
            let [x, y] = apply(&inverse(&map), shot.place(&light, at));
            assert!((x - at[0]).abs() < 1e-9 && (y - at[1]).abs() < 1e-9, "{at:?}: {x} {y}");
        }
    }

    #[test]
    fn what_is_tilted_away_is_smaller() {
        let light = Light::of_panel(&[0; 10_000], 100);
        let shot = Shot { tilt: [45.0, 0.0], ..STRAIGHT };
        let wide = |y| shot.place(&light, [100.0, y])[0] - shot.place(&light, [0.0, y])[0];
        assert!((wide(50.0) - 100.0).abs() < 1e-9);
        assert!((wide(0.0) - wide(100.0)).abs() > 20.0, "{} {}", wide(0.0), wide(100.0));
        let taken = shot.take(&light);
        assert!(taken.height < 80 && taken.width > 100, "{:?}", taken.size());
        let quarter = Shot { roll: 90.0, around: 1.0, margin: 2.0, ..STRAIGHT }.take(&slope());
        assert_eq!((quarter.width, *quarter.values.first().unwrap()), (10, 1.0));
    }
}
