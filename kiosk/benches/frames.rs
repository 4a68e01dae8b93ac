//! How long a picture takes, beside filling the same memory, and how much memory there is to it.
//!
//! `cargo bench -p kiosk`. "Whole" is a screen drawn on an empty target, "again" the same when its
//! letters and pictures are known, "second" what a countdown draws each second, "tenth" what its
//! ring draws in between, "turn" the first picture of the way to another screen, "fade" each of
//! those after it.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    reason = "a bench prints"
)]

use std::collections::BTreeMap;
use std::fs;
use std::hint::black_box;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use embedded_graphics::geometry::Size;
use kiosk::{
    Availability, Canvas, Design, Item, Label, Language, Outage, Painter, Picture, Progress,
    Refund, Screen, Trouble, View,
};

#[path = "../src/specimens.rs"]
#[expect(dead_code, reason = "shared with the tests inside the package")]
mod specimens;

use specimens::{SIZES, cola, payment, shelf};

/// The middle of so many measurements.
const ROUNDS: usize = 15;

fn main() {
    println!("milliseconds; in brackets how many times a fill of the same memory");
    println!(
        "{:>9} | {:>14} {:>13} {:>13} | {:>13} {:>13} | {:>13} {:>13} | {:>8} {:>8} {:>8}",
        "panel",
        "catalogue",
        "again",
        "payment",
        "second",
        "tenth",
        "turn",
        "fade",
        "canvas",
        "caches",
        "fading"
    );
    let design = Arc::new(Design { photos: photos(), ..Design::default() });
    for size in SIZES {
        line(&design, size);
    }
}

/// One size of panel.
fn line(design: &Arc<Design>, size: Size) {
    let fill = fill(size);
    let told = |time: Duration| {
        let times = time.as_secs_f64() / fill.as_secs_f64();
        format!("{:.2} ({times:.0}x)", time.as_secs_f64() * 1_000.0)
    };
    let catalogue = view(Screen::Catalogue { items: shelf(60), page: 0, keypad: true });
    let paying = |seconds| view(payment(cola(), seconds));
    let whole = middle(|| {
        let mut painter = Painter::new(Arc::clone(design));
        timed(&mut painter, &mut Canvas::new(size), &catalogue, 0)
    });
    let again = |view: &View| {
        let mut painter = Painter::new(Arc::clone(design));
        timed(&mut painter, &mut Canvas::new(size), view, 0);
        middle(|| {
            painter.forget();
            timed(&mut painter, &mut Canvas::new(size), view, 0)
        })
    };
    let (again, code) = (again(&catalogue), again(&paying(60)));

    let mut painter = Painter::new(Arc::clone(design));
    let mut canvas = Canvas::new(size);
    timed(&mut painter, &mut canvas, &catalogue, 0);
    // Each one begins anew between two screens that know each other's letters.
    let turn = middle(|| {
        timed(&mut painter, &mut canvas, &catalogue, 0);
        timed(&mut painter, &mut canvas, &paying(60), 0)
    });
    let fading = painter.bytes();
    let fade = middle(|| timed(&mut painter, &mut canvas, &paying(60), 33));
    let mut now = 1_000;
    timed(&mut painter, &mut canvas, &paying(60), now);
    let fading = fading.saturating_sub(painter.bytes());
    let mut seconds = 60;
    let second = middle(|| {
        (seconds, now) = (seconds - 1, now + 1_000);
        timed(&mut painter, &mut canvas, &paying(seconds), now)
    });
    let tenth = middle(|| {
        now += 60;
        timed(&mut painter, &mut canvas, &paying(seconds), now)
    });
    let mib = |bytes: usize| format!("{:.1} MiB", bytes as f64 / f64::from(1 << 20));
    // What is shown, and what was taken for the panel before.
    let buffers = 2 * size_of_val(canvas.pixels());
    println!(
        "{:>9} | {:>14} {:>13} {:>13} | {:>13} {:>13} | {:>13} {:>13} | {:>8} {:>8} {:>8}",
        format!("{}x{}", size.width, size.height),
        told(whole),
        told(again),
        told(code),
        told(second),
        told(tenth),
        told(turn),
        told(fade),
        mib(buffers),
        mib(painter.bytes()),
        mib(fading),
    );
}

fn view(screen: Screen) -> View {
    View::new(Language::Chinese, screen)
}

/// The picture, and what of it is to be sent to the panel.
fn timed(painter: &mut Painter, canvas: &mut Canvas, view: &View, now: u64) -> Duration {
    let begun = Instant::now();
    let Ok(_) = painter.draw(view, Duration::from_millis(now), canvas);
    black_box(canvas.take_dirty());
    begun.elapsed()
}

/// The physical limit: every pixel written once.
fn fill(size: Size) -> Duration {
    let mut memory = vec![0_u32; size.width as usize * size.height as usize];
    let mut color = 0;
    middle(|| {
        color += 1;
        let begun = Instant::now();
        black_box(&mut memory).fill(black_box(color));
        begun.elapsed()
    })
}

fn middle(mut measure: impl FnMut() -> Duration) -> Duration {
    let mut times = (0..ROUNDS).map(|_| measure()).collect::<Vec<_>>();
    times.sort_unstable();
    times.get(ROUNDS / 2).copied().unwrap()
}

fn photos() -> BTreeMap<u16, Picture> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/photos");
    let files = ["cola.png", "water.png", "tea.png", "juice.png", "crisps.png"];
    let decode = |file| Picture::decode(&fs::read(folder.join(file)).unwrap()).unwrap();
    (1..).zip(files.map(decode)).collect()
}
