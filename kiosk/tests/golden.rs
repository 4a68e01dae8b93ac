//! Every screen is drawn as its picture in `tests/golden/` shows it.
//!
//! `UPDATE_GOLDEN=1 cargo test -p kiosk` draws the pictures anew: look at them before a commit.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use embedded_graphics::geometry::Size;
use kiosk::{
    Appearance, Availability, Canvas, Design, Item, Label, Language, Motion, Outage, Painter,
    Picture, Progress, Refund, Screen, Trouble, View,
};

#[path = "../src/specimens.rs"]
#[expect(dead_code, reason = "shared with the tests inside the package")]
mod specimens;

/// Screens at one size, in one theme, in these languages.
type Kept = (Size, Appearance, &'static [Language], &'static [&'static str]);

const LIGHT: Appearance = Appearance::Light;
const DARK: Appearance = Appearance::Dark;

/// What a customer meets in every sale.
const BUSY: &[&str] =
    &["catalogue", "keypad", "product", "payment", "vending", "farewell", "sorry-refund-under-way"];

/// Each screen at one size, the busy ones at all; each language where words are many.
const KEPT: [Kept; 13] = [
    (Size::new(800, 480), LIGHT, &[Language::Chinese], ALL),
    (Size::new(800, 480), DARK, &[Language::English], BUSY),
    (Size::new(480, 800), LIGHT, &[Language::English], BUSY),
    (Size::new(480, 800), DARK, &[Language::Chinese], BUSY),
    (Size::new(320, 240), LIGHT, &[Language::English, Language::Russian], BUSY),
    (Size::new(320, 240), LIGHT, &[Language::French], MANY_WORDS),
    (Size::new(240, 320), LIGHT, &[Language::Japanese], BUSY),
    (Size::new(240, 320), DARK, &[Language::Russian], MANY_WORDS),
    (Size::new(480, 320), LIGHT, &[Language::Korean], BUSY),
    (Size::new(320, 480), DARK, &[Language::French], BUSY),
    (Size::new(1024, 600), LIGHT, &[Language::Chinese], &["catalogue", "payment", "attract"]),
    (Size::new(1280, 800), DARK, &[Language::Japanese], &["catalogue", "payment", "attract"]),
    (Size::new(800, 1280), LIGHT, &[Language::Chinese], &["catalogue", "payment", "product"]),
];

/// Where something is cut first.
const MANY_WORDS: &[&str] =
    &["catalogue-pages", "payment-long", "product-long", "sorry-in-doubt", "sorry-refund-owed"];

/// Stands for every screen there is.
const ALL: &[&str] = &[];

/// A channel may differ by so much: another processor rounds another way.
const ROUNDING: u8 = 2;

#[test]
fn screens_look_as_they_were_approved() {
    let update = std::env::var_os("UPDATE_GOLDEN").is_some();
    let mut wrong = Vec::new();
    for (name, size, appearance, view) in kept() {
        let drawn = Image { size, pixels: draw(&view, size, appearance) };
        let golden = golden_folder().join(&name);
        if update {
            drawn.write(&golden);
            continue;
        }
        let Some(approved) = Image::read(&golden) else {
            wrong.push(format!("{name} is missing"));
            continue;
        };
        if let Some(difference) = drawn.difference(&approved) {
            let report = Path::new(env!("CARGO_TARGET_TMPDIR")).join(&name);
            approved.beside(&drawn).write(&report);
            let report = report.display();
            wrong.push(format!("{name}: {difference}; approved, drawn, difference: {report}"));
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

/// File name, size, theme and view of each picture.
fn kept() -> impl Iterator<Item = (String, Size, Appearance, View)> {
    KEPT.into_iter().flat_map(|(size, appearance, languages, names)| {
        let theme = if appearance == LIGHT { "light" } else { "dark" };
        specimens::views().filter_map(move |(name, view)| {
            let (screen, code) = name.rsplit_once('-')?;
            let wanted = names.is_empty() || names.contains(&screen);
            let wanted = wanted && languages.contains(&view.language);
            let file = format!("{screen}-{}x{}-{theme}-{code}.png", size.width, size.height);
            wanted.then_some((file, size, appearance, view))
        })
    })
}

fn draw(view: &View, size: Size, appearance: Appearance) -> Vec<u32> {
    let mut languages = Language::ALL.to_vec();
    languages.sort_by_key(|language| *language != view.language);
    let design = Design {
        appearance,
        motion: Motion::Still,
        languages,
        photos: photos(),
        ..Design::default()
    };
    let mut canvas = Canvas::new(size);
    let Ok(_) = Painter::new(Arc::new(design)).draw(view, Duration::ZERO, &mut canvas);
    canvas.pixels().to_vec()
}

fn photos() -> BTreeMap<u16, Picture> {
    let files = [
        "cola.png",
        "water.png",
        "tea.png",
        "juice.png",
        "crisps.png",
        "chocolate.jpg",
        "nuts.png",
        "biscuits.jpg",
    ];
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/photos");
    let decode = |file| Picture::decode(&fs::read(folder.join(file)).unwrap()).unwrap();
    (1..).zip(files.map(decode)).collect()
}

fn golden_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden")
}

/// A picture of 0x00RRGGBB pixels.
struct Image {
    size: Size,
    pixels: Vec<u32>,
}

impl Image {
    /// How many pixels differ, and where; none when it is the same picture.
    fn difference(&self, approved: &Self) -> Option<String> {
        if self.size != approved.size {
            return Some(format!("{} instead of {}", self.size, approved.size));
        }
        let width = self.size.width as usize;
        let differ = self.pixels.iter().zip(&approved.pixels).enumerate();
        let differ = differ.filter(|(_, (drawn, approved))| !alike(**drawn, **approved));
        let places = differ.map(|(at, _)| (at % width, at / width)).collect::<Vec<_>>();
        let (left, right) =
            (places.iter().map(|at| at.0).min()?, places.iter().map(|at| at.0).max()?);
        let (top, bottom) =
            (places.iter().map(|at| at.1).min()?, places.iter().map(|at| at.1).max()?);
        let count = places.len();
        Some(format!("{count} pixels differ, columns {left} to {right}, rows {top} to {bottom}"))
    }

    /// This picture, the other one, and where they differ, in red on a faint copy of this one.
    fn beside(&self, drawn: &Self) -> Self {
        let width = self.size.width as usize;
        let rows = self.pixels.chunks(width).zip(drawn.pixels.chunks(width));
        let marked = |(approved, drawn): (&u32, &u32)| {
            let faint = ((approved >> 2) & 0x3F_3F3F) | 0xC0_C0C0;
            if alike(*approved, *drawn) { faint } else { 0xFF_0000 }
        };
        let pixels = rows.flat_map(|(approved, drawn)| {
            let difference = approved.iter().zip(drawn).map(marked).collect::<Vec<_>>();
            [approved, drawn, &difference].concat()
        });
        Self { size: Size::new(3 * self.size.width, self.size.height), pixels: pixels.collect() }
    }

    fn write(&self, path: &Path) {
        let file = fs::File::create(path).unwrap();
        let mut encoder = png::Encoder::new(file, self.size.width, self.size.height);
        encoder.set_color(png::ColorType::Rgb);
        encoder.set_compression(png::Compression::High);
        let bytes = self.pixels.iter().flat_map(|pixel| pixel.to_be_bytes().into_iter().skip(1));
        let bytes = bytes.collect::<Vec<_>>();
        encoder.write_header().unwrap().write_image_data(&bytes).unwrap();
    }

    /// The picture in a file, when there is one.
    fn read(path: &Path) -> Option<Self> {
        let file = std::io::BufReader::new(fs::File::open(path).ok()?);
        let mut reader = png::Decoder::new(file).read_info().unwrap();
        let mut bytes = vec![0; reader.output_buffer_size().unwrap()];
        let info = reader.next_frame(&mut bytes).unwrap();
        let pixels = bytes
            .chunks_exact(3)
            .map(|rgb| rgb.iter().fold(0, |pixel, byte| pixel << 8 | u32::from(*byte)));
        Some(Self { size: Size::new(info.width, info.height), pixels: pixels.collect() })
    }
}

fn alike(one: u32, other: u32) -> bool {
    let channels = one.to_be_bytes().into_iter().zip(other.to_be_bytes());
    channels.into_iter().all(|(one, other)| one.abs_diff(other) <= ROUNDING)
}
