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

/// After so long in vain its thread ends: opened anew it may do better.
const BROKEN_MAX: Duration = Duration::from_secs(10);

/// A driver may take so long for its last picture; then its thread is left to itself.
const LAST_MAX: Duration = Duration::from_secs(5);

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
    /// The thread has ended, or is about to.
    gone: bool,
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
            gone: true,
        };
        let shared = Arc::new(Shared { state: Mutex::new(state), changed: Condvar::new() });
        Self { shared, inbox, sounds, thread: None }
    }

    /// Starts the thread that draws on the panel, in the place of the one before. The panel is
    /// black until there is a view.
    ///
    /// # Errors
    ///
    /// When no thread can be started, or the one before does not end.
    pub fn start(&mut self, panel: Box<dyn Panel>) -> std::io::Result<()> {
        self.end();
        if self.thread.is_some() {
            return Err(std::io::Error::other("the panel's thread before does not end"));
        }
        {
            let mut state = self.shared.lock();
            (state.changed, state.ending, state.gone) = (true, false, false);
        }
        let shared = Arc::clone(&self.shared);
        let thread = std::thread::Builder::new().name("panel".to_owned());
        match thread.spawn(move || draw_all(panel, &shared)) {
            Ok(thread) => self.thread = Some(thread),
            Err(error) => {
                self.shared.lock().gone = true;
                return Err(error);
            }
        }
        Ok(())
    }

    /// Whether the panel is drawn on: its thread ends when the driver panics, and when it has erred
    /// for too long.
    pub fn is_alive(&self) -> bool {
        self.thread.is_some() && !self.shared.lock().gone
    }

    /// Shows `view` next; a view that was not drawn in time is passed over.
    pub fn show(&self, view: View) {
        {
            let mut state = self.shared.lock();
            (state.view, state.changed) = (Some(view), true);
        }
        self.shared.changed.notify_all();
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
        let mut state = self.shared.lock();
        state.ending = true;
        self.shared.changed.notify_all();
        let waited = self.shared.changed.wait_timeout_while(state, LAST_MAX, |it| !it.gone);
        let gone = waited.unwrap_or_else(PoisonError::into_inner).0.gone;
        if gone {
            // Whether it panicked was told when it did.
            let _ = self.thread.take().map(JoinHandle::join);
        } else {
            tracing::warn!("the panel's driver does not come back: it is left to itself");
        }
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
        self.shared.changed.notify_all();
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

    /// Waits for something new, or until `again`, when the last picture is to be drawn once more;
    /// with `patience` what is new waits until then too.
    fn wait(&self, again: Option<Instant>, patience: bool, now: impl Fn() -> Instant) -> Next {
        let mut state = self.lock();
        loop {
            let left = again.map(|again| again.saturating_duration_since(now()));
            let patience = patience && left.is_some_and(|left| left > Duration::ZERO);
            if (!patience || state.ending)
                && std::mem::take(&mut state.changed)
                && let Some(view) = &state.view
            {
                return Next::Draw(view.clone(), Arc::clone(&state.design));
            }
            if state.ending {
                return Next::End;
            }
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
        match shared.wait(again, easel.broken_since.is_some(), Instant::now) {
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
        if easel.is_hopeless(begun.elapsed()) {
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
        state.gone = true;
        self.shared.changed.notify_all();
        let panicked = std::thread::panicking();
        let is_news = panicked && !std::mem::replace(&mut state.broken, true);
        drop(state);
        if is_news {
            tracing::warn!("drawing on the panel has failed: it is opened anew");
        }
    }
}

/// The panel and what it is painted with.
struct Easel {
    panel: Box<dyn Panel>,
    painter: Painter,
    canvas: Canvas,
    /// Since when it cannot be drawn on.
    broken_since: Option<Duration>,
}

impl Easel {
    fn new(panel: Box<dyn Panel>, shared: &Shared) -> Self {
        let painter = Painter::new(Arc::clone(&shared.lock().design));
        let (width, height) = panel.size();
        Self { panel, painter, canvas: Canvas::new(Size::new(width, height)), broken_since: None }
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
        if self.broken_since.is_some() {
            // Nobody knows what of the last picture is there.
            dirty = vec![self.canvas.bounding_box()];
        }
        let dirty = dirty.iter().filter_map(rect).collect::<Vec<_>>();
        // Before the pixels: who touches what is new must not be taken to mean what was there
        // before.
        shared.lock().show(view, design, self.canvas.size());
        let result = self.panel.show(self.canvas.pixels(), &dirty);
        let mut state = shared.lock();
        let was_broken = std::mem::replace(&mut state.broken, result.is_err());
        if result.is_err() {
            // Nobody knows what a finger is aimed at.
            state.shown = None;
        }
        drop(state);
        match result {
            Ok(()) => {
                self.broken_since = None;
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
        self.broken_since.get_or_insert(now);
        Some(BROKEN_PAUSE)
    }

    /// Whether it could not be drawn on for too long.
    fn is_hopeless(&self, now: Duration) -> bool {
        self.broken_since.is_some_and(|since| now.saturating_sub(since) >= BROKEN_MAX)
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
