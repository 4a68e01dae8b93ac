//! The payment code is read from the panel by a phone in the sun, in the dark, askew, from afar.
//!
//! Each size of the panel is photographed in each case, and in its place a plain code: black on a
//! white page as large as the panel, with modules of the same size. What is asserted hangs little
//! on how good the two decoders are: they read the panel as often as the plain code.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]
#![expect(clippy::print_stdout, reason = "a test says what it skipped and what it counted")]

// What `specimens` knows as its own package.
use kiosk::{Availability, Item, Label, Language, Outage, Progress, Refund, Screen, Trouble, View};

mod cases;
mod decoders;
#[path = "../shared/outside.rs"]
mod outside;
mod score;
mod screen;
#[path = "../../../kiosk/src/specimens.rs"]
#[expect(dead_code, reason = "shared with the tests of the kiosk")]
mod specimens;

use std::{
    collections::BTreeMap,
    num::NonZero,
    sync::atomic::{AtomicUsize, Ordering},
    thread,
};

use cases::{Case, cases};
use decoders::{Zbar, rqrr_reads};
use embedded_graphics::geometry::Size;
use score::{Reading, Score};
use screen::{Scenery, panel, plain};

/// Percentage points by which the panel may be read less often than the plain code. Beside its
/// quiet zone stand words, which a decoder may stumble over, and chance falls either way: six seeds
/// brought up to 1.1. A quiet zone of one module costs `rqrr` some 5.
const TOLERANCE_POINTS: f64 = 2.0;

#[test]
fn a_phone_reads_the_panel_as_well_as_a_plain_code() {
    let Some(zbarimg) = outside::find("zbarimg", "zbar-tools") else { return };
    let (zbar, cases) = (Zbar(zbarimg), cases());
    let scores = everywhere(&cases, &zbar);
    print!("{}", score::tables(&scores, &cases));

    let unread: Vec<String> = scores.iter().flat_map(|score| score.unread(&cases)).collect();
    assert!(unread.is_empty(), "mild, and read by none:\n{}", unread.join("\n"));
    for (decoder, name) in score::DECODERS.into_iter().enumerate() {
        let [panel, plain] = score::shares(&scores, decoder);
        assert!(
            panel >= plain - TOLERANCE_POINTS,
            "{name} reads {panel:.1} % from the panel and {plain:.1} % of the plain codes"
        );
    }
}

/// Photographs the panel and the plain code in all sizes, on all processors.
fn everywhere(wrong: &[Case], zbar: &Zbar) -> Vec<Score> {
    let jobs = specimens::SIZES.map(|size| [(size, Subject::Panel), (size, Subject::Plain)]);
    let jobs = jobs.as_flattened();
    let next = AtomicUsize::new(0);
    let work = || {
        let taken = std::iter::from_fn(|| Some(next.fetch_add(1, Ordering::Relaxed)));
        let jobs = taken.map_while(|number| Some((number, jobs.get(number)?)));
        jobs.map(|(number, job)| (number, photograph(*job, wrong, zbar))).collect::<Vec<_>>()
    };
    let workers = thread::available_parallelism().map_or(1, NonZero::get);
    let done: BTreeMap<_, _> = thread::scope(|scope| {
        let workers: Vec<_> = (0..workers).map(|_| scope.spawn(work)).collect();
        workers.into_iter().flat_map(|worker| worker.join().unwrap()).collect()
    });
    let mut done = done.into_values();
    let scores = specimens::SIZES.into_iter().map(|size| {
        let ((module, panel), (_, plain)) = (done.next().unwrap(), done.next().unwrap());
        let readings = panel.into_iter().zip(plain);
        let readings = readings.map(|(panel, plain)| Reading { panel, plain }).collect();
        Score { size, module, readings }
    });
    scores.collect()
}

#[derive(Clone, Copy)]
enum Subject {
    Panel,
    Plain,
}

/// Everything that can be wrong, on one size, with the same chances for both subjects: the module
/// in pixels of the panel, and for each case which decoder read it.
fn photograph(
    (size, subject): (Size, Subject),
    wrong: &[Case],
    zbar: &Zbar,
) -> (u32, Vec<[bool; 2]>) {
    let panel = panel(size);
    let module = panel.code.module;
    let scenery = match subject {
        Subject::Panel => Scenery::of(&panel),
        Subject::Plain => Scenery::of(&plain(&panel)),
    };
    // Far from those of all other sizes.
    let stream = u64::from(size.width) << 32 | u64::from(size.height) << 16;
    let photos = cases::photograph(wrong, &scenery, stream);
    let rqrr = photos.iter().map(rqrr_reads);
    let read = rqrr.zip(zbar.reads(&photos)).map(|(rqrr, zbar)| [rqrr, zbar]);
    (module, read.collect())
}
