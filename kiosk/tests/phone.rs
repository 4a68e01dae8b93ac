//! A phone reads the payment code from the pixels, at every size and in every surrounding.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may panic")]

use embedded_graphics::geometry::Size;
use kiosk::{
    Availability, Canvas, Item, Label, Language, Outage, Painter, Refund, Screen, Trouble, View,
};

#[path = "../src/specimens.rs"]
#[expect(dead_code, reason = "shared with the tests inside the package")]
mod specimens;

use specimens::{CODE_URL, SIZES, cola, payment};

#[test]
fn a_phone_reads_the_code_at_every_size() {
    for size in SIZES {
        assert_eq!(read(payment(cola(), 72), size), [CODE_URL], "at {size}");
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
        assert_eq!(read(screen, Size::new(320, 240)), [code_url]);
    }
}

#[test]
fn nothing_is_left_to_scan_when_the_time_is_up() {
    let size = Size::new(320, 240);
    let mut canvas = Canvas::new(size);
    let mut painter = Painter::new();
    for screen in [payment(cola(), 1), Screen::Checking { item: cola() }] {
        let Ok(()) = painter.draw(&View { language: Language::Chinese, screen }, &mut canvas);
    }
    assert!(scan(&canvas, size).is_empty());
}

fn read(screen: Screen, size: Size) -> Vec<String> {
    let mut canvas = Canvas::new(size);
    let Ok(()) = Painter::new().draw(&View { language: Language::Chinese, screen }, &mut canvas);
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
