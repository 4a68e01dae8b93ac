//! The panel: draws the newest view on a thread of its own and gives back what a finger meant.

use std::mem::discriminant;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use embedded_graphics::prelude::{Dimensions as _, Point, Size};
use hardware::panel::{Panel, Rect};
use kiosk::{Canvas, Design, Motion, Painter, View};

use crate::inbox::Inbox;
use crate::port::sound::{Sound, Sounds};
use crate::report::Chain;
use crate::sale::Event;

/// Pictures that move are drawn no more often than this: the rest of the program needs the
/// processor too.
const FRAME_MIN: Duration = Duration::from_millis(16);

/// A panel that cannot be drawn on is tried again so often, also by a picture that moves.
const BROKEN_PAUSE: Duration = Duration::from_secs(2);

/// The port: views in; touches, already translated, into the inbox.
pub struct PanelPort {
    /// `None`: there is no panel, and nobody sees what is shown.
    drawer: Option<Drawer>,
}

struct Drawer {
    shared: Arc<Shared>,
    thread: JoinHandle<()>,
}

/// Translates fingers by the view that they touched.
#[derive(Clone)]
pub struct Fingers {
    shared: Arc<Shared>,
    inbox: Inbox,
    sounds: Sounds,
}

struct Shared {
    design: Arc<Design>,
    size: Size,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    /// The newest view that is not drawn yet.
    next: Option<View>,
    /// What the customer sees.
    shown: Option<View>,
    /// Since when it is this screen.
    since: Option<Instant>,
    ending: bool,
}

/// While a screen fades in, the one before is still seen: a finger that comes down so soon after
/// was aimed at that one.
const SEEN_AFTER: Duration = Duration::from_millis(250);

impl PanelPort {
    /// Starts the panel's thread; `fingers` translates the touches on this very panel, and must
    /// have been made for its size. The panel is black until the first view.
    ///
    /// # Errors
    ///
    /// When no thread can be started.
    pub fn start(panel: Box<dyn Panel>, fingers: &Fingers) -> std::io::Result<Self> {
        let shared = Arc::clone(&fingers.shared);
        let drawn = Arc::clone(&shared);
        let thread = std::thread::Builder::new()
            .name("panel".to_owned())
            .spawn(move || draw_all(panel, &drawn))?;
        Ok(Self { drawer: Some(Drawer { shared, thread }) })
    }

    /// A port without a panel.
    pub const fn dark() -> Self {
        Self { drawer: None }
    }

    /// Shows `view` next; a view that was not drawn in time is passed over.
    pub fn show(&self, view: View) {
        let Some(drawer) = &self.drawer else { return };
        drawer.shared.lock().next = Some(view);
        drawer.shared.changed.notify_one();
    }

    /// Draws what is still to be drawn, and ends.
    pub fn stop(self) {
        let Some(drawer) = self.drawer else { return };
        drawer.shared.lock().ending = true;
        drawer.shared.changed.notify_one();
        if drawer.thread.join().is_err() {
            tracing::warn!("the panel's thread had died");
        }
    }
}

impl Fingers {
    /// For a panel of `width` by `height` pixels that looks like `design`; nothing is shown on it
    /// yet.
    pub fn new(
        (width, height): (u32, u32),
        design: Arc<Design>,
        inbox: Inbox,
        sounds: Sounds,
    ) -> Self {
        let state = Mutex::new(State::default());
        let size = Size::new(width, height);
        let shared = Arc::new(Shared { design, size, state, changed: Condvar::new() });
        Self { shared, inbox, sounds }
    }

    /// A finger at `x`, `y` in the panel's pixels.
    pub fn touched(&self, x: u32, y: u32) {
        let (Ok(x), Ok(y)) = (i32::try_from(x), i32::try_from(y)) else { return };
        let (shown, since) = {
            let state = self.shared.lock();
            (state.shown.clone(), state.since)
        };
        let Shared { design, size, .. } = &*self.shared;
        // Whoever touches now has aimed at the screen before.
        let unseen = since.is_some_and(|since| since.elapsed() < SEEN_AFTER);
        if unseen && design.motion == Motion::Full {
            return tracing::debug!(x, y, "touched too early");
        }
        let touch = shown.and_then(|view| kiosk::touch(design, &view, *size, Point::new(x, y)));
        tracing::debug!(x, y, ?touch, "touched");
        if let Some(touch) = touch {
            self.sounds.play(Sound::Touch);
            // A finger that finds the machine too busy touches again.
            self.inbox.offer(Event::Touched(touch));
        }
    }
}

impl State {
    #[expect(
        clippy::disallowed_methods,
        reason = "fingers are measured against the real picture, not against the middle's time"
    )]
    fn show(&mut self, view: &View) {
        let screen = |view: &View| discriminant(&view.screen);
        if self.shown.as_ref().map(screen) != Some(screen(view)) {
            self.since = Some(Instant::now());
        }
        self.shown = Some(view.clone());
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for the next view, or until `again`, when the last one looks different by itself.
    fn wait(&self, again: Option<Instant>, now: impl Fn() -> Instant) -> Next {
        let mut state = self.lock();
        loop {
            if let Some(view) = state.next.take() {
                return Next::View(view);
            }
            if state.ending {
                return Next::End;
            }
            let left = again.map(|again| again.saturating_duration_since(now()));
            state = match left {
                Some(Duration::ZERO) => return Next::Again,
                Some(left) => {
                    let waited = self.changed.wait_timeout(state, left);
                    waited.unwrap_or_else(PoisonError::into_inner).0
                }
                None => self.changed.wait(state).unwrap_or_else(PoisonError::into_inner),
            };
        }
    }
}

/// What the panel's thread is to do next.
enum Next {
    /// Draw this.
    View(View),
    /// Draw the last view once more.
    Again,
    End,
}

#[expect(
    clippy::disallowed_methods,
    reason = "pictures move by the real clock, and decide nothing"
)]
fn draw_all(panel: Box<dyn Panel>, shared: &Shared) {
    let begun = Instant::now();
    let mut easel = Easel::new(panel, shared);
    let mut view = None;
    let mut again = None;
    loop {
        match shared.wait(again, Instant::now) {
            Next::View(next) => view = Some(next),
            Next::Again => {}
            Next::End => return,
        }
        let Some(view) = &view else { continue };
        let pause = easel.draw(view, begun.elapsed(), shared);
        again = pause.map(|pause| Instant::now() + pause);
    }
}

/// The panel and what it is painted with.
struct Easel {
    panel: Box<dyn Panel>,
    painter: Painter,
    canvas: Canvas,
    broken: bool,
}

impl Easel {
    fn new(panel: Box<dyn Panel>, shared: &Shared) -> Self {
        let painter = Painter::new(Arc::clone(&shared.design));
        Self { panel, painter, canvas: Canvas::new(shared.size), broken: false }
    }

    /// Draws the view as it is so long after the beginning. Returns when to draw it once more;
    /// `None` = it stays as it is.
    fn draw(&mut self, view: &View, now: Duration, shared: &Shared) -> Option<Duration> {
        let Ok(changes) = self.painter.draw(view, now, &mut self.canvas);
        let mut dirty = self.canvas.take_dirty();
        if self.broken {
            // Nobody knows what of the last picture is there.
            dirty = vec![self.canvas.bounding_box()];
        }
        let dirty = dirty.iter().filter_map(rect).collect::<Vec<_>>();
        // Before the pixels: who touches what is new must not be taken to mean what was there
        // before.
        shared.lock().show(view);
        match self.panel.show(self.canvas.pixels(), &dirty) {
            Ok(()) => self.broken = false,
            Err(error) if self.broken => tracing::debug!(error = %Chain(&error), "panel"),
            Err(error) => {
                self.broken = true;
                tracing::warn!(error = %Chain(&error), "the panel cannot be drawn on");
            }
        }
        if self.broken {
            return Some(BROKEN_PAUSE);
        }
        changes.map(|changes| changes.max(FRAME_MIN))
    }
}

fn rect(area: &embedded_graphics::primitives::Rectangle) -> Option<Rect> {
    Some(Rect {
        x: u32::try_from(area.top_left.x).ok()?,
        y: u32::try_from(area.top_left.y).ok()?,
        w: area.size.width,
        h: area.size.height,
    })
}

#[cfg(test)]
mod tests;
