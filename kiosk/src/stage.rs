//! Building a scene: the things that all screens are made of.

use embedded_graphics::geometry::{Point, Size};
use embedded_graphics::pixelcolor::Rgb888;
use embedded_graphics::primitives::Rectangle;

use crate::area::Cut;
use crate::font::Face;
use crate::icon::Icon;
use crate::scaled::Fit;
use crate::scene::{Align, Card, Look, Part, Ring, Scene, Style, Text, Widget};
use crate::text::{self, Letters, Lines};
use crate::theme::{Colors, Theme};
use crate::{Appearance, Design, Item, Language, Touch};

/// A screen that is being laid out.
pub(crate) struct Stage<'a> {
    pub(crate) design: &'a Design,
    pub(crate) language: Language,
    pub(crate) theme: Theme,
    pub(crate) scene: Scene,
}

/// How much a button asks to be pressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Weight {
    /// The one that leads on.
    Main,
    /// All others.
    Side,
}

impl<'a> Stage<'a> {
    /// An empty screen.
    pub(crate) fn new(design: &'a Design, language: Language, size: Size) -> Self {
        Self::on(Theme::of(design, size).colors.paper, design, language, size)
    }

    /// An empty screen that is light in every theme. Beside a dark field a code that a camera sees
    /// blurred is read less often: the decoder takes its quiet zone for a part of it.
    pub(crate) fn light(design: &'a Design, language: Language, size: Size) -> Self {
        let colors = Colors::of(Appearance::Light, design.accent);
        let mut stage = Self::on(colors.paper, design, language, size);
        stage.theme.colors = colors;
        stage
    }

    /// Nothing on such a paper.
    pub(crate) fn on(paper: Rgb888, design: &'a Design, language: Language, size: Size) -> Self {
        let theme = Theme::of(design, size);
        let mut stage = Self { design, language, theme, scene: Scene::default() };
        stage.fill(Rectangle::new(Point::zero(), size), paper);
        stage
    }

    pub(crate) const fn letters(&self, face: Face) -> Letters<'a> {
        Letters::new(&self.design.fonts, face)
    }

    /// Width of bold words in pixels.
    pub(crate) fn width(&self, words: &str, em: u32) -> u32 {
        text::width(self.letters(Face::Bold), words, em)
    }

    /// The words as they would stand in so much room.
    pub(crate) fn fit(&self, style: &Style, words: &str, room: Size) -> Lines {
        let ems = style.em_min.min(style.em)..=style.em;
        Lines::fit(words, self.letters(style.face), ems, within(room))
    }

    /// Lines that were fitted into this room, without a last line of one word.
    pub(crate) fn balance(&self, style: &Style, lines: Lines, words: &str, room: Size) -> Lines {
        lines.balanced(words, self.letters(style.face), within(room))
    }

    pub(crate) fn add(&mut self, area: Rectangle, look: Look) {
        self.scene.widgets.push(Widget { area, look, touch: None });
    }

    pub(crate) fn fill(&mut self, area: Rectangle, color: Rgb888) {
        self.add(area, Look::Fill(color));
    }

    /// Words, as large as the style and the area allow.
    pub(crate) fn text(&mut self, area: Rectangle, words: &str, style: Style) {
        let lines = self.fit(&style, words, area.size);
        self.add(area, Look::Text(Text { lines, style }));
    }

    /// The same without a last line of one word.
    pub(crate) fn balanced(&mut self, area: Rectangle, words: &str, style: Style) {
        let lines = self.fit(&style, words, area.size);
        let lines = self.balance(&style, lines, words, area.size);
        self.add(area, Look::Text(Text { lines, style }));
    }

    /// Words below each other in the middle of the area, all of them smaller where it is too small;
    /// at last the first ones are cut.
    pub(crate) fn stack(&mut self, area: Rectangle, parts: &[(&str, Style)], gap: u32) {
        let count = u32::try_from(parts.len()).unwrap_or(0);
        let gaps = gap * count.saturating_sub(1);
        let at = |percent: u32| {
            let set = |(words, style): &(&str, Style)| {
                let em = (style.em * percent / 100).max(style.em_min);
                let style = Style { em, em_min: em, ..*style };
                (self.fit(&style, words, area.size), style)
            };
            parts.iter().map(set).collect::<Vec<_>>()
        };
        let height = |set: &[(Lines, Style)]| {
            gaps + set.iter().map(|(lines, _)| lines.height()).sum::<u32>()
        };
        let fits = |set: &Vec<(Lines, Style)>| {
            height(set) <= area.size.height && set.iter().all(|(lines, _)| lines.is_unbroken())
        };
        let sizes = (40..=100).rev().step_by(5);
        let set = sizes.map(at).find(fits).unwrap_or_else(|| {
            let mut set = at(0);
            let spare = area.size.height.saturating_sub(height(set.get(1..).unwrap_or_default()));
            if let (Some((lines, style)), Some((words, _))) = (set.first_mut(), parts.first()) {
                *lines = self.fit(style, words, Size::new(area.size.width, spare));
            }
            set
        });
        let mut rest = area.middle(Size::new(u32::MAX, height(&set)));
        for ((lines, style), (words, _)) in set.into_iter().zip(parts) {
            let lines = self.balance(&style, lines, words, area.size);
            let row = rest.cut_top(lines.height());
            self.add(row, Look::Text(Text { lines, style }));
            rest.cut_top(gap);
        }
    }

    pub(crate) fn icon(&mut self, area: Rectangle, icon: Icon, ink: Rgb888) {
        self.add(area, Look::Icon { icon, ink });
    }

    /// A sign on a disc, as wide as the square.
    pub(crate) fn sign(&mut self, square: Rectangle, icon: Icon, fill: Rgb888) {
        let side = square.size.width.min(square.size.height);
        self.add(square, Look::Card(Card::plain(fill, side / 2)));
        // In the dark discs are light: the sign is as the cards are.
        let ink = self.theme.colors.card;
        self.icon(square.middle(Size::new_equal(side * 5 / 8)), icon, ink);
    }

    /// A disc within a ring that goes around: something is under way.
    pub(crate) fn busy(&mut self, square: Rectangle, icon: Icon) {
        let colors = self.theme.colors;
        let side = square.size.width.min(square.size.height);
        let ring = Ring {
            width: (side / 14).max(3),
            ink: colors.accent_ink,
            track: colors.line,
            part: Part::Going(80),
        };
        self.add(square, Look::Ring(ring));
        self.icon(square.middle(Size::new_equal(side * 9 / 20)), icon, colors.accent_ink);
    }

    /// A card that lies on the paper, and may be touched.
    pub(crate) fn card(&mut self, area: Rectangle, touch: Option<Touch>) {
        let Theme { colors, radius, .. } = self.theme;
        if colors.shadow > 0 {
            let spread = self.theme.gap * 2 / 3;
            let grown = Rectangle::new(
                area.top_left - Size::new_equal(spread) + Size::new(0, spread / 4),
                area.size + Size::new_equal(2 * spread),
            );
            let screen = self.screen();
            // At the edge of the screen it would be cut unevenly.
            if grown.intersection(&screen) == grown {
                self.add(grown, Look::Shadow { spread, radius, share: colors.shadow });
            }
        }
        let edge_width = self.theme.edge_width();
        let card = Card { fill: colors.card, edge: colors.line, edge_width, radius };
        self.scene.widgets.push(Widget { area, look: Look::Card(card), touch });
    }

    /// A card of what cannot be chosen.
    pub(crate) fn flat_card(&mut self, area: Rectangle) {
        let card = Card::plain(self.theme.colors.tile, self.theme.radius);
        self.add(area, Look::Card(card));
    }

    /// A sign, a word, or both.
    pub(crate) fn button(
        &mut self,
        area: Rectangle,
        (icon, word): (Option<Icon>, &str),
        weight: Weight,
        touch: Touch,
    ) {
        let theme = self.theme;
        let colors = theme.colors;
        let (fill, edge, ink) = match weight {
            Weight::Main => (colors.accent, colors.accent, colors.on_accent),
            Weight::Side => (colors.card, colors.line, colors.ink),
        };
        let card = Card { fill, edge, edge_width: theme.edge_width(), radius: theme.radius };
        self.scene.widgets.push(Widget { area, look: Look::Card(card), touch: Some(touch) });

        let em = if weight == Weight::Main { theme.heading } else { theme.body };
        let style = Style::bold(em, ink).down_to(theme.small * 4 / 5).align(Align::Middle);
        let mut inner = area.inset(theme.edge_width() + 2);
        if let Some(icon) = icon {
            let side = (em * 5 / 4).min(inner.size.height);
            let width = if word.is_empty() { 0 } else { self.width(word, em) + 2 };
            let both = side + theme.gap / 2 + width;
            let mut both = if width == 0 {
                inner.middle(Size::new(side, u32::MAX))
            } else {
                inner.middle(Size::new(both, u32::MAX))
            };
            let place = both.cut_left(side);
            self.icon(place.middle(Size::new_equal(side)), icon, ink);
            both.cut_left(theme.gap / 2);
            inner = both;
        }
        if !word.is_empty() {
            self.text(inner, word, style);
        }
    }

    /// The picture of an item on its tile; a drawn bag where there is none.
    pub(crate) fn photo(&mut self, area: Rectangle, item: &Item, faint: bool) {
        let (theme, design) = (self.theme, self.design);
        if area.is_zero_sized() {
            return;
        }
        let side = area.size.width.min(area.size.height);
        match design.photos.get(&item.slot) {
            Some(picture) => {
                let look = Look::Photo {
                    picture: picture.clone(),
                    fit: Fit::Contain,
                    radius: theme.radius * 2 / 3,
                    faint,
                };
                self.add(area, look);
            }
            None => {
                let ink = if faint { theme.colors.line } else { theme.colors.ink_soft };
                self.icon(area.middle(Size::new_equal(side.div_ceil(2))), Icon::Bag, ink);
            }
        }
    }

    /// A tile with the picture of an item on it.
    pub(crate) fn photo_tile(&mut self, area: Rectangle, item: &Item) {
        self.flat_card(area);
        self.photo(area.inset(self.theme.gap / 2), item, false);
    }

    /// All of the screen.
    pub(crate) fn screen(&self) -> Rectangle {
        self.scene.widgets.first().map_or(Rectangle::zero(), |paper| paper.area)
    }

    /// Whether it is higher than wide: what is to be touched then stands at the bottom.
    pub(crate) fn is_portrait(&self) -> bool {
        let size = self.screen().size;
        size.height > size.width
    }
}

impl Card {
    /// Without a line around it.
    pub(crate) const fn plain(fill: Rgb888, radius: u32) -> Self {
        Self { fill, edge: fill, edge_width: 0, radius }
    }
}

/// One pixel at each side is for letters that reach out a little.
fn within(room: Size) -> Size {
    Size::new(room.width.saturating_sub(2), room.height)
}
