//! The signs: strokes on a grid of 24 by 24, drawn with soft edges at any size.

use std::collections::HashMap;

use crate::font::Coverage;
use crate::shape::{Arc, RoundBox, Spot, cover, exact_size, line_distance};

/// What a sign means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Icon {
    Back,
    Bag,
    Check,
    Clock,
    Cross,
    Disk,
    Erase,
    Exclamation,
    Globe,
    Keypad,
    Next,
    Offline,
    Plug,
    Power,
    Previous,
    Question,
    Scan,
    Take,
    Tap,
    Wrench,
    Yuan,
}

/// One stroke, in units of the grid, y downwards.
enum Stroke {
    /// From spot to spot.
    Line(&'static [(f32, f32)]),
    /// The same, so wide.
    Wide(f32, &'static [(f32, f32)]),
    /// Middle, radius, where it begins and how far it goes clockwise, in turns from the top.
    Arc(f32, f32, f32, f32, f32),
    /// Middle and radius.
    Circle(f32, f32, f32),
    /// A filled circle.
    Dot(f32, f32, f32),
    /// Left, top, width, height, radius of the corners.
    Box(f32, f32, f32, f32, f32),
}

use Stroke::{Box, Circle, Dot, Line, Wide};

/// Side of the grid.
const GRID: f32 = 24.0;
/// Width of a stroke.
const WIDTH: f32 = 2.0;

impl Icon {
    #[rustfmt::skip]
    const fn strokes(self) -> &'static [Stroke] {
        match self {
            Self::Back => &[Line(&[(20.0, 12.0), (4.0, 12.0)]), Line(&[(10.0, 6.0), (4.0, 12.0), (10.0, 18.0)])],
            Self::Bag => &[
                Line(&[(5.0, 8.0), (19.0, 8.0), (20.0, 21.0), (4.0, 21.0), (5.0, 8.0)]),
                Stroke::Arc(12.0, 8.0, 4.0, 0.75, 0.5),
            ],
            Self::Check => &[Line(&[(4.5, 12.5), (9.8, 17.8), (19.5, 7.0)])],
            Self::Clock => &[Circle(12.0, 12.0, 9.0), Line(&[(12.0, 7.0), (12.0, 12.0), (15.5, 14.0)])],
            Self::Cross => &[Line(&[(6.0, 6.0), (18.0, 18.0)]), Line(&[(18.0, 6.0), (6.0, 18.0)])],
            Self::Disk => &[
                Box(4.0, 4.0, 16.0, 16.0, 2.0),
                Line(&[(8.5, 4.0), (8.5, 8.5), (15.5, 8.5), (15.5, 4.0)]),
                Line(&[(8.0, 20.0), (8.0, 14.0), (16.0, 14.0), (16.0, 20.0)]),
            ],
            Self::Erase => &[
                Line(&[(9.0, 5.0), (21.0, 5.0), (21.0, 19.0), (9.0, 19.0), (3.0, 12.0), (9.0, 5.0)]),
                Line(&[(12.0, 9.5), (17.0, 14.5)]), Line(&[(17.0, 9.5), (12.0, 14.5)]),
            ],
            Self::Exclamation => &[Wide(2.6, &[(12.0, 4.5), (12.0, 13.5)]), Dot(12.0, 18.8, 1.7)],
            Self::Globe => &[
                Circle(12.0, 12.0, 9.0), Line(&[(3.0, 12.0), (21.0, 12.0)]),
                // A meridian is two arcs from pole to pole.
                Stroke::Arc(3.875, 12.0, 12.125, 0.1169, 0.2663),
                Stroke::Arc(20.125, 12.0, 12.125, 0.6169, 0.2663),
            ],
            Self::Keypad => &[
                Dot(5.5, 5.5, 1.8), Dot(12.0, 5.5, 1.8), Dot(18.5, 5.5, 1.8),
                Dot(5.5, 12.0, 1.8), Dot(12.0, 12.0, 1.8), Dot(18.5, 12.0, 1.8),
                Dot(5.5, 18.5, 1.8), Dot(12.0, 18.5, 1.8), Dot(18.5, 18.5, 1.8),
            ],
            Self::Next => &[Line(&[(9.0, 5.0), (16.0, 12.0), (9.0, 19.0)])],
            Self::Offline => &[
                Stroke::Arc(12.0, 18.5, 5.0, 0.875, 0.25), Stroke::Arc(12.0, 18.5, 9.5, 0.875, 0.25),
                Stroke::Arc(12.0, 18.5, 14.0, 0.875, 0.25), Dot(12.0, 18.5, 1.6),
                Line(&[(4.5, 3.5), (20.0, 20.0)]),
            ],
            Self::Plug => &[
                Line(&[(9.0, 3.0), (9.0, 8.0)]), Line(&[(15.0, 3.0), (15.0, 8.0)]),
                Line(&[(5.5, 8.5), (18.5, 8.5)]), Stroke::Arc(12.0, 8.5, 5.5, 0.25, 0.5),
                Line(&[(12.0, 14.0), (12.0, 21.0)]),
            ],
            Self::Power => &[Stroke::Arc(12.0, 13.0, 8.0, 0.1, 0.8), Line(&[(12.0, 3.0), (12.0, 11.0)])],
            Self::Previous => &[Line(&[(15.0, 5.0), (8.0, 12.0), (15.0, 19.0)])],
            Self::Question => &[
                Wide(2.6, &[(14.9, 11.7), (12.0, 14.3)]), Stroke::Arc(12.0, 8.8, 4.1, 0.72, 0.655),
                Dot(12.0, 19.0, 1.7),
            ],
            Self::Scan => &[
                Line(&[(3.0, 8.0), (3.0, 3.0), (8.0, 3.0)]), Line(&[(16.0, 3.0), (21.0, 3.0), (21.0, 8.0)]),
                Line(&[(21.0, 16.0), (21.0, 21.0), (16.0, 21.0)]), Line(&[(8.0, 21.0), (3.0, 21.0), (3.0, 16.0)]),
                Line(&[(3.0, 12.0), (21.0, 12.0)]),
            ],
            Self::Take => &[
                Line(&[(12.0, 3.0), (12.0, 14.0)]), Line(&[(7.0, 9.5), (12.0, 14.5), (17.0, 9.5)]),
                Line(&[(3.5, 15.0), (3.5, 20.5), (20.5, 20.5), (20.5, 15.0)]),
            ],
            Self::Tap => &[Dot(12.0, 12.0, 2.8), Circle(12.0, 12.0, 6.0), Circle(12.0, 12.0, 9.6)],
            Self::Wrench => &[Wide(3.4, &[(5.5, 18.5), (13.0, 11.0)]), Wide(2.6, &[(15.8, 8.2), (13.0, 11.0)]),
                Stroke::Arc(16.2, 7.8, 4.6, 0.23, 0.79)],
            Self::Yuan => &[
                Line(&[(6.0, 4.0), (12.0, 12.0), (18.0, 4.0)]), Line(&[(12.0, 12.0), (12.0, 20.5)]),
                Line(&[(7.0, 12.5), (17.0, 12.5)]), Line(&[(7.0, 16.5), (17.0, 16.5)]),
            ],
        }
    }

    /// What the sign covers in a square of so many pixels.
    fn rasterise(self, side: u32) -> Coverage {
        let scale = exact_size(side) / GRID;
        let distance = |x: u32, y: u32| {
            let at = Spot::new((exact_size(x) + 0.5) / scale, (exact_size(y) + 0.5) / scale);
            self.strokes().iter().map(|stroke| stroke.distance(at)).fold(f32::MAX, f32::min)
        };
        let pixels = (0..side).flat_map(|y| (0..side).map(move |x| (x, y)));
        let pixels = pixels.map(|(x, y)| cover(distance(x, y) * scale)).collect();
        Coverage { left: 0, top: 0, width: side as usize, pixels }
    }
}

impl Stroke {
    /// How far a spot is outside of the stroke, in units of the grid.
    fn distance(&self, at: Spot) -> f32 {
        match *self {
            Line(spots) => polyline_distance(at, spots) - WIDTH / 2.0,
            Wide(width, spots) => polyline_distance(at, spots) - width / 2.0,
            Self::Arc(x, y, radius, from, turns) => {
                Arc { middle: Spot::new(x, y), radius, from, turns }.distance(at) - WIDTH / 2.0
            }
            Circle(x, y, radius) => {
                Arc { middle: Spot::new(x, y), radius, from: 0.0, turns: 1.0 }.distance(at)
                    - WIDTH / 2.0
            }
            Dot(x, y, radius) => at.to(Spot::new(x, y)) - radius,
            Box(left, top, width, height, radius) => {
                let middle = Spot::new(left + width / 2.0, top + height / 2.0);
                RoundBox::around(middle, width, height, radius).distance(at).abs() - WIDTH / 2.0
            }
        }
    }
}

fn polyline_distance(at: Spot, spots: &[(f32, f32)]) -> f32 {
    let spot = |(x, y): &(f32, f32)| Spot::new(*x, *y);
    let lines = spots.iter().zip(spots.iter().skip(1));
    lines.map(|(from, to)| line_distance(at, spot(from), spot(to))).fold(f32::MAX, f32::min)
}

/// The signs that were drawn lately.
#[derive(Debug, Default)]
pub(crate) struct IconCache(HashMap<(Icon, u32), Coverage>);

/// A screen has about a dozen.
const ICONS_MAX: usize = 64;

impl IconCache {
    /// The sign, from the cache or freshly drawn.
    pub(crate) fn icon(&mut self, icon: Icon, side: u32) -> &Coverage {
        if self.0.len() >= ICONS_MAX && !self.0.contains_key(&(icon, side)) {
            self.0.clear();
        }
        self.0.entry((icon, side)).or_insert_with(|| icon.rasterise(side))
    }

    /// Memory of what is kept.
    pub(crate) fn bytes(&self) -> usize {
        self.0.values().map(|mask| mask.pixels.len()).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Icon; 21] = [
        Icon::Back,
        Icon::Bag,
        Icon::Check,
        Icon::Clock,
        Icon::Cross,
        Icon::Disk,
        Icon::Erase,
        Icon::Exclamation,
        Icon::Globe,
        Icon::Keypad,
        Icon::Next,
        Icon::Offline,
        Icon::Plug,
        Icon::Power,
        Icon::Previous,
        Icon::Question,
        Icon::Scan,
        Icon::Take,
        Icon::Tap,
        Icon::Wrench,
        Icon::Yuan,
    ];

    /// Share of the square that is covered, in percent.
    fn covered(mask: &Coverage) -> usize {
        let sum: usize = mask.pixels.iter().map(|share| usize::from(*share)).sum();
        sum * 100 / (mask.pixels.len() * 255)
    }

    #[test]
    fn every_sign_is_seen_at_every_size_and_stays_in_its_square() {
        for icon in ALL {
            let large = covered(&icon.rasterise(200));
            for side in [16, 24, 47, 96] {
                let mask = icon.rasterise(side);
                let share = covered(&mask);
                assert!(share.abs_diff(large) <= 3, "{icon:?} at {side}: {share} %, not {large} %");
                let edge = mask.pixels.chunks(side as usize).filter_map(|row| row.first()).max();
                assert!(edge.is_some_and(|edge| *edge < 64), "{icon:?} at {side} is cut off");
            }
            assert!((5..60).contains(&large), "{icon:?} covers {large} %");
        }
    }

    #[test]
    fn no_two_signs_are_alike() {
        for (index, icon) in ALL.iter().enumerate() {
            for other in ALL.iter().skip(index + 1) {
                let (one, two) = (icon.rasterise(24), other.rasterise(24));
                let differ =
                    one.pixels.iter().zip(&two.pixels).filter(|(a, b)| a.abs_diff(**b) > 128);
                assert!(differ.count() > 20, "{icon:?} and {other:?}");
            }
        }
    }

    #[test]
    fn a_sign_of_no_size_is_nothing() {
        assert!(Icon::Check.rasterise(0).pixels.is_empty());
        assert_eq!(IconCache::default().icon(Icon::Check, 1).pixels.len(), 1);
    }
}
