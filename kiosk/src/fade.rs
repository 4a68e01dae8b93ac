//! The way from one screen to the next.

use std::time::Duration;

use embedded_graphics::draw_target::DrawTarget;
use embedded_graphics::pixelcolor::Rgb888;
use embedded_graphics::primitives::Rectangle;

use crate::band::Band;

/// How long a screen takes to become the next one.
const FADE: Duration = Duration::from_millis(180);

/// From one picture of a fade to the next: thirty in a second are smooth, and a slow panel can keep
/// up.
pub(crate) const FADE_FRAME: Duration = Duration::from_millis(33);

/// Both pictures of all places where they differ, each painted once: what is left to do for a
/// picture in between is to mix them.
#[derive(Debug)]
pub(crate) struct Fade {
    since: Duration,
    /// The screen before and the next one, in the same place.
    places: Vec<(Band, Band)>,
}

impl Fade {
    /// Begins at this time of the caller's clock. The bands of a pair have the same area.
    pub(crate) const fn new(since: Duration, places: Vec<(Band, Band)>) -> Self {
        Self { since, places }
    }

    /// Where the target shows neither of the screens.
    pub(crate) fn areas(&self) -> impl Iterator<Item = Rectangle> {
        self.places.iter().map(|(_, to)| to.area())
    }

    /// The next screen has changed: this is how it looks there now. Returns whether the fade will
    /// draw all of it.
    pub(crate) fn change(&mut self, changed: &Band) -> bool {
        let mut covered = false;
        for (_, to) in &mut self.places {
            to.put(changed);
            covered |= to.area().intersection(&changed.area()) == changed.area();
        }
        covered
    }

    /// Draws it as it is at this time. Returns whether that was the next screen itself.
    pub(crate) fn draw<D>(&self, now: Duration, target: &mut D) -> Result<bool, D::Error>
    where
        D: DrawTarget<Color = Rgb888>,
    {
        // The first picture is already a step on the way.
        let share = share(now.saturating_sub(self.since) + FADE_FRAME);
        for (from, to) in &self.places {
            target.fill_contiguous(&to.area(), from.mixed(to, share))?;
        }
        Ok(share == u8::MAX)
    }

    /// Memory of the pictures.
    pub(crate) fn bytes(&self) -> usize {
        self.places.iter().map(|(from, to)| from.bytes() + to.bytes()).sum()
    }
}

/// How much of the new screen is seen so long after the fade began: slower towards its end.
fn share(elapsed: Duration) -> u8 {
    let rest = FADE.saturating_sub(elapsed).as_millis() * 255 / FADE.as_millis();
    u8::try_from(255 - rest * rest / 255).unwrap_or(u8::MAX)
}

#[cfg(test)]
mod tests {
    use embedded_graphics::geometry::{Point, Size};
    use embedded_graphics::pixelcolor::RgbColor as _;

    use super::*;
    use crate::Canvas;

    fn band(x: i32, width: u32, color: Rgb888) -> Band {
        let area = Rectangle::new(Point::new(x, 0), Size::new(width, 1));
        let mut band = Band::new(area, Vec::new());
        band.fill(&area, color);
        band
    }

    fn red(canvas: &Canvas) -> Vec<u32> {
        canvas.pixels().iter().map(|pixel| pixel >> 16).collect()
    }

    #[test]
    fn it_never_goes_back_and_ends_with_the_next_screen() {
        let fade =
            Fade::new(Duration::ZERO, vec![(band(0, 1, Rgb888::BLACK), band(0, 1, Rgb888::RED))]);
        let mut canvas = Canvas::new(Size::new(1, 1));
        let mut before = 0;
        for now in 0..FADE.as_millis() {
            let now = Duration::from_millis(u64::try_from(now).unwrap_or(0));
            let Ok(done) = fade.draw(now, &mut canvas);
            let reds = red(&canvas);
            assert!(reds.iter().all(|red| *red > 0 && *red >= before), "{now:?}: {reds:?}");
            before = reds.into_iter().max().unwrap_or(0);
            assert_eq!(done, before == 255, "{now:?}");
        }
        assert_eq!(before, 255);
    }

    #[test]
    fn what_changes_meanwhile_is_where_it_leads() {
        let place = |x| (band(x, 2, Rgb888::BLACK), band(x, 2, Rgb888::BLACK));
        let mut fade = Fade::new(Duration::ZERO, vec![place(0), place(4)]);
        assert!(fade.change(&band(1, 1, Rgb888::RED)), "within one place");
        assert!(!fade.change(&band(3, 2, Rgb888::RED)), "beyond it");
        assert!(!fade.change(&band(2, 1, Rgb888::RED)), "between them");
        let mut canvas = Canvas::new(Size::new(6, 1));
        assert_eq!(fade.draw(FADE, &mut canvas), Ok(true));
        assert_eq!(red(&canvas), [0, 255, 0, 0, 255, 0]);
    }
}
