//! The top of a screen: what it is about, and the switch to the other language.

use embedded_graphics::geometry::Size;
use embedded_graphics::primitives::Rectangle;

use crate::area::Cut;
use crate::font::Face;
use crate::scene::{Scene, Style};
use crate::text;
use crate::theme::{self, Theme};
use crate::{Language, Touch};

/// What a screen is about.
#[derive(Clone, Copy)]
pub(super) enum Title<'a> {
    /// Fixed words.
    Fixed(&'static str),
    /// The operator's name of an item: in Regular, which has all hanzi.
    Name(&'a str),
}

/// Rows that the header takes.
pub(super) fn height(theme: &Theme) -> u32 {
    theme.button + 2 * theme.edge_gap()
}

/// Takes the header off the top of `area`.
pub(super) fn show(scene: &mut Scene, area: &mut Rectangle, language: Language, title: Title<'_>) {
    let theme = scene.theme;
    let mut bar = area.cut_top(height(&theme)).inset(theme.edge_gap());
    let switch = bar.cut_right(switch_width(&theme));
    bar.cut_right(theme.gap);
    bar.cut_left(theme.gap - theme.edge_gap());
    let (words, style) = match title {
        Title::Fixed(words) => (words, Style::bold(theme.heading, theme::INK)),
        Title::Name(name) => (name, Style::plain(theme.heading, theme::INK)),
    };
    scene.text(bar, words, style.down_to(theme.small));
    show_switch(scene, switch, language);
}

/// Columns of the switch: wide enough for the longer of the two names, so that it stays in its
/// place.
pub(super) fn switch_width(theme: &Theme) -> u32 {
    let widest =
        Language::ALL.map(|language| text::width(language.own_name(), Face::Bold, theme.body));
    widest.into_iter().max().unwrap_or(0) + 3 * theme.gap
}

/// The switch stands where the other language is read by those who need it.
pub(super) fn show_switch(scene: &mut Scene, area: Rectangle, language: Language) {
    let other = language.other();
    let area = area.middle(Size::new(u32::MAX, scene.theme.button));
    scene.button(area, other.own_name(), Touch::Language(other));
}
