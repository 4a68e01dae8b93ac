//! Pictures that move, pictures that do not, and panels that cannot be drawn on.

#![expect(clippy::unwrap_used, reason = "a test may panic")]
#![expect(clippy::disallowed_methods, reason = "a test waits by the real clock")]

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};

use hardware::panel::PanelError;
use kiosk::{Availability, Item, Label, Language, Motion, Screen};

use super::*;
use crate::inbox::{Outlet, inbox};

const LIMIT: Duration = Duration::from_secs(20);
const SIZE: (u32, u32) = (320, 240);

/// Tells what it is to show.
struct FakePanel {
    told: Sender<Vec<Rect>>,
    broken: Arc<AtomicBool>,
}

impl Panel for FakePanel {
    fn size(&self) -> (u32, u32) {
        SIZE
    }

    fn show(&mut self, _pixels: &[u32], dirty: &[Rect]) -> Result<(), PanelError> {
        // A test that has seen enough does not listen.
        let _ = self.told.send(dirty.to_vec());
        if self.broken.load(Ordering::SeqCst) {
            return Err(PanelError::WrongSize { got: 0, want: 1 });
        }
        Ok(())
    }
}

struct Shop {
    panel: FakePanel,
    shown: Receiver<Vec<Rect>>,
    broken: Arc<AtomicBool>,
    fingers: Fingers,
    outlet: Outlet,
}

fn shop(motion: Motion) -> Shop {
    let (told, shown) = channel();
    let broken = Arc::new(AtomicBool::new(false));
    let panel = FakePanel { told, broken: Arc::clone(&broken) };
    let (inbox, outlet) = inbox();
    let design = Arc::new(Design { motion, ..Design::default() });
    let fingers = Fingers::new(SIZE, design, inbox, Sounds::silent());
    Shop { panel, shown, broken, fingers, outlet }
}

/// A screen on which something turns.
fn preparing() -> View {
    let item = Item {
        slot: 1,
        name: Label::new("可乐", "Cola"),
        price_fen: 350,
        availability: Availability::Available,
    };
    View::new(Language::English, Screen::Preparing { item })
}

#[test]
fn a_picture_that_moves_is_drawn_again_without_a_new_view() {
    let shop = shop(Motion::Full);
    let port = PanelPort::start(Box::new(shop.panel), &shop.fingers).unwrap();
    port.show(preparing());
    for _ in 0..5 {
        let dirty = shop.shown.recv_timeout(LIMIT).unwrap();
        assert!(!dirty.is_empty(), "it looks different");
    }
    port.stop();
}

#[test]
fn a_still_picture_is_drawn_once() {
    let Shop { panel, shown, fingers, .. } = shop(Motion::Still);
    let mut easel = Easel::new(Box::new(panel), &fingers.shared);
    assert_eq!(easel.draw(&preparing(), Duration::ZERO, &fingers.shared), None);
    assert_eq!(shown.try_iter().count(), 1);
    let wait = |again| fingers.shared.wait(again, Instant::now);
    fingers.shared.lock().ending = true;
    assert!(matches!(wait(None), Next::End));
    fingers.shared.lock().next = Some(preparing());
    assert!(matches!(wait(None), Next::View(_)), "what was still to be drawn");
}

#[test]
fn a_new_view_does_not_wait_for_the_next_picture_of_the_last_one() {
    let shop = shop(Motion::Still);
    let later = Instant::now() + Duration::from_secs(3_600);
    shop.fingers.shared.lock().next = Some(preparing());
    assert!(matches!(shop.fingers.shared.wait(Some(later), Instant::now), Next::View(_)));
    assert!(matches!(shop.fingers.shared.wait(Some(later), || later), Next::Again));
}

#[test]
fn a_panel_that_errs_is_given_time_and_then_the_whole_picture() {
    for motion in [Motion::Full, Motion::Still] {
        let Shop { panel, shown, broken, fingers, .. } = shop(motion);
        let mut easel = Easel::new(Box::new(panel), &fingers.shared);
        broken.store(true, Ordering::SeqCst);
        for seconds in 0..3 {
            let again = easel.draw(&preparing(), Duration::from_secs(seconds), &fingers.shared);
            assert_eq!(again, Some(BROKEN_PAUSE));
        }
        broken.store(false, Ordering::SeqCst);
        let again = easel.draw(&preparing(), Duration::from_secs(3), &fingers.shared);
        assert!(again.is_none_or(|again| again < BROKEN_PAUSE && again >= FRAME_MIN));
        let whole = Rect { x: 0, y: 0, w: SIZE.0, h: SIZE.1 };
        assert_eq!(shown.try_iter().last().unwrap(), [whole]);
    }
}

#[test]
fn a_finger_means_what_is_shown() {
    let shop = shop(Motion::Still);
    shop.fingers.touched(1, 1);
    assert!(shop.outlet.take(Duration::ZERO).is_none(), "nothing is shown yet");
    let screen = Screen::Attract { items: Vec::new() };
    let port = PanelPort::start(Box::new(shop.panel), &shop.fingers).unwrap();
    port.show(View::new(Language::English, screen));
    shop.shown.recv_timeout(LIMIT).unwrap();
    shop.fingers.touched(SIZE.0 / 2, SIZE.1 / 2);
    let heard = shop.outlet.take(LIMIT).unwrap();
    assert!(matches!(heard, Event::Touched(kiosk::Touch::Wake)), "{heard:?}");
    port.stop();
}

#[test]
fn a_finger_that_was_aimed_at_the_screen_before_means_nothing() {
    let shop = shop(Motion::Full);
    let screen = Screen::Attract { items: Vec::new() };
    shop.fingers.shared.lock().show(&View::new(Language::English, screen));
    let touch = |since: Instant| {
        shop.fingers.shared.lock().since = Some(since);
        shop.fingers.touched(SIZE.0 / 2, SIZE.1 / 2);
        shop.outlet.take(Duration::ZERO)
    };
    // As if it had appeared just now, however slow this machine is.
    assert!(touch(Instant::now() + LIMIT).is_none());
    assert!(matches!(touch(Instant::now() - SEEN_AFTER), Some(Event::Touched(_))));
}
