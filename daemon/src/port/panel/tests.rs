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
    glass: Arc<Mutex<Vec<u32>>>,
    broken: Arc<AtomicBool>,
}

impl Panel for FakePanel {
    fn size(&self) -> (u32, u32) {
        SIZE
    }

    fn show(&mut self, pixels: &[u32], dirty: &[Rect]) -> Result<(), PanelError> {
        *self.glass.lock().unwrap() = pixels.to_vec();
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
    port: PanelPort,
    outlet: Outlet,
}

fn shop(motion: Motion) -> Shop {
    let (told, shown) = channel();
    let broken = Arc::new(AtomicBool::new(false));
    let panel = FakePanel { told, glass: Arc::default(), broken: Arc::clone(&broken) };
    let (inbox, outlet) = inbox();
    let design = Design { motion, ..Design::default() };
    let port = PanelPort::dark(design, inbox, Sounds::silent());
    Shop { panel, shown, broken, port, outlet }
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
    let mut shop = shop(Motion::Full);
    shop.port.start(Box::new(shop.panel)).unwrap();
    shop.port.show(preparing());
    for _ in 0..5 {
        let dirty = shop.shown.recv_timeout(LIMIT).unwrap();
        assert!(!dirty.is_empty(), "it looks different");
    }
}

#[test]
fn a_still_picture_is_drawn_once() {
    let Shop { panel, shown, port, .. } = shop(Motion::Still);
    let mut easel = Easel::new(Box::new(panel), &port.shared);
    let design = Arc::new(port.designer().design());
    assert_eq!(easel.draw(&preparing(), &design, Duration::ZERO, &port.shared), None);
    assert_eq!(shown.try_iter().count(), 1);
    let wait = |again| port.shared.wait(again, false, Instant::now);
    port.shared.lock().ending = true;
    assert!(matches!(wait(None), Next::End));
    port.show(preparing());
    assert!(matches!(wait(None), Next::Draw(..)), "what was still to be drawn");
    assert!(matches!(wait(None), Next::End));
}

#[test]
fn a_new_view_does_not_wait_for_the_next_picture_of_the_last_one() {
    let shop = shop(Motion::Still);
    let later = Instant::now() + Duration::from_secs(3_600);
    shop.port.designer().redesign(&Design::default());
    assert!(matches!(shop.port.shared.wait(Some(later), false, || later), Next::Again), "of what?");
    shop.port.show(preparing());
    assert!(matches!(shop.port.shared.wait(Some(later), false, Instant::now), Next::Draw(..)));
    assert!(matches!(shop.port.shared.wait(Some(later), false, || later), Next::Again));
    shop.port.designer().redesign(&Design::default());
    let begun = Instant::now();
    assert!(matches!(
        shop.port.shared.wait(Some(begun + LIMIT), false, Instant::now),
        Next::Draw(..)
    ));
    assert!(begun.elapsed() < LIMIT, "nor does a new design");
}

#[test]
fn a_panel_that_errs_is_given_time_and_then_the_whole_picture() {
    for motion in [Motion::Full, Motion::Still] {
        let Shop { panel, shown, broken, port, .. } = shop(motion);
        let mut easel = Easel::new(Box::new(panel), &port.shared);
        let design = Arc::new(port.designer().design());
        let mut draw =
            |seconds| easel.draw(&preparing(), &design, Duration::from_secs(seconds), &port.shared);
        broken.store(true, Ordering::SeqCst);
        for seconds in 0..3 {
            assert_eq!(draw(seconds), Some(BROKEN_PAUSE));
        }
        broken.store(false, Ordering::SeqCst);
        assert!(draw(3).is_none_or(|again| again < BROKEN_PAUSE && again >= FRAME_MIN));
        let whole = Rect { x: 0, y: 0, w: SIZE.0, h: SIZE.1 };
        assert_eq!(shown.try_iter().last().unwrap(), [whole]);
        assert!(!port.shared.lock().broken);
    }
}

#[test]
fn a_panel_that_errs_is_not_hurried_by_what_is_new_and_is_let_go_in_time() {
    let Shop { panel, broken, port, outlet, .. } = shop(Motion::Still);
    broken.store(true, Ordering::SeqCst);
    let mut easel = Easel::new(Box::new(panel), &port.shared);
    let design = Arc::new(port.designer().design());
    let mut hopeless = |seconds| {
        let now = Duration::from_secs(seconds);
        easel.draw(&preparing(), &design, now, &port.shared);
        easel.is_hopeless(now)
    };
    assert_eq!([100, 102, 109, 110].map(&mut hopeless), [false, false, false, true]);
    port.fingers().touched(SIZE.0 / 2, SIZE.1 / 2);
    assert!(outlet.take(Duration::ZERO).is_none(), "nobody knows what is seen");

    port.show(preparing());
    let later = Instant::now() + Duration::from_secs(3_600);
    let before = later - Duration::from_millis(1);
    let times = std::cell::RefCell::new(vec![later, before]);
    let now = || times.borrow_mut().pop().unwrap();
    assert!(matches!(port.shared.wait(Some(later), true, now), Next::Draw(..)));
    assert!(times.borrow().is_empty(), "not before its time");
    port.show(preparing());
    port.shared.lock().ending = true;
    assert!(matches!(port.shared.wait(Some(later), true, || before), Next::Draw(..)));
    assert!(matches!(port.shared.wait(Some(later), true, || before), Next::End));
}

#[test]
fn a_finger_means_what_is_shown() {
    let mut shop = shop(Motion::Still);
    let fingers = shop.port.fingers();
    fingers.touched(1, 1);
    assert!(shop.outlet.take(Duration::ZERO).is_none(), "nothing is shown yet");
    let screen = Screen::Attract { items: Vec::new() };
    shop.port.start(Box::new(shop.panel)).unwrap();
    shop.port.show(View::new(Language::English, screen));
    shop.shown.recv_timeout(LIMIT).unwrap();
    fingers.touched(SIZE.0 / 2, SIZE.1 / 2);
    let heard = shop.outlet.take(LIMIT).unwrap();
    assert!(matches!(heard, Event::Touched(kiosk::Touch::Wake)), "{heard:?}");
}

#[test]
fn a_finger_that_was_aimed_at_the_screen_before_means_nothing() {
    let shop = shop(Motion::Full);
    let view = View::new(Language::English, Screen::Attract { items: Vec::new() });
    let size = Size::new(SIZE.0, SIZE.1);
    let design = Arc::new(shop.port.designer().design());
    let touch = |since: Instant| {
        let (view, design) = (view.clone(), Arc::clone(&design));
        shop.port.shared.lock().shown = Some(Shown { view, design, size, since });
        shop.port.fingers().touched(SIZE.0 / 2, SIZE.1 / 2);
        shop.outlet.take(Duration::ZERO)
    };
    // As if it had appeared just now, however slow this machine is.
    assert!(touch(Instant::now() + LIMIT).is_none());
    assert!(matches!(touch(Instant::now() - SEEN_AFTER), Some(Event::Touched(_))));
}

#[test]
fn a_screen_begins_with_another_view_and_not_with_another_number_on_it() {
    let shop = shop(Motion::Full);
    let design = Arc::new(shop.port.designer().design());
    let size = Size::new(SIZE.0, SIZE.1);
    let since = |view: &View| {
        let mut state = shop.port.shared.lock();
        state.show(view, &design, size);
        state.shown.as_ref().unwrap().since
    };
    let attract = |language| View::new(language, Screen::Attract { items: Vec::new() });
    let first = since(&attract(Language::English));
    assert_eq!(since(&attract(Language::Chinese)), first);
    assert_ne!(since(&preparing()), first);
}

#[test]
fn the_last_picture_is_no_step_on_the_way_to_it() {
    let Shop { panel, shown, mut port, .. } = shop(Motion::Full);
    let glass = Arc::clone(&panel.glass);
    port.start(Box::new(panel)).unwrap();
    port.show(View::new(Language::English, Screen::Starting));
    shown.recv_timeout(LIMIT).unwrap();
    let view = View::new(
        Language::English,
        Screen::OutOfService { reason: kiosk::Outage::Stopping, phone: String::new() },
    );
    let mut canvas = Canvas::new(Size::new(SIZE.0, SIZE.1));
    let design = Arc::new(port.designer().design());
    let Ok(_) = Painter::new(design).draw(&view, Duration::ZERO, &mut canvas);
    port.show(view);
    drop(port);
    assert!(*glass.lock().unwrap() == canvas.pixels());
}

/// A driver that panics.
struct Doomed(FakePanel);

impl Panel for Doomed {
    fn size(&self) -> (u32, u32) {
        self.0.size()
    }

    fn show(&mut self, pixels: &[u32], dirty: &[Rect]) -> Result<(), PanelError> {
        self.0.show(pixels, dirty)?;
        std::panic::resume_unwind(Box::new("a driver's fault"))
    }
}

#[test]
fn a_panel_whose_thread_died_can_be_opened_again_and_shows_what_is_new() {
    let Shop { panel, shown, mut port, outlet, .. } = shop(Motion::Still);
    assert!(!port.is_alive(), "there is none yet");
    port.show(View::new(Language::English, Screen::Attract { items: Vec::new() }));
    let (told, glass) = (panel.told.clone(), Arc::clone(&panel.glass));
    let other = FakePanel { told, glass, broken: Arc::clone(&panel.broken) };
    port.start(Box::new(Doomed(panel))).unwrap();
    shown.recv_timeout(LIMIT).unwrap();
    let begun = Instant::now();
    while port.is_alive() {
        assert!(begun.elapsed() < LIMIT);
        std::thread::yield_now();
    }
    port.fingers().touched(SIZE.0 / 2, SIZE.1 / 2);
    assert!(outlet.take(Duration::ZERO).is_none(), "nobody knows what is seen");
    port.start(Box::new(other)).unwrap();
    let whole = Rect { x: 0, y: 0, w: SIZE.0, h: SIZE.1 };
    assert_eq!(shown.recv_timeout(LIMIT).unwrap(), [whole]);
    while port.shared.lock().broken {
        assert!(begun.elapsed() < LIMIT);
        std::thread::yield_now();
    }
    assert!(port.is_alive());
}
