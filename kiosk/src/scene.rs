//! A screen as a list of things with a place: what is drawn, and what a touch there means.

use std::time::Duration;

use embedded_graphics::geometry::Point;
use embedded_graphics::pixelcolor::Rgb888;
use embedded_graphics::primitives::Rectangle;

use crate::Picture;
use crate::Touch;
use crate::font::Face;
use crate::icon::Icon;
use crate::scaled::Fit;
use crate::text::Lines;

/// Everything on one screen, the lowest first.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Scene {
    pub(crate) widgets: Vec<Widget>,
    /// How long after it appeared the scene must be laid out anew, if ever.
    pub(crate) until: Option<Duration>,
}

/// One thing on the screen.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Widget {
    /// It draws nothing outside of this.
    pub(crate) area: Rectangle,
    pub(crate) look: Look,
    /// What a touch on it means.
    pub(crate) touch: Option<Touch>,
}

/// What a thing looks like.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Look {
    /// One colour.
    Fill(Rgb888),
    /// A rounded box.
    Card(Card),
    /// The soft shadow of a rounded box that is `spread` pixels smaller on all sides.
    Shadow { spread: u32, radius: u32, share: u8 },
    /// Words.
    Text(Text),
    /// A sign in the middle of the area.
    Icon { icon: Icon, ink: Rgb888 },
    /// A picture of the operator's in the middle of the area, its corners rounded.
    Photo { picture: Picture, fit: Fit, radius: u32, faint: bool },
    /// The payment code with its quiet zone, `module` pixels per module.
    Qr { code_url: String, module: u32 },
    /// A ring that shows a part of itself.
    Ring(Ring),
}

/// A rounded box.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Card {
    pub(crate) fill: Rgb888,
    /// The line around it, 0 or more pixels wide, within the area.
    pub(crate) edge: Rgb888,
    pub(crate) edge_width: u32,
    /// Radius of the corners; half of the shorter side at the most.
    pub(crate) radius: u32,
}

/// A ring as wide as its area.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Ring {
    /// Width of the line in pixels.
    pub(crate) width: u32,
    pub(crate) ink: Rgb888,
    pub(crate) track: Rgb888,
    pub(crate) part: Part,
}

/// Which part of a ring is shown.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Part {
    /// What is left of a countdown, up to the top: `left` of `total` milliseconds when the screen
    /// appeared.
    Left { left: u32, total: u32 },
    /// A third that goes around, and how far it has come, in thousandths of a turn.
    Going(u32),
}

/// Words as they will stand there.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Text {
    pub(crate) lines: Lines,
    pub(crate) style: Style,
}

/// How words look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Style {
    pub(crate) face: Face,
    /// Em size in pixels, if there is room.
    pub(crate) em: u32,
    /// Em size down to which the words may shrink.
    pub(crate) em_min: u32,
    pub(crate) ink: Rgb888,
    pub(crate) align: Align,
}

/// Where lines stand between left and right; they are always in the middle between top and bottom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Align {
    Left,
    Middle,
    Right,
}

impl Style {
    /// Regular words.
    pub(crate) const fn plain(em: u32, ink: Rgb888) -> Self {
        Self { face: Face::Regular, em, em_min: em, ink, align: Align::Left }
    }

    /// Bold words.
    pub(crate) const fn bold(em: u32, ink: Rgb888) -> Self {
        Self { face: Face::Bold, ..Self::plain(em, ink) }
    }

    pub(crate) const fn down_to(self, em_min: u32) -> Self {
        Self { em_min, ..self }
    }

    pub(crate) const fn align(self, align: Align) -> Self {
        Self { align, ..self }
    }
}

/// How long a ring that goes around takes for one turn.
const TURN: Duration = Duration::from_millis(1_200);

impl Ring {
    /// The part that is shown, in turns clockwise from the top: where it begins, how far it goes.
    pub(crate) fn shown(&self) -> (f32, f32) {
        match self.part {
            Part::Left { left, total } => (0.0, ratio(left.min(total), total.max(1))),
            Part::Going(thousandths) => (ratio(thousandths % 1_000, 1_000), 0.3),
        }
    }
}

#[expect(clippy::cast_possible_truncation, reason = "a share of a turn needs no more than 24 bits")]
fn ratio(part: u32, whole: u32) -> f32 {
    (f64::from(part) / f64::from(whole)) as f32
}

impl Scene {
    /// What a touch at this point means: the topmost thing that means something.
    pub(crate) fn touch(&self, at: Point) -> Option<Touch> {
        let hit = self.widgets.iter().rev().filter(|widget| widget.area.contains(at));
        hit.filter_map(|widget| widget.touch).next()
    }

    /// The scene `elapsed` after it appeared, at this time of the clock.
    pub(crate) fn at(&self, elapsed: Duration, now: Duration) -> Self {
        let mut scene = self.clone();
        for widget in &mut scene.widgets {
            if let Look::Ring(ring) = &mut widget.look {
                ring.part = ring.part.at(elapsed, now);
            }
        }
        scene
    }

    /// How soon it looks different by itself.
    pub(crate) fn changes_every(&self) -> Option<Duration> {
        let rings = self.widgets.iter().filter_map(|widget| match &widget.look {
            Look::Ring(ring) => Some(ring.part.changes_every()),
            Look::Fill(_)
            | Look::Card(_)
            | Look::Shadow { .. }
            | Look::Text(_)
            | Look::Icon { .. }
            | Look::Photo { .. }
            | Look::Qr { .. } => None,
        });
        rings.min()
    }
}

impl Part {
    fn at(self, elapsed: Duration, now: Duration) -> Self {
        let ms = |time: Duration| u32::try_from(time.as_millis()).unwrap_or(u32::MAX);
        match self {
            // The next whole second comes with the next view.
            Self::Left { left, total } => {
                Self::Left { left: left.saturating_sub(ms(elapsed).min(1_000)), total }
            }
            Self::Going(_) => {
                let turned = now.as_millis() % TURN.as_millis() * 1_000 / TURN.as_millis();
                Self::Going(u32::try_from(turned).unwrap_or(0))
            }
        }
    }

    fn changes_every(self) -> Duration {
        match self {
            Self::Left { .. } => Duration::from_millis(100),
            Self::Going(_) => Duration::from_millis(40),
        }
    }
}
