//! What must be drawn again to turn one scene into another.

use embedded_graphics::primitives::Rectangle;

use crate::brush::ring_arc;
use crate::scene::{Look, Part, Ring, Scene, Widget};
use crate::shape::{around, exact_size};

/// The places of everything that one scene has and the other has not, or has in another order.
pub(crate) fn damage(before: &Scene, now: &Scene) -> Vec<Rectangle> {
    let mut areas = Vec::new();
    let mut old = before.widgets.as_slice();
    for widget in &now.widgets {
        let Some(index) = old.iter().position(|other| is_the_same(other, widget)) else {
            areas.push(widget.area);
            continue;
        };
        let (gone, rest) = old.split_at(index);
        areas.extend(gone.iter().map(|widget| widget.area));
        if let Some((same, rest)) = rest.split_first() {
            areas.extend(change(same, widget));
            old = rest;
        }
    }
    areas.extend(old.iter().map(|widget| widget.area));
    areas
}

/// Whether one is the other, at most a ring that has gone on.
fn is_the_same(before: &Widget, now: &Widget) -> bool {
    let look = match (&before.look, &now.look) {
        (Look::Ring(before), Look::Ring(now)) => Ring { part: now.part, ..*before } == *now,
        (before, now) => before == now,
    };
    look && before.area == now.area
}

/// The part of a ring that looks different.
fn change(before: &Widget, now: &Widget) -> Vec<Rectangle> {
    let (Look::Ring(before), Look::Ring(ring)) = (&before.look, &now.look) else {
        return Vec::new();
    };
    let ((from_before, turns_before), (from, turns)) = (before.shown(), ring.shown());
    let arcs = match (before.part, ring.part) {
        _ if before.part == ring.part => Vec::new(),
        // Both begin at the top: what lies between their ends.
        (Part::Left { .. }, Part::Left { .. }) => {
            let (least, most) = (turns.min(turns_before), turns.max(turns_before));
            vec![(least, most - least)]
        }
        (Part::Left { .. } | Part::Going(_), Part::Left { .. } | Part::Going(_)) => {
            vec![(from_before, turns_before), (from, turns)]
        }
    };
    let margin = exact_size(ring.width) / 2.0 + 1.5;
    let areas = arcs.into_iter().filter_map(|(from, turns)| {
        let arc = ring_arc(now.area, ring, from, turns);
        let steps = 0..=STEPS;
        around(
            steps.map(|step| arc.at(from + turns * exact_size(step) / exact_size(STEPS))),
            margin,
        )
    });
    areas.map(|area| area.intersection(&now.area)).collect()
}

/// Spots of an arc that are looked at: a whole circle bulges a thousandth beyond them.
const STEPS: u32 = 64;

#[cfg(test)]
mod tests {
    use embedded_graphics::geometry::{Point, Size};
    use embedded_graphics::pixelcolor::{Rgb888, RgbColor};

    use super::*;

    fn area(x: i32) -> Rectangle {
        Rectangle::new(Point::new(x, 0), Size::new(50, 50))
    }

    fn scene(widgets: &[(i32, Rgb888)]) -> Scene {
        let widget = |(x, color): &(i32, Rgb888)| Widget {
            area: area(*x),
            look: Look::Fill(*color),
            touch: None,
        };
        Scene { widgets: widgets.iter().map(widget).collect(), until: None }
    }

    #[test]
    fn what_came_went_or_changed_its_order_is_drawn_again() {
        let (red, green, blue) = (Rgb888::RED, Rgb888::GREEN, Rgb888::BLUE);
        let before = scene(&[(0, red), (100, green), (200, blue)]);
        for (now, expected) in [
            (vec![(0, red), (100, green), (200, blue)], vec![]),
            (vec![(0, red), (100, blue), (200, blue)], vec![100, 100]),
            (vec![(0, red), (200, blue)], vec![100]),
            (vec![(0, red), (100, green), (200, blue), (300, red)], vec![300]),
            (vec![(0, red), (200, blue), (100, green)], vec![100, 100]),
            (vec![], vec![0, 100, 200]),
        ] {
            let found = damage(&before, &scene(&now));
            assert_eq!(found, expected.into_iter().map(area).collect::<Vec<_>>(), "{now:?}");
        }
    }

    #[test]
    fn a_ring_that_goes_on_is_a_small_place() {
        let ring = |left| {
            let part = Part::Left { left, total: 90_000 };
            let ring = Ring { width: 6, ink: Rgb888::RED, track: Rgb888::BLACK, part };
            let area = Rectangle::new(Point::zero(), Size::new_equal(120));
            Scene {
                widgets: vec![Widget { area, look: Look::Ring(ring), touch: None }],
                until: None,
            }
        };
        let places = damage(&ring(40_000), &ring(39_000));
        let pixels = |area: &Rectangle| area.size.width * area.size.height;
        assert!(places.len() == 1 && places.iter().map(pixels).sum::<u32>() < 400, "{places:?}");
        assert_eq!(damage(&ring(40_000), &ring(40_000)), []);
    }
}
