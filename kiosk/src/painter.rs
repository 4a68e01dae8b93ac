//! Draws views on a target, one after the other, and each time only what is new.

use std::mem::discriminant;
use std::sync::Arc;
use std::time::Duration;

use embedded_graphics::draw_target::DrawTarget;
use embedded_graphics::pixelcolor::Rgb888;
use embedded_graphics::primitives::Rectangle;

use crate::area::{Cut, merge};
use crate::band::Band;
use crate::brush::Brush;
use crate::damage::damage;
use crate::fade::{FADE_FRAME, Fade};
use crate::layout::{self, Moment};
use crate::scene::Scene;
use crate::{Design, Motion, Screen, View};

/// A picture is put together in strips of no more pixels: a quarter of a megabyte of memory, except
/// during a fade.
const BAND_PIXELS: u32 = 65_536;

/// Draws one view after the other on the same target.
///
/// It remembers what stands there, and draws again only what differs: a countdown leaves the QR
/// code alone. So there is one painter per target; a target that lost its picture needs
/// [`Painter::forget`].
#[derive(Debug)]
pub struct Painter {
    design: Arc<Design>,
    brush: Brush,
    /// Memory of the strip.
    memory: Vec<u32>,
    shown: Option<Shown>,
}

/// What stands on the target.
#[derive(Debug)]
struct Shown {
    view: View,
    /// What it was laid out by.
    design: Arc<Design>,
    /// When it was drawn first, on the clock of the caller.
    since: Duration,
    /// As it was laid out.
    scene: Scene,
    /// As it is at the moment.
    drawn: Scene,
    fade: Option<Fade>,
}

impl Painter {
    /// A painter for a target on which nothing was drawn yet.
    #[must_use]
    pub fn new(design: Arc<Design>) -> Self {
        let brush = Brush::new(design.fonts.clone());
        Self { design, brush, memory: Vec::new(), shown: None }
    }

    /// Draws by this design from the next view on.
    pub fn redesign(&mut self, design: Arc<Design>) {
        if design.fonts != self.design.fonts {
            self.brush = Brush::new(design.fonts.clone());
            // The same words look different where their letters were missing.
            self.shown = None;
        }
        self.design = design;
    }

    /// Draws the view over the target, whose upper left corner is (0, 0), as it is at the time
    /// `now` of a clock that never goes back. Returns how soon it will look different by itself;
    /// `None` = it stays as it is until the next view.
    ///
    /// # Errors
    ///
    /// Only those of the target; the next view is then drawn completely.
    pub fn draw<D>(
        &mut self,
        view: &View,
        now: Duration,
        target: &mut D,
    ) -> Result<Option<Duration>, D::Error>
    where
        D: DrawTarget<Color = Rgb888>,
    {
        let size = target.bounding_box().size;
        let before = self.shown.take();
        let since = before.as_ref().filter(|it| it.view == *view).map_or(now, |it| it.since);
        let elapsed = now.saturating_sub(since);
        let lasts = |it: &&Shown| {
            it.view == *view && it.lasts(elapsed) && Arc::ptr_eq(&it.design, &self.design)
        };
        let kept = before.as_ref().filter(lasts);
        let scene = match kept {
            Some(kept) => kept.scene.clone(),
            None => layout::scene(&self.design, view, size, Moment { elapsed }),
        };
        let still = self.design.motion == Motion::Still;
        let drawn = if still { scene.clone() } else { scene.at(elapsed, now) };
        let fades = before.as_ref().is_some_and(|it| !still && it.fades_into(view, &scene));
        let fade = match before {
            Some(before) if fades => self.begin_fade(before, &drawn, now, target)?,
            before => self.go_on(before, &drawn, now, target)?,
        };

        let next = if fade.is_some() {
            Some(FADE_FRAME)
        } else {
            let layout = scene.until.map(|until| until.saturating_sub(elapsed));
            let moving = if still { None } else { scene.changes_every() };
            layout.into_iter().chain(moving).min()
        };
        let (view, design) = (view.clone(), Arc::clone(&self.design));
        self.shown = Some(Shown { view, design, since, scene, drawn, fade });
        Ok(next)
    }

    /// The target no longer shows what was drawn last: draw the next view completely.
    pub fn forget(&mut self) {
        self.shown = None;
    }

    /// Memory of everything that is remembered from one view to the next, in bytes: letters, signs,
    /// scaled pictures, strips, and while a fade goes on its two pictures.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let fade = self.shown.as_ref().and_then(|shown| shown.fade.as_ref());
        self.brush.bytes() + self.memory.capacity() * size_of::<u32>() + fade.map_or(0, Fade::bytes)
    }

    /// Draws the first picture of the way from what is shown to this scene.
    fn begin_fade<D>(
        &mut self,
        mut before: Shown,
        drawn: &Scene,
        now: Duration,
        target: &mut D,
    ) -> Result<Option<Fade>, D::Error>
    where
        D: DrawTarget<Color = Rgb888>,
    {
        let screen = target.bounding_box();
        let mut areas = damage(&before.drawn, drawn);
        // What an interrupted fade has left half way is on the way too.
        areas.extend(before.fade.iter().flat_map(Fade::areas));
        before.fade = None;
        let mut places = Vec::new();
        for area in strips(merge(areas), screen) {
            let from = self.strip(&before.drawn, area, Vec::new());
            places.push((from, self.strip(drawn, area, Vec::new())));
        }
        let fade = Fade::new(now, places);
        Ok((!fade.draw(now, target)?).then_some(fade))
    }

    /// Draws what differs, and the next picture of a fade.
    fn go_on<D>(
        &mut self,
        before: Option<Shown>,
        drawn: &Scene,
        now: Duration,
        target: &mut D,
    ) -> Result<Option<Fade>, D::Error>
    where
        D: DrawTarget<Color = Rgb888>,
    {
        let screen = target.bounding_box();
        let (areas, mut fade) = match before {
            None => (vec![screen], None),
            Some(before) => (damage(&before.drawn, drawn), before.fade),
        };
        for area in strips(merge(areas), screen) {
            let memory = std::mem::take(&mut self.memory);
            let strip = self.strip(drawn, area, memory);
            if !fade.as_mut().is_some_and(|fade| fade.change(&strip)) {
                target.fill_contiguous(&area, strip.colors())?;
            }
            self.memory = strip.into_memory();
        }
        Ok(match fade {
            Some(fade) if !fade.draw(now, target)? => Some(fade),
            Some(_) | None => None,
        })
    }

    /// What of the scene lies in this rectangle.
    fn strip(&mut self, scene: &Scene, area: Rectangle, memory: Vec<u32>) -> Band {
        let mut band = Band::new(area, memory);
        for widget in &scene.widgets {
            if !widget.area.intersection(&area).is_zero_sized() {
                self.brush.paint(widget, &mut band);
            }
        }
        band
    }
}

impl Shown {
    /// Whether a fade begins from here to this scene: it is another screen, or the same one laid
    /// out anew, which a fade that goes on takes in.
    fn fades_into(&self, view: &View, scene: &Scene) -> bool {
        let anew = self.view == *view && self.scene != *scene;
        is_another(&self.view, view) || anew && self.fade.is_none()
    }

    fn lasts(&self, elapsed: Duration) -> bool {
        self.scene.until.is_none_or(|until| elapsed < until)
    }
}

/// Whether it is another screen, not the same one with another number on it.
fn is_another(before: &View, view: &View) -> bool {
    let page = |view: &View| match &view.screen {
        Screen::Catalogue { page, .. } => Some(*page),
        Screen::Starting
        | Screen::Attract { .. }
        | Screen::Keypad { .. }
        | Screen::Product { .. }
        | Screen::Preparing { .. }
        | Screen::Payment { .. }
        | Screen::Checking { .. }
        | Screen::Vending { .. }
        | Screen::Farewell { .. }
        | Screen::Sorry { .. }
        | Screen::OutOfService { .. } => None,
    };
    discriminant(&before.screen) != discriminant(&view.screen) || page(before) != page(view)
}

/// The parts of these rectangles that are on the screen, in strips that need little memory.
fn strips(areas: Vec<Rectangle>, screen: Rectangle) -> impl Iterator<Item = Rectangle> {
    areas.into_iter().flat_map(move |area| {
        let mut area = area.intersection(&screen);
        let rows = (BAND_PIXELS / area.size.width.max(1)).max(1);
        std::iter::from_fn(move || {
            let strip = area.cut_top(rows);
            (!strip.is_zero_sized()).then_some(strip)
        })
    })
}

#[cfg(test)]
mod tests;
