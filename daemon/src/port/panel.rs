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
    /// The design is not that of what is shown.
    redesigned: bool,
    /// The newest view that is not drawn yet.
    next: Option<View>,
    /// What the customer sees.
    shown: Option<Shown>,
    ending: bool,
}

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
            redesigned: false,
            next: None,
            shown: None,
            ending: false,
        };
        let shared = Arc::new(Shared { state: Mutex::new(state), changed: Condvar::new() });
        Self { shared, inbox, sounds, thread: None }
    }

    /// Starts the thread that draws on the panel, which is black until the first view. If there
    /// was one before, its last view is drawn.
    ///
    /// # Errors
    ///
    /// When no thread can be started.
    pub fn start(&mut self, panel: Box<dyn Panel>) -> std::io::Result<()> {
        self.join();
        {
            let mut state = self.shared.lock();
            let last = state.shown.take().map(|shown| shown.view);
            state.next = state.next.take().or(last);
        }
        let shared = Arc::clone(&self.shared);
        let thread = std::thread::Builder::new().name("panel".to_owned());
        self.thread = Some(thread.spawn(move || draw_all(panel, &shared))?);
        Ok(())
    }

    /// Whether the panel is drawn on. A driver that panics takes its thread with it, and leaves
    /// what it drew last.
    pub fn is_alive(&self) -> bool {
        self.thread.as_ref().is_some_and(|thread| !thread.is_finished())
    }

    /// Shows `view` next; a view that was not drawn in time is passed over.
    pub fn show(&self, view: View) {
        self.shared.lock().next = Some(view);
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

    /// Draws what is still to be drawn, and ends.
    pub fn stop(mut self) {
        self.shared.lock().ending = true;
        self.shared.changed.notify_one();
        self.join();
    }

    fn join(&mut self) {
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::warn!("the panel's thread had died");
        }
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
            (state.design, state.redesigned) = (design, true);
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
            if std::mem::take(&mut state.redesigned) {
                return Next::Again;
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
        let painter = Painter::new(Arc::clone(&shared.lock().design));
        let (width, height) = panel.size();
        Self { panel, painter, canvas: Canvas::new(Size::new(width, height)), broken: false }
    }

    /// Draws the view as it is so long after the beginning. Returns when to draw it once more;
    /// `None` = it stays as it is.
    fn draw(&mut self, view: &View, now: Duration, shared: &Shared) -> Option<Duration> {
        let design = Arc::clone(&shared.lock().design);
        self.painter.redesign(Arc::clone(&design));
        let Ok(changes) = self.painter.draw(view, now, &mut self.canvas);
        let mut dirty = self.canvas.take_dirty();
        if self.broken {
            // Nobody knows what of the last picture is there.
            dirty = vec![self.canvas.bounding_box()];
        }
        let dirty = dirty.iter().filter_map(rect).collect::<Vec<_>>();
        // Before the pixels: who touches what is new must not be taken to mean what was there
        // before.
        shared.lock().show(view, &design, self.canvas.size());
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
