//! A phone reads the payment code from the pixels, at every size and in every surrounding.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may panic")]

use std::sync::Arc;
use std::time::Duration;

use embedded_graphics::geometry::Size;
use kiosk::{
    Appearance, Availability, Canvas, Design, Item, Label, Language, Motion, Outage, Painter,
    Progress, Refund, Screen, Trouble, View,
};

#[path = "../src/specimens.rs"]
#[expect(dead_code, reason = "shared with the tests inside the package")]
mod specimens;

use specimens::{CODE_URL, SIZES, cola, payment};

#[test]
fn a_phone_reads_the_code_at_every_size_in_every_theme() {
    for size in SIZES {
        for appearance in [Appearance::Light, Appearance::Dark] {
            let design = Design { appearance, ..Design::default() };
            let read = read(design, payment(cola(), 72), size);
            assert_eq!(read, [CODE_URL], "at {size}, {appearance:?}");
        }
    }
}

#[test]
fn a_phone_reads_longer_codes_too() {
    // APIv2 unifiedorder: `code_url` has up to 64 characters, and is not to be relied on.
    for length in [64, 128] {
        let code_url = format!("{CODE_URL:-<length$}");
        let screen = Screen::Payment {
            item: cola(),
            code_url: code_url.clone(),
            seconds_left: 1,
            seconds_total: 90,
        };
        assert_eq!(read(Design::default(), screen, Size::new(320, 240)), [code_url]);
    }
}

/// At once where pictures are still, and after the fade where they move.
#[test]
fn nothing_is_left_to_scan_when_the_time_is_up() {
    let size = Size::new(320, 240);
    for motion in [Motion::Full, Motion::Still] {
        let mut canvas = Canvas::new(size);
        let mut painter = Painter::new(Arc::new(Design { motion, ..Design::default() }));
        let checking = Screen::Checking { item: cola() };
        let screens = [(payment(cola(), 1), 0), (checking.clone(), 1_000), (checking, 1_200)];
        for (screen, now) in screens {
            let view = View::new(Language::Chinese, screen);
            let Ok(_) = painter.draw(&view, Duration::from_millis(now), &mut canvas);
        }
        assert!(scan(&canvas, size).is_empty(), "{motion:?}");
    }
}

fn read(design: Design, screen: Screen, size: Size) -> Vec<String> {
    let mut canvas = Canvas::new(size);
    let view = View::new(Language::Chinese, screen);
    let Ok(_) = Painter::new(Arc::new(design)).draw(&view, Duration::ZERO, &mut canvas);
    scan(&canvas, size)
}

/// What a scanner makes of the brightness of the pixels.
fn scan(canvas: &Canvas, size: Size) -> Vec<String> {
    let (width, height) = (size.width as usize, size.height as usize);
    let pixels = canvas.pixels();
    let mut image = rqrr::PreparedImage::prepare_from_greyscale(width, height, |x, y| {
        let [_, red, green, blue] = pixels[y * width + x].to_be_bytes();
        u8::try_from((u16::from(red) + u16::from(green) + u16::from(blue)) / 3).unwrap()
    });
    let codes = image.detect_grids();
    codes.iter().map(|code| code.decode().unwrap().1).collect()
}
