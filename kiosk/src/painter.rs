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
use crate::layout::{self, Moment};
use crate::scene::Scene;
use crate::{Design, Motion, Screen, View};

/// How long a screen takes to become the next one.
const FADE: Duration = Duration::from_millis(180);

/// From one picture of a fade to the next: thirty in a second are smooth, and a slow panel can keep
/// up.
const FADE_FRAME: Duration = Duration::from_millis(33);

/// A picture is put together in strips of no more pixels: half a megabyte of memory for two.
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
    /// Memory of the strips.
    memory: [Vec<u32>; 2],
    shown: Option<Shown>,
}

/// What stands on the target.
#[derive(Debug)]
struct Shown {
    view: View,
    /// When it was drawn first, on the clock of the caller.
    since: Duration,
    /// As it was laid out.
    scene: Scene,
    /// As it is at the moment.
    drawn: Scene,
    fade: Option<Fade>,
}

/// The way from one screen to the next.
#[derive(Debug)]
struct Fade {
    from: Scene,
    since: Duration,
}

impl Painter {
    /// A painter for a target on which nothing was drawn yet.
    #[must_use]
    pub fn new(design: Arc<Design>) -> Self {
        let brush = Brush::new(design.fonts.clone());
        Self { design, brush, memory: [Vec::new(), Vec::new()], shown: None }
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
        let kept = before.as_ref().filter(|it| it.view == *view && it.lasts(elapsed));
        let scene = match kept {
            Some(kept) => kept.scene.clone(),
            None => layout::scene(&self.design, view, size, Moment { elapsed }),
        };
        let still = self.design.motion == Motion::Still;
        let drawn = if still { scene.clone() } else { scene.at(elapsed, now) };
        let fade = before.as_ref().and_then(|before| self.fade(before, view, &scene, now));
        self.render(before.as_ref(), &drawn, fade.as_ref(), now, target)?;

        let next = if fade.is_some() {
            Some(FADE_FRAME)
        } else {
            let layout = scene.until.map(|until| until.saturating_sub(elapsed));
            let moving = if still { None } else { scene.changes_every() };
            layout.into_iter().chain(moving).min()
        };
        self.shown = Some(Shown { view: view.clone(), since, scene, drawn, fade });
        Ok(next)
    }

    /// The target no longer shows what was drawn last: draw the next view completely.
    pub fn forget(&mut self) {
        self.shown = None;
    }

    /// Memory of everything that is remembered from one view to the next, in bytes: letters, signs,
    /// scaled pictures, strips.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let strips: usize = self.memory.iter().map(Vec::capacity).sum();
        self.brush.bytes() + strips * size_of::<u32>()
    }

    /// The fade that is under way at this time, or that begins with this view.
    fn fade(&self, before: &Shown, view: &View, scene: &Scene, now: Duration) -> Option<Fade> {
        if self.design.motion == Motion::Still {
            return None;
        }
        let begins =
            is_another(&before.view, view) || before.view == *view && before.scene != *scene;
        if begins {
            return Some(Fade { from: before.drawn.clone(), since: now });
        }
        let fade = before.fade.as_ref()?;
        let going = now.saturating_sub(fade.since) < FADE;
        going.then(|| Fade { from: fade.from.clone(), since: fade.since })
    }

    fn render<D>(
        &mut self,
        before: Option<&Shown>,
        drawn: &Scene,
        fade: Option<&Fade>,
        now: Duration,
        target: &mut D,
    ) -> Result<(), D::Error>
    where
        D: DrawTarget<Color = Rgb888>,
    {
        let screen = target.bounding_box();
        let mut areas = match before {
            None => vec![screen],
            Some(before) => damage(&before.drawn, drawn),
        };
        // What a fade has left half way must be drawn as long as it goes, and once more after it.
        let fades = fade.into_iter().chain(before.and_then(|before| before.fade.as_ref()));
        for fade in fades {
            areas.extend(damage(&fade.from, drawn));
        }
        // The first picture is already a step on the way.
        let share = fade.map(|fade| share(now.saturating_sub(fade.since) + FADE_FRAME));
        for area in merge(areas) {
            for area in strips(area.intersection(&screen)) {
                let [memory, spare] = std::mem::take(&mut self.memory);
                let to = self.strip(drawn, area, memory);
                let mut from = None;
                match fade.zip(share) {
                    None => target.fill_contiguous(&area, to.colors())?,
                    Some((fade, share)) => {
                        let mut mixed = self.strip(&fade.from, area, spare);
                        mixed.fade(&to, share);
                        target.fill_contiguous(&area, mixed.colors())?;
                        from = Some(mixed);
                    }
                }
                let spare = from.map(Band::into_memory).unwrap_or_default();
                self.memory = [to.into_memory(), spare];
            }
        }
        Ok(())
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

/// How much of the new screen is seen so long after the fade began: slower towards its end.
fn share(elapsed: Duration) -> u8 {
    let rest = FADE.saturating_sub(elapsed).as_millis() * 255 / FADE.as_millis();
    u8::try_from(255 - rest * rest / 255).unwrap_or(u8::MAX)
}

/// The rectangle in strips that need little memory.
fn strips(mut area: Rectangle) -> impl Iterator<Item = Rectangle> {
    let rows = (BAND_PIXELS / area.size.width.max(1)).max(1);
    std::iter::from_fn(move || {
        let strip = area.cut_top(rows);
        (!strip.is_zero_sized()).then_some(strip)
    })
}

#[cfg(test)]
mod tests;
