//! A screen as a list of things with a place: what is drawn, and what a touch there means.

use embedded_graphics::geometry::{Point, Size};
use embedded_graphics::pixelcolor::Rgb888;
use embedded_graphics::primitives::Rectangle;

use crate::Touch;
use crate::area::Cut;
use crate::font::Face;
use crate::text::Lines;
use crate::theme::{self, Theme};

/// Everything on one screen, the lowest first.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Scene {
    pub(crate) widgets: Vec<Widget>,
    pub(crate) theme: Theme,
}

/// One thing on the screen. It covers all of its area, so it can be drawn again alone.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Widget {
    pub(crate) area: Rectangle,
    pub(crate) look: Look,
    /// What a touch on it means.
    pub(crate) touch: Option<Touch>,
}

/// What a thing looks like.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Look {
    /// A plain or rounded area.
    Panel(Panel),
    /// Words.
    Text(Text),
    /// The payment code with its quiet zone, `module` pixels per module.
    Qr { code_url: String, module: u32 },
    /// A countdown: so many pixels from the left are still to come.
    Bar { ahead: u32, ink: Rgb888 },
}

/// A plain or rounded area.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Panel {
    pub(crate) fill: Rgb888,
    /// The line around it, 0 or more pixels wide.
    pub(crate) edge: Rgb888,
    pub(crate) edge_width: u32,
    /// Radius of the corners, at most half of the shorter side.
    pub(crate) radius: u32,
    /// The colour outside of the corners.
    pub(crate) around: Rgb888,
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
    pub(crate) paper: Rgb888,
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
    /// Regular words on the background.
    pub(crate) fn plain(em: u32, ink: Rgb888) -> Self {
        Self { face: Face::Regular, em, em_min: em, ink, paper: theme::PAPER, align: Align::Left }
    }

    /// Bold words on the background.
    pub(crate) fn bold(em: u32, ink: Rgb888) -> Self {
        Self { face: Face::Bold, ..Self::plain(em, ink) }
    }

    pub(crate) fn down_to(self, em_min: u32) -> Self {
        Self { em_min, ..self }
    }

    pub(crate) fn on(self, paper: Rgb888) -> Self {
        Self { paper, ..self }
    }

    pub(crate) fn align(self, align: Align) -> Self {
        Self { align, ..self }
    }

    /// The words as they would stand in so much room.
    pub(crate) fn fit(&self, words: &str, room: Size) -> Lines {
        let ems = self.em_min.min(self.em)..=self.em;
        Lines::fit(words, self.face, ems, within(room))
    }

    /// Lines that were fitted into this room, without a last line of one word.
    pub(crate) fn balance(&self, lines: Lines, words: &str, room: Size) -> Lines {
        lines.balanced(words, self.face, within(room))
    }
}

impl Scene {
    /// An empty screen of this size.
    pub(crate) fn new(size: Size) -> Self {
        Self::on(theme::PAPER, size)
    }

    /// Nothing on such a background.
    pub(crate) fn on(paper: Rgb888, size: Size) -> Self {
        let mut scene = Self { widgets: Vec::new(), theme: Theme::of(size) };
        scene.panel(Rectangle::new(Point::zero(), size), Panel::plain(paper));
        scene
    }

    /// What a touch at this point means; things that mean something never overlap.
    pub(crate) fn touch(&self, at: Point) -> Option<Touch> {
        self.widgets
            .iter()
            .filter(|widget| widget.area.contains(at))
            .find_map(|widget| widget.touch)
    }

    pub(crate) fn panel(&mut self, area: Rectangle, panel: Panel) {
        self.add(area, Look::Panel(panel));
    }

    /// Words, as large as the style and the area allow.
    pub(crate) fn text(&mut self, area: Rectangle, words: &str, style: Style) {
        let lines = style.fit(words, area.size);
        self.add(area, Look::Text(Text { lines, style }));
    }

    pub(crate) fn add(&mut self, area: Rectangle, look: Look) {
        self.widgets.push(Widget { area, look, touch: None });
    }

    /// A card that may be touched.
    pub(crate) fn card(&mut self, area: Rectangle, fill: Rgb888, touch: Option<Touch>) {
        let (radius, edge_width) = (self.theme.radius, self.theme.edge_width());
        let panel = Panel { fill, edge: theme::EDGE, edge_width, radius, around: theme::PAPER };
        self.widgets.push(Widget { area, look: Look::Panel(panel), touch });
    }

    /// A card with one word.
    pub(crate) fn button(&mut self, area: Rectangle, word: &str, touch: Touch) {
        self.card(area, theme::CARD, Some(touch));
        let style = Style::bold(self.theme.body, theme::INK).down_to(self.theme.small);
        self.text(
            area.inset(self.theme.radius / 2 + 1),
            word,
            style.on(theme::CARD).align(Align::Middle),
        );
    }
}

impl Panel {
    /// One colour, square corners.
    pub(crate) fn plain(fill: Rgb888) -> Self {
        Self { fill, edge: fill, edge_width: 0, radius: 0, around: fill }
    }
}

/// One pixel at each side is for letters that reach out a little.
fn within(room: Size) -> Size {
    Size::new(room.width.saturating_sub(2), room.height)
}
