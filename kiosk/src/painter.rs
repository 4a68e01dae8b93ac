//! Draws views on a target, and on the next view only what is new.

use embedded_graphics::draw_target::DrawTarget;
use embedded_graphics::pixelcolor::Rgb888;

use crate::brush::Brush;
use crate::scene::{Scene, Widget};
use crate::{View, layout};

/// Draws one view after the other on the same target.
///
/// It remembers what stands there, and draws again only what differs: a countdown leaves the QR
/// code alone. So there is one painter per target; a target that lost its picture needs
/// [`Painter::forget`].
#[derive(Debug, Default)]
pub struct Painter {
    brush: Brush,
    /// What stands on the target, when that is sure.
    shown: Option<Scene>,
}

impl Painter {
    /// A painter for a target on which nothing was drawn yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Draws the view over the whole target, whose upper left corner is (0, 0).
    ///
    /// # Errors
    ///
    /// Only those of the target; the next view is then drawn completely.
    pub fn draw<D>(&mut self, view: &View, target: &mut D) -> Result<(), D::Error>
    where
        D: DrawTarget<Color = Rgb888>,
    {
        let scene = layout::scene(view, target.bounding_box().size);
        let shown = self.shown.take();
        for widget in unlike(shown.as_ref(), &scene) {
            self.brush.paint(widget, target)?;
        }
        self.shown = Some(scene);
        Ok(())
    }

    /// The target no longer shows what was drawn last: draw the next view completely.
    pub fn forget(&mut self) {
        self.shown = None;
    }
}

/// What must be drawn to turn one scene into the other.
///
/// When all things stand where they stood, these are the changed ones and whatever lies above them.
/// Nothing below needs to be drawn, because each thing covers its area. When anything moved, it is
/// everything.
fn unlike<'a>(shown: Option<&Scene>, scene: &'a Scene) -> Vec<&'a Widget> {
    let Some(shown) = shown.filter(|shown| stands_alike(shown, scene)) else {
        return scene.widgets.iter().collect();
    };
    let mut drawn: Vec<&Widget> = Vec::new();
    for (before, now) in shown.widgets.iter().zip(&scene.widgets) {
        let covered = |below: &&Widget| !below.area.intersection(&now.area).is_zero_sized();
        if before.look != now.look || drawn.iter().any(covered) {
            drawn.push(now);
        }
    }
    drawn
}

fn stands_alike(shown: &Scene, scene: &Scene) -> bool {
    let areas = |scene: &Scene| scene.widgets.iter().map(|widget| widget.area).collect::<Vec<_>>();
    areas(shown) == areas(scene)
}

#[cfg(test)]
mod tests {
    use embedded_graphics::geometry::{Point, Size};
    use embedded_graphics::primitives::Rectangle;

    use super::*;
    use crate::scene::{Look, Panel, Style};
    use crate::specimens::{SIZES, cola, payment, views};
    use crate::theme;
    use crate::{Canvas, Language, Screen};

    fn paying(seconds: u16) -> View {
        View { language: Language::Chinese, screen: payment(cola(), seconds) }
    }

    fn drawn_anew(view: &View, size: Size) -> Canvas {
        let mut canvas = Canvas::new(size);
        let Ok(()) = Painter::new().draw(view, &mut canvas);
        canvas
    }

    #[test]
    fn a_countdown_redraws_the_number_and_the_bar_only() {
        for size in SIZES {
            let before = layout::scene(&paying(72), size);
            let after = layout::scene(&paying(71), size);
            let drawn = unlike(Some(&before), &after);
            let kinds = drawn.into_iter().map(|widget| match &widget.look {
                Look::Text(_) => 't',
                Look::Bar { .. } => 'b',
                Look::Panel(_) | Look::Qr { .. } => '!',
            });
            let mut kinds = kinds.collect::<Vec<_>>();
            kinds.sort_unstable();
            assert_eq!(kinds, ['b', 't'], "at {size}");
        }
    }

    #[test]
    fn what_lies_on_a_changed_thing_is_drawn_again() {
        let area = |x| Rectangle::new(Point::new(x, 0), Size::new(50, 50));
        let scene = |fill| {
            let mut scene = Scene::new(Size::new(200, 50));
            scene.panel(area(0), Panel::plain(fill));
            scene.text(area(40), "on it", Style::plain(15, theme::INK));
            scene.text(area(120), "beside", Style::plain(15, theme::INK));
            scene
        };
        let (before, after) = (scene(theme::CARD), scene(theme::CARD_OFF));
        let drawn = unlike(Some(&before), &after).into_iter().map(|widget| widget.area);
        assert_eq!(drawn.collect::<Vec<_>>(), [area(0), area(40)]);
        assert!(unlike(Some(&after), &after).is_empty());
    }

    #[test]
    fn a_countdown_leaves_the_code_alone() {
        let size = Size::new(320, 240);
        let mut painter = Painter::new();
        let Ok(()) = painter.draw(&paying(72), &mut Canvas::new(size));
        // On a black target only what is drawn now is seen: nothing in the columns of the code.
        let mut canvas = Canvas::new(size);
        let Ok(()) = painter.draw(&paying(71), &mut canvas);
        let drawn = canvas.pixels().iter().enumerate().filter(|(_, pixel)| **pixel != 0);
        let columns = drawn.map(|(offset, _)| offset % 320).collect::<Vec<_>>();
        assert!(!columns.is_empty() && columns.iter().all(|column| *column >= 222));
    }

    #[test]
    fn a_countdown_is_a_small_dirty_rectangle() {
        for size in SIZES {
            let mut canvas = Canvas::new(size);
            let mut painter = Painter::new();
            let Ok(()) = painter.draw(&paying(72), &mut canvas);
            assert_eq!(canvas.take_dirty(), [Rectangle::new(Point::zero(), size)]);
            let Ok(()) = painter.draw(&paying(71), &mut canvas);
            let dirty = canvas.take_dirty();
            let area = dirty.iter().map(|part| part.size.width * part.size.height).sum::<u32>();
            assert!(area > 0 && area < size.width * size.height / 10, "at {size}: {dirty:?}");
        }
    }

    #[test]
    fn the_same_screen_again_is_not_dirty() {
        let size = Size::new(320, 240);
        for (name, view) in views() {
            let mut canvas = drawn_anew(&view, size);
            canvas.take_dirty();
            let Ok(()) = Painter::new().draw(&view, &mut canvas);
            assert_eq!(canvas.take_dirty(), [], "{name}");
        }
    }

    /// Whatever was there before, nothing of it is left.
    #[test]
    fn a_screen_after_another_is_the_screen_alone() {
        let size = Size::new(320, 240);
        let mut canvas = Canvas::new(size);
        let mut painter = Painter::new();
        let ticks = [72, 71, 70, 9].map(|seconds| (format!("{seconds} s"), paying(seconds)));
        for (name, view) in views().chain(ticks) {
            let Ok(()) = painter.draw(&view, &mut canvas);
            assert!(canvas.pixels() == drawn_anew(&view, size).pixels(), "{name}");
        }
    }

    #[test]
    fn a_painter_that_forgot_draws_everything() {
        let view = View { language: Language::English, screen: Screen::Starting };
        let size = Size::new(320, 240);
        let mut painter = Painter::new();
        let Ok(()) = painter.draw(&view, &mut Canvas::new(size));
        painter.forget();
        let mut canvas = Canvas::new(size);
        let Ok(()) = painter.draw(&view, &mut canvas);
        assert!(canvas.pixels() == drawn_anew(&view, size).pixels());
    }
}
