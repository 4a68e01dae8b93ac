//! The panel: draws the newest view on a thread of its own and gives back what a finger meant.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use embedded_graphics::prelude::{Point, Size};
use hardware::panel::{Panel, Rect};
use kiosk::{Canvas, Painter, View};

use crate::inbox::Inbox;
use crate::report::Chain;
use crate::sale::Event;

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
}

struct Shared {
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
    ending: bool,
}

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
    /// For a panel of `width` by `height` pixels; nothing is shown on it yet.
    pub fn new((width, height): (u32, u32), inbox: Inbox) -> Self {
        let state = Mutex::new(State::default());
        let size = Size::new(width, height);
        Self { shared: Arc::new(Shared { size, state, changed: Condvar::new() }), inbox }
    }

    /// A finger at `x`, `y` in the panel's pixels.
    pub fn touched(&self, x: u32, y: u32) {
        let (Ok(x), Ok(y)) = (i32::try_from(x), i32::try_from(y)) else { return };
        let shown = self.shared.lock().shown.clone();
        let touch = shown.and_then(|view| kiosk::touch(&view, self.shared.size, Point::new(x, y)));
        tracing::debug!(x, y, ?touch, "touched");
        if let Some(touch) = touch {
            // A finger that finds the machine too busy touches again.
            self.inbox.offer(Event::Touched(touch));
        }
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next view to draw; `None` when the thread shall end.
    fn wait(&self) -> Option<View> {
        let mut state = self.lock();
        loop {
            if let Some(view) = state.next.take() {
                return Some(view);
            }
            if state.ending {
                return None;
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

fn draw_all(mut panel: Box<dyn Panel>, shared: &Shared) {
    let mut painter = Painter::new();
    let mut canvas = Canvas::new(shared.size);
    let mut broken = false;
    while let Some(view) = shared.wait() {
        let Ok(()) = painter.draw(&view, &mut canvas);
        let dirty = canvas.take_dirty();
        let dirty = dirty.iter().filter_map(rect).collect::<Vec<_>>();
        // Before the pixels: who touches what is new must not be taken to mean what was there
        // before.
        shared.lock().shown = Some(view);
        match panel.show(canvas.pixels(), &dirty) {
            Ok(()) => broken = false,
            Err(error) if broken => tracing::debug!(error = %Chain(&error), "panel"),
            Err(error) => {
                broken = true;
                tracing::warn!(error = %Chain(&error), "the panel cannot be drawn on");
            }
        }
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
