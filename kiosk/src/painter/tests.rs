//! What is drawn again, what is left alone, and how pictures move.

use std::collections::BTreeMap;

use embedded_graphics::geometry::{Dimensions, Size};

use super::*;
use crate::area::pixels;
use crate::font::tests::{KIP, kip_font};
use crate::specimens::{SIZES, cola, payment, shelf, views};
use crate::{Appearance, Canvas, Language, Progress};

fn paying(seconds: u16) -> View {
    View::new(Language::Chinese, payment(cola(), seconds))
}

fn with(motion: Motion) -> Arc<Design> {
    Arc::new(Design { motion, ..Design::default() })
}

fn at(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

/// The view on a fresh canvas, all motion done.
fn drawn_anew(view: &View, size: Size) -> Canvas {
    let mut canvas = Canvas::new(size);
    let Ok(_) = Painter::new(with(Motion::Still)).draw(view, Duration::ZERO, &mut canvas);
    canvas
}

#[test]
fn a_countdown_is_a_small_dirty_rectangle() {
    for size in SIZES {
        let mut canvas = Canvas::new(size);
        let mut painter = Painter::new(with(Motion::Still));
        let Ok(_) = painter.draw(&paying(72), at(0), &mut canvas);
        assert_eq!(canvas.take_dirty(), [canvas.bounding_box()]);
        let Ok(_) = painter.draw(&paying(71), at(1_000), &mut canvas);
        let dirty = canvas.take_dirty();
        let area = dirty.iter().map(pixels).sum::<u32>();
        assert!(area > 0 && area < size.width * size.height / 20, "at {size}: {dirty:?}");
    }
}

#[test]
fn a_countdown_leaves_the_code_alone() {
    let size = Size::new(320, 240);
    let mut painter = Painter::new(with(Motion::Full));
    let Ok(_) = painter.draw(&paying(72), at(0), &mut Canvas::new(size));
    // On a black target only what is drawn now is seen: nothing in the columns of the code.
    let mut canvas = Canvas::new(size);
    for (view, now) in [(paying(72), 300), (paying(71), 1_000), (paying(9), 2_000)] {
        let Ok(_) = painter.draw(&view, at(now), &mut canvas);
    }
    let drawn = canvas.pixels().iter().enumerate().filter(|(_, pixel)| **pixel != 0);
    let columns = drawn.map(|(offset, _)| offset % 320).collect::<Vec<_>>();
    assert!(!columns.is_empty() && columns.iter().all(|column| *column >= 222));
}

#[test]
fn the_same_screen_again_is_not_dirty() {
    let size = Size::new(320, 240);
    for (name, view) in views() {
        let mut canvas = drawn_anew(&view, size);
        canvas.take_dirty();
        let Ok(_) = Painter::new(with(Motion::Still)).draw(&view, at(0), &mut canvas);
        assert_eq!(canvas.take_dirty(), [], "{name}");
    }
}

/// Whatever was there before, nothing of it is left.
#[test]
fn a_screen_after_another_is_the_screen_alone() {
    let size = Size::new(480, 320);
    let mut canvas = Canvas::new(size);
    let mut painter = Painter::new(with(Motion::Still));
    let ticks = [72, 71, 70, 9].map(|seconds| (format!("{seconds} s"), paying(seconds)));
    let chosen = |(name, _): &(String, View)| name.ends_with("-en") || name.ends_with("-ko");
    for (name, view) in views().filter(chosen).chain(ticks) {
        let Ok(_) = painter.draw(&view, at(0), &mut canvas);
        assert!(canvas.pixels() == drawn_anew(&view, size).pixels(), "{name}");
    }
}

/// Through every picture of a fade, and through fades that are interrupted by the next screen.
#[test]
fn after_a_fade_the_screen_stands_there_alone() {
    let size = Size::new(320, 240);
    let mut canvas = Canvas::new(size);
    let mut painter = Painter::new(with(Motion::Full));
    let mut now = 0;
    let screens = views().filter(|(name, _)| name.ends_with("-zh") && !name.starts_with("attract"));
    for (index, (name, view)) in screens.enumerate() {
        // Every third one stays only for two pictures.
        let frames = if index % 3 == 2 { 2 } else { 8 };
        for _ in 0..frames {
            let Ok(_) = painter.draw(&view, at(now), &mut canvas);
            now += 33;
        }
        let moves = matches!(
            view.screen,
            Screen::Payment { .. } | Screen::Starting | Screen::Preparing { .. }
        ) || matches!(view.screen, Screen::Checking { .. } | Screen::Vending { .. });
        if frames == 8 && !moves {
            assert!(canvas.pixels() == drawn_anew(&view, size).pixels(), "{name}");
        }
    }
}

/// A ring that turns while the screen that it is on fades in, and so does what changes there.
#[test]
fn what_moves_during_a_fade_is_where_it_should_be_after_it() {
    let size = Size::new(800, 480);
    let mut canvas = Canvas::new(size);
    let mut painter = Painter::new(with(Motion::Full));
    let vending =
        |progress| View::new(Language::Chinese, Screen::Vending { item: cola(), progress });
    let catalogue = Screen::Catalogue { items: shelf(8), page: 0, keypad: false };
    let Ok(_) = painter.draw(&View::new(Language::Chinese, catalogue), at(0), &mut canvas);
    for now in [1_000, 1_033, 1_066] {
        let Ok(_) = painter.draw(&vending(Progress::Paid), at(now), &mut canvas);
    }
    for now in [1_099, 1_132, 1_165] {
        let Ok(_) = painter.draw(&vending(Progress::Turning), at(now), &mut canvas);
    }
    let mut alone = Canvas::new(size);
    let anew = &mut Painter::new(with(Motion::Full));
    let Ok(_) = anew.draw(&vending(Progress::Turning), at(1_165), &mut alone);
    assert!(canvas.pixels() == alone.pixels());
}

#[test]
fn a_fade_goes_on_until_it_is_done_and_touches_only_what_differs() {
    let size = Size::new(800, 480);
    let mut canvas = Canvas::new(size);
    let mut painter = Painter::new(with(Motion::Full));
    let catalogue = |page| {
        let screen = Screen::Catalogue { items: shelf(60), page, keypad: true };
        View::new(Language::English, screen)
    };
    let Ok(next) = painter.draw(&catalogue(0), at(0), &mut canvas);
    assert_eq!(next, None, "the first picture does not fade");
    canvas.take_dirty();
    let mut now = 0;
    let mut pictures = 0;
    while let Ok(Some(next)) = painter.draw(&catalogue(1), at(now), &mut canvas) {
        assert!(next <= at(40) && now <= 250, "still fading after {now} ms");
        pictures += 1;
        now += 33;
        let dirty = canvas.take_dirty();
        let switch =
            Rectangle::new(embedded_graphics::geometry::Point::new(700, 0), Size::new(100, 40));
        let touched = dirty.iter().any(|area| !area.intersection(&switch).is_zero_sized());
        assert!(!touched, "the switch stays as it is: {dirty:?}");
    }
    assert!((5..=7).contains(&pictures), "{pictures} pictures");
    assert!(canvas.pixels() == drawn_anew(&catalogue(1), size).pixels());
}

#[test]
fn still_pictures_ask_for_no_other() {
    let mut painter = Painter::new(with(Motion::Still));
    let mut canvas = Canvas::new(Size::new(320, 240));
    for (name, view) in views().filter(|(name, _)| !name.starts_with("attract")) {
        let Ok(next) = painter.draw(&view, at(0), &mut canvas);
        assert_eq!(next, None, "{name}");
    }
}

#[test]
fn a_ring_goes_on_between_the_seconds_and_never_back() {
    let size = Size::new(800, 480);
    let mut painter = Painter::new(with(Motion::Full));
    let mut canvas = Canvas::new(size);
    let Ok(next) = painter.draw(&paying(72), at(0), &mut canvas);
    assert_eq!(next, Some(at(100)));
    let green = |canvas: &Canvas| {
        let accent = crate::color::value(
            crate::theme::Theme::of(&Design::default(), size).colors.accent_ink,
        );
        canvas.pixels().iter().filter(|pixel| **pixel == accent).count()
    };
    let mut before = green(&canvas);
    for tenth in 1..=10 {
        let Ok(_) = painter.draw(&paying(72), at(tenth * 100), &mut canvas);
        let now = green(&canvas);
        assert!(now <= before, "at {tenth}: {now} after {before}");
        before = now;
    }
    let whole = before;
    // A view that comes late finds the ring waiting for it.
    let Ok(_) = painter.draw(&paying(72), at(5_000), &mut canvas);
    assert_eq!(green(&canvas), whole);
}

#[test]
fn what_is_under_way_turns() {
    let view =
        View::new(Language::Chinese, Screen::Vending { item: cola(), progress: Progress::Turning });
    let mut painter = Painter::new(with(Motion::Full));
    let mut canvas = Canvas::new(Size::new(800, 480));
    let Ok(_) = painter.draw(&view, at(0), &mut canvas);
    canvas.take_dirty();
    let Ok(next) = painter.draw(&view, at(40), &mut canvas);
    assert_eq!(next, Some(at(40)));
    let dirty = canvas.take_dirty();
    let area = dirty.iter().map(pixels).sum::<u32>();
    assert!(area > 0 && area < 800 * 480 / 30, "{dirty:?}");
}

/// Over all slides there is no pixel that stays nearly the same: nothing burns into the glass.
#[test]
fn no_pixel_of_the_attract_screen_stays_as_it_is() {
    let size = Size::new(320, 240);
    for appearance in [Appearance::Light, Appearance::Dark] {
        for count in [0, 1, 2, 3, 5] {
            let design = Design { appearance, motion: Motion::Still, ..Design::default() };
            let mut painter = Painter::new(Arc::new(design));
            let mut canvas = Canvas::new(size);
            let view = View::new(Language::English, Screen::Attract { items: shelf(count) });
            let area = size.width as usize * size.height as usize;
            let mut range = vec![(u32::MAX, 0); area];
            for slide in 0..30 {
                let now = at(slide * 6_000);
                let Ok(next) = painter.draw(&view, now, &mut canvas);
                assert_eq!(next, Some(at(6_000)));
                for ((low, high), pixel) in range.iter_mut().zip(canvas.pixels()) {
                    let grey = pixel.to_be_bytes().iter().map(|byte| u32::from(*byte)).sum::<u32>();
                    (*low, *high) = ((*low).min(grey), (*high).max(grey));
                }
            }
            // Half-covered pixels at the edge of a letter may be grey on every paper.
            let stuck = range.iter().filter(|(low, high)| high - low < 100).count();
            assert!(stuck < area / 2_000, "{appearance:?} with {count} items: {stuck} pixels");
        }
    }
}

#[test]
fn a_painter_that_forgot_draws_everything() {
    let view = View::new(Language::English, Screen::Starting);
    let size = Size::new(320, 240);
    let mut painter = Painter::new(with(Motion::Full));
    let Ok(_) = painter.draw(&view, at(0), &mut Canvas::new(size));
    painter.forget();
    let mut canvas = Canvas::new(size);
    let Ok(_) = painter.draw(&view, at(0), &mut canvas);
    assert!(canvas.pixels().iter().all(|pixel| *pixel != 0));
}

/// Pictures that are read while the screen is already seen.
#[test]
fn a_new_design_is_seen_at_once_and_only_where_it_differs() {
    let size = Size::new(800, 480);
    let screen = Screen::Catalogue { items: shelf(8), page: 0, keypad: true };
    let view = View::new(Language::English, screen);
    let cola = crate::Picture::decode(include_bytes!("../../tests/photos/cola.png"));
    let photos = [(1, cola.expect("a photo"))].into_iter().collect::<BTreeMap<_, _>>();
    for motion in [Motion::Still, Motion::Full] {
        let mut painter = Painter::new(with(motion));
        let mut canvas = Canvas::new(size);
        let Ok(_) = painter.draw(&view, at(0), &mut canvas);
        canvas.take_dirty();
        let design = Design { motion, photos: photos.clone(), ..Design::default() };
        painter.redesign(Arc::new(design.clone()));
        let Ok(next) = painter.draw(&view, at(1_000), &mut canvas);
        assert_eq!(next.is_some(), motion == Motion::Full, "a picture fades in");
        let Ok(next) = painter.draw(&view, at(2_000), &mut canvas);
        assert_eq!(next, None);
        let dirty = canvas.take_dirty().iter().map(pixels).sum::<u32>();
        assert!(dirty > 0 && dirty < 800 * 480 / 8, "one card: {dirty} pixels");

        let mut alone = Canvas::new(size);
        let Ok(_) = Painter::new(Arc::new(design)).draw(&view, at(0), &mut alone);
        assert!(canvas.pixels() == alone.pixels());
    }
}

#[test]
fn letters_that_come_later_take_the_place_of_boxes() {
    let size = Size::new(320, 240);
    let mut item = cola();
    item.name = crate::Label::new(format!("可{KIP}乐"), "Cola");
    let view = View::new(Language::Chinese, Screen::Preparing { item });
    let fonts = crate::Fonts::with_full(kip_font(), 0).expect("a font");
    for motion in [Motion::Still, Motion::Full] {
        let mut painter = Painter::new(with(motion));
        let mut canvas = Canvas::new(size);
        let Ok(_) =
            painter.draw(&View::new(Language::Chinese, Screen::Starting), at(0), &mut canvas);
        // In the full motion in the middle of a fade.
        let Ok(_) = painter.draw(&view, at(20), &mut canvas);
        let design = Arc::new(Design { motion, fonts: fonts.clone(), ..Design::default() });
        painter.redesign(Arc::clone(&design));
        let Ok(_) = painter.draw(&view, at(40), &mut canvas);
        let mut alone = Canvas::new(size);
        let Ok(_) = Painter::new(design).draw(&view, at(40), &mut alone);
        assert!(canvas.pixels() == alone.pixels());
        let mut boxes = Canvas::new(size);
        let Ok(_) = Painter::new(with(motion)).draw(&view, at(40), &mut boxes);
        assert!(boxes.pixels() != alone.pixels());
    }
}

#[test]
fn what_is_remembered_is_bounded() {
    let mut painter = Painter::new(with(Motion::Full));
    let size = Size::new(1280, 800);
    for (_, view) in views() {
        let Ok(_) = painter.draw(&view, at(0), &mut Canvas::new(size));
    }
    // With both pictures of a fade.
    assert!(painter.bytes() < 16 << 20, "{} bytes", painter.bytes());
}
