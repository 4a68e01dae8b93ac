//! Every screen is drawn as its picture in `tests/golden/` shows it.
//!
//! `UPDATE_GOLDEN=1 cargo test -p kiosk` draws the pictures anew: look at them before a commit.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::fs;
use std::path::{Path, PathBuf};

use embedded_graphics::geometry::Size;
use kiosk::{
    Availability, Canvas, Item, Label, Language, Outage, Painter, Refund, Screen, Trouble, View,
};

#[path = "../src/specimens.rs"]
#[expect(dead_code, reason = "shared with the tests inside the package")]
mod specimens;

/// Which screens are kept at which sizes: each screen at one, the busy ones at several.
const KEPT: [(Size, &[&str]); 6] = [
    (
        Size::new(320, 240),
        &[
            "catalogue",
            "catalogue-pages",
            "payment",
            "payment-long",
            "sorry-refund-owed",
            "sorry-refund-under-way",
            "sorry-refund-done",
            "sorry-in-doubt",
            "outage-gateway-down",
        ],
    ),
    (
        Size::new(240, 320),
        &[
            "catalogue",
            "payment",
            "payment-long",
            "sorry-refund-owed",
            "sorry-refund-under-way",
            "sorry-refund-done",
            "farewell",
        ],
    ),
    (
        Size::new(800, 480),
        &[
            "starting",
            "catalogue",
            "catalogue-pages",
            "preparing",
            "payment",
            "checking",
            "vending",
            "farewell",
            "sorry-refund-owed",
            "sorry-refund-under-way",
            "sorry-refund-done",
            "sorry-in-doubt",
            "sorry-in-doubt-refund-owed",
            "sorry-in-doubt-refund-under-way",
            "sorry-in-doubt-refund-done",
            "sorry-paid-too-late-refund-owed",
            "sorry-paid-too-late-refund-under-way",
            "sorry-paid-too-late-refund-done",
            "sorry-gateway-down",
            "sorry-order-refused",
            "sorry-machine-fault",
            "sorry-slot-blocked",
            "outage-board-down",
            "outage-log-down",
            "outage-gateway-down",
            "outage-clock-wrong",
            "outage-nothing-to-sell",
            "outage-stopping",
        ],
    ),
    (
        Size::new(480, 800),
        &[
            "catalogue",
            "payment",
            "sorry-refund-owed",
            "sorry-refund-under-way",
            "sorry-refund-done",
        ],
    ),
    (Size::new(1280, 800), &["catalogue", "payment"]),
    (Size::new(800, 1280), &["payment"]),
];

#[test]
fn screens_look_as_they_were_approved() {
    let update = std::env::var_os("UPDATE_GOLDEN").is_some();
    let mut wrong = Vec::new();
    for (name, size, view) in kept() {
        let pixels = draw(&view, size);
        let golden = golden_folder().join(&name);
        if update {
            write(&golden, size, &pixels);
        } else if read(&golden) != Some((size, pixels.clone())) {
            let actual = Path::new(env!("CARGO_TARGET_TMPDIR")).join(&name);
            write(&actual, size, &pixels);
            wrong.push(format!("{} is drawn as {}", golden.display(), actual.display()));
        }
    }
    assert!(wrong.is_empty(), "{}\nUPDATE_GOLDEN=1 accepts what is drawn now", wrong.join("\n"));
}

#[test]
fn no_picture_is_left_over() {
    let kept = kept().map(|(name, ..)| name).collect::<Vec<_>>();
    for file in fs::read_dir(golden_folder()).unwrap() {
        let name = file.unwrap().file_name().into_string().unwrap();
        assert!(kept.contains(&name), "{name} shows no screen of today: delete it");
    }
}

/// File name, size and view of each picture.
fn kept() -> impl Iterator<Item = (String, Size, View)> {
    KEPT.into_iter().flat_map(|(size, names)| {
        specimens::views().filter_map(move |(name, view)| {
            let screen = name.trim_end_matches("-zh").trim_end_matches("-en");
            let file = format!("{name}-{}x{}.png", size.width, size.height);
            names.contains(&screen).then_some((file, size, view))
        })
    })
}

fn draw(view: &View, size: Size) -> Vec<u32> {
    let mut canvas = Canvas::new(size);
    let Ok(()) = Painter::new().draw(view, &mut canvas);
    canvas.pixels().to_vec()
}

fn golden_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden")
}

fn write(path: &Path, size: Size, pixels: &[u32]) {
    let mut encoder = png::Encoder::new(fs::File::create(path).unwrap(), size.width, size.height);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_compression(png::Compression::High);
    // Flat areas pack best as they are.
    encoder.set_filter(png::Filter::NoFilter);
    let bytes =
        pixels.iter().flat_map(|pixel| pixel.to_be_bytes().into_iter().skip(1)).collect::<Vec<_>>();
    encoder.write_header().unwrap().write_image_data(&bytes).unwrap();
}

/// The picture in a file, when there is one.
fn read(path: &Path) -> Option<(Size, Vec<u32>)> {
    let file = std::io::BufReader::new(fs::File::open(path).ok()?);
    let mut reader = png::Decoder::new(file).read_info().unwrap();
    let mut bytes = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut bytes).unwrap();
    let pixels = bytes
        .chunks_exact(3)
        .map(|rgb| rgb.iter().fold(0, |pixel, byte| pixel << 8 | u32::from(*byte)));
    Some((Size::new(info.width, info.height), pixels.collect()))
}
