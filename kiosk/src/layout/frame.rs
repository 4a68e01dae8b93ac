//! What frames a screen: its title, the way back, the switch to other languages.

use embedded_graphics::geometry::Size;
use embedded_graphics::primitives::Rectangle;

use crate::area::Cut;
use crate::icon::Icon;
use crate::scaled::Fit;
use crate::scene::{Align, Look, Style};
use crate::stage::{Stage, Weight};
use crate::text::line_height;
use crate::{Language, Touch};

/// The way out of a screen.
#[derive(Clone, Copy)]
pub(super) struct Lead<'a> {
    pub(super) icon: Icon,
    pub(super) word: &'a str,
    pub(super) touch: Touch,
}

/// What a frame leaves free.
pub(super) struct Framed {
    /// The middle of the screen.
    pub(super) area: Rectangle,
    /// The rest of the bar at the bottom of a high screen; empty on a wide one.
    pub(super) bar: Rectangle,
}

/// Title and buttons at the edges; what remains in the middle.
pub(super) fn lay(stage: &mut Stage<'_>, title: &str, lead: Option<Lead<'_>>) -> Rectangle {
    frame(stage, title, lead).area
}

/// Title and buttons at the edges.
///
/// On a wide screen all of it is a bar on top; on a high one the buttons are at the bottom, where
/// everybody can reach them.
pub(super) fn frame(stage: &mut Stage<'_>, title: &str, lead: Option<Lead<'_>>) -> Framed {
    let theme = stage.theme;
    let mut area = stage.screen();
    let height = theme.button + 2 * theme.edge_gap();
    let mut rest = Rectangle::zero();
    if stage.is_portrait() {
        let mut bar = area.cut_bottom(height).inset(theme.edge_gap());
        let switch = bar.cut_right(switch_width(stage));
        show_switch(stage, switch);
        bar.cut_right(theme.gap);
        match lead {
            Some(lead) => show_lead(stage, bar, lead),
            None => rest = bar,
        }
        if !title.is_empty() || stage.design.logo.is_some() {
            let title_height = line_height(theme.heading) + 2 * theme.gap;
            let mut top = area.cut_top(title_height).inset(theme.edge_gap());
            show_logo(stage, &mut top);
            show_title(stage, top, title, Align::Middle);
        }
    } else {
        let mut bar = area.cut_top(height).inset(theme.edge_gap());
        let switch = bar.cut_right(switch_width(stage));
        show_switch(stage, switch);
        bar.cut_right(theme.gap);
        match lead {
            Some(lead) => {
                let width = stage.width(lead.word, theme.body) + 3 * theme.body + theme.gap;
                let width = width.min(bar.size.width * 2 / 5);
                show_lead(stage, bar.cut_left(width), lead);
                bar.cut_left(theme.gap);
            }
            None => {
                bar.cut_left(theme.gap - theme.edge_gap());
                show_logo(stage, &mut bar);
            }
        }
        show_title(stage, bar, title, Align::Left);
    }
    Framed { area, bar: rest }
}

fn show_title(stage: &mut Stage<'_>, area: Rectangle, title: &str, align: Align) {
    let theme = stage.theme;
    let style = Style::bold(theme.heading, theme.colors.ink).down_to(theme.small).align(align);
    if !title.is_empty() {
        stage.text(area, title, style);
    }
}

fn show_lead(stage: &mut Stage<'_>, area: Rectangle, lead: Lead<'_>) {
    stage.button(area, (Some(lead.icon), lead.word), Weight::Side, lead.touch);
}

/// The operator's logo takes what it needs from the left.
fn show_logo(stage: &mut Stage<'_>, bar: &mut Rectangle) {
    let Some(logo) = &stage.design.logo else { return };
    let (height, size) = (bar.size.height, logo.size());
    let width = u64::from(size.width) * u64::from(height) / u64::from(size.height.max(1));
    let width = u32::try_from(width).unwrap_or(u32::MAX).min(bar.size.width / 3);
    let area = bar.cut_left(width);
    bar.cut_left(stage.theme.gap);
    let look = Look::Photo { picture: logo.clone(), fit: Fit::Contain, radius: 0, faint: false };
    stage.add(area, look);
}

/// The languages that a customer may choose from.
pub(super) fn languages(stage: &Stage<'_>) -> Vec<Language> {
    let mut languages: Vec<Language> = Vec::new();
    for language in &stage.design.languages {
        if !languages.contains(language) {
            languages.push(*language);
        }
    }
    languages
}

/// Columns of the switch: the same in all languages, so that it stays in its place.
pub(super) fn switch_width(stage: &Stage<'_>) -> u32 {
    let theme = stage.theme;
    let names = languages(stage).into_iter().filter_map(|language| other(stage, language));
    let names = names.map(|other| stage.width(&other.own_name(), theme.body));
    names.max().map_or(0, |name| name + theme.body * 5 / 4 + 5 * theme.gap / 2)
}

/// The switch stands where those read it who cannot read the rest: a globe, and the name of another
/// language in itself.
pub(super) fn show_switch(stage: &mut Stage<'_>, area: Rectangle) {
    let area = area.middle(Size::new(u32::MAX, stage.theme.button));
    let Some(other) = other(stage, stage.language) else { return };
    let two = languages(stage).len() == 2;
    let touch = if two { Touch::Language(other) } else { Touch::Languages };
    stage.button(area, (Some(Icon::Globe), &other.own_name()), Weight::Side, touch);
}

/// The language whose name is read by most of those who cannot read this one.
fn other(stage: &Stage<'_>, language: Language) -> Option<Language> {
    let others = languages(stage).into_iter().filter(|other| *other != language);
    others.min_by_key(|other| *other != Language::English)
}
