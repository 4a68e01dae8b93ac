//! The panel: draws the newest view on a thread of its own and gives back what a finger meant.

use std::mem::discriminant;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use embedded_graphics::prelude::{Dimensions as _, OriginDimensions as _, Point, Size};
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

/// After so many tries in vain its thread ends: opened anew it may do better.
const BROKEN_MAX: u32 = 5;

/// The port: views in; touches, already translated, into the inbox.
pub struct PanelPort {
    shared: Arc<Shared>,
    inbox: Inbox,
    sounds: Sounds,
    /// `None`: there is no panel, and nobody sees what is shown.
    thread: Option<JoinHandle<()>>,
}

/// Translates fingers by the view that they touched.
#[derive(Clone)]
pub struct Fingers {
    shared: Arc<Shared>,
    inbox: Inbox,
    sounds: Sounds,
}

/// Changes the look of the screens while they are shown.
pub struct Designer {
    shared: Arc<Shared>,
}

struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    design: Arc<Design>,
    /// The newest view. It is kept, for a panel that is opened later.
    view: Option<View>,
    /// View or design are newer than what was drawn last.
    changed: bool,
    /// What the customer sees; `None` also while nobody draws.
    shown: Option<Shown>,
    /// The panel cannot be drawn on, and it was told.
    broken: bool,
    ending: bool,
}

/// A picture on the panel.
#[derive(Clone)]
struct Shown {
    view: View,
    design: Arc<Design>,
    size: Size,
    /// Since when it is this screen.
    since: Instant,
}

/// While a screen fades in, the one before is still seen: a finger that comes down so soon after
/// was aimed at that one.
const SEEN_AFTER: Duration = Duration::from_millis(250);

impl PanelPort {
    /// A port without a panel; what it will be given looks like `design`.
    pub fn dark(design: Design, inbox: Inbox, sounds: Sounds) -> Self {
        let state = State {
            design: Arc::new(design),
            view: None,
            changed: false,
            shown: None,
            broken: false,
            ending: false,
        };
        let shared = Arc::new(Shared { state: Mutex::new(state), changed: Condvar::new() });
        Self { shared, inbox, sounds, thread: None }
    }

    /// Starts the thread that draws on the panel, in the place of the one before. The panel is
    /// black until there is a view.
    ///
    /// # Errors
    ///
    /// When no thread can be started.
    pub fn start(&mut self, panel: Box<dyn Panel>) -> std::io::Result<()> {
        self.end();
        {
            let mut state = self.shared.lock();
            (state.changed, state.ending) = (true, false);
        }
        let shared = Arc::clone(&self.shared);
        let thread = std::thread::Builder::new().name("panel".to_owned());
        self.thread = Some(thread.spawn(move || draw_all(panel, &shared))?);
        Ok(())
    }

    /// Whether the panel is drawn on: its thread ends when the driver panics, and when it has erred
    /// for too long.
    pub fn is_alive(&self) -> bool {
        self.thread.as_ref().is_some_and(|thread| !thread.is_finished())
    }

    /// Shows `view` next; a view that was not drawn in time is passed over.
    pub fn show(&self, view: View) {
        {
            let mut state = self.shared.lock();
            (state.view, state.changed) = (Some(view), true);
        }
        self.shared.changed.notify_one();
    }

    /// For touches on this panel.
    pub fn fingers(&self) -> Fingers {
        let (shared, inbox) = (Arc::clone(&self.shared), self.inbox.clone());
        Fingers { shared, inbox, sounds: self.sounds.clone() }
    }

    /// For what is known about the design later.
    pub fn designer(&self) -> Designer {
        Designer { shared: Arc::clone(&self.shared) }
    }

    /// Draws what is still to be drawn, and lets the panel go.
    fn end(&mut self) {
        self.shared.lock().ending = true;
        self.shared.changed.notify_one();
        // Whether it panicked was told when it did.
        let _ = self.thread.take().map(JoinHandle::join);
    }
}

impl Drop for PanelPort {
    /// Also when the program cannot start: a console must get its text back.
    fn drop(&mut self) {
        self.end();
    }
}

impl Designer {
    /// The design as it is.
    pub fn design(&self) -> Design {
        Design::clone(&self.shared.lock().design)
    }

    /// Draws by this one from now on.
    pub fn redesign(&self, design: &Design) {
        let design = Arc::new(design.clone());
        {
            let mut state = self.shared.lock();
            (state.design, state.changed) = (design, true);
        }
        self.shared.changed.notify_one();
    }
}

impl Fingers {
    /// A finger at `x`, `y` in the panel's pixels.
    pub fn touched(&self, x: u32, y: u32) {
        let (Ok(x), Ok(y)) = (i32::try_from(x), i32::try_from(y)) else { return };
        let Some(Shown { view, design, size, since }) = self.shared.lock().shown.clone() else {
            return;
        };
        // Whoever touches now has aimed at the screen before.
        if since.elapsed() < SEEN_AFTER && design.motion == Motion::Full {
            return tracing::debug!(x, y, "touched too early");
        }
        let touch = kiosk::touch(&design, &view, size, Point::new(x, y));
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
    fn show(&mut self, view: &View, design: &Arc<Design>, size: Size) {
        let before = self.shown.take().filter(|it| is_the_same_screen(&it.view, view));
        let since = before.map_or_else(Instant::now, |before| before.since);
        self.shown = Some(Shown { view: view.clone(), design: Arc::clone(design), size, since });
    }
}

fn is_the_same_screen(one: &View, other: &View) -> bool {
    discriminant(&one.screen) == discriminant(&other.screen)
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for something new, or until `again`, when the last picture looks different by itself.
    fn wait(&self, again: Option<Instant>, now: impl Fn() -> Instant) -> Next {
        let mut state = self.lock();
        loop {
            if std::mem::take(&mut state.changed)
                && let Some(view) = &state.view
            {
                return Next::Draw(view.clone(), Arc::clone(&state.design));
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
    /// This is new.
    Draw(View, Arc<Design>),
    /// Draw the last one once more.
    Again,
    End,
}

#[expect(
    clippy::disallowed_methods,
    reason = "pictures move by the real clock, and decide nothing"
)]
fn draw_all(panel: Box<dyn Panel>, shared: &Shared) {
    let _watch = Watch { shared };
    let begun = Instant::now();
    let mut easel = Easel::new(panel, shared);
    let mut model = None;
    let mut again = None;
    loop {
        match shared.wait(again, Instant::now) {
            Next::Draw(view, design) => model = Some((view, design)),
            Next::Again => {}
            Next::End => {
                if let Some((view, design)) = &model {
                    // Nobody will draw the rest of a fade.
                    easel.painter.forget();
                    easel.draw(view, design, begun.elapsed(), shared);
                }
                return;
            }
        }
        let Some((view, design)) = &model else { continue };
        let pause = easel.draw(view, design, begun.elapsed(), shared);
        if easel.failures >= BROKEN_MAX {
            return;
        }
        again = pause.map(|pause| Instant::now() + pause);
    }
}

/// Sees the thread end.
struct Watch<'a> {
    shared: &'a Shared,
}

impl Drop for Watch<'_> {
    fn drop(&mut self) {
        let mut state = self.shared.lock();
        // A finger that comes down now was aimed at who knows what.
        state.shown = None;
        if std::thread::panicking() && !std::mem::replace(&mut state.broken, true) {
            tracing::warn!("drawing on the panel has failed: it is opened anew");
        }
    }
}

/// The panel and what it is painted with.
struct Easel {
    panel: Box<dyn Panel>,
    painter: Painter,
    canvas: Canvas,
    /// Tries in vain since it could be drawn on.
    failures: u32,
}

impl Easel {
    fn new(panel: Box<dyn Panel>, shared: &Shared) -> Self {
        let painter = Painter::new(Arc::clone(&shared.lock().design));
        let (width, height) = panel.size();
        Self { panel, painter, canvas: Canvas::new(Size::new(width, height)), failures: 0 }
    }

    /// Draws the view as it is so long after the beginning. Returns when to draw it once more;
    /// `None` = it stays as it is.
    fn draw(
        &mut self,
        view: &View,
        design: &Arc<Design>,
        now: Duration,
        shared: &Shared,
    ) -> Option<Duration> {
        self.painter.redesign(Arc::clone(design));
        let Ok(changes) = self.painter.draw(view, now, &mut self.canvas);
        let mut dirty = self.canvas.take_dirty();
        if self.failures > 0 {
            // Nobody knows what of the last picture is there.
            dirty = vec![self.canvas.bounding_box()];
        }
        let dirty = dirty.iter().filter_map(rect).collect::<Vec<_>>();
        // Before the pixels: who touches what is new must not be taken to mean what was there
        // before.
        shared.lock().show(view, design, self.canvas.size());
        let result = self.panel.show(self.canvas.pixels(), &dirty);
        let was_broken = std::mem::replace(&mut shared.lock().broken, result.is_err());
        match result {
            Ok(()) => {
                self.failures = 0;
                if was_broken {
                    tracing::info!("the panel can be drawn on again");
                }
                return changes.map(|changes| changes.max(FRAME_MIN));
            }
            Err(error) if was_broken => tracing::debug!(error = %Chain(&error), "panel"),
            Err(error) => {
                tracing::warn!(error = %Chain(&error), "the panel cannot be drawn on");
            }
        }
        self.failures += 1;
        Some(BROKEN_PAUSE)
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
