//! The list of languages, each by its own name.

use embedded_graphics::geometry::Size;
use embedded_graphics::primitives::Rectangle;

use super::frame;
use crate::Touch;
use crate::area::{Cut, grid};
use crate::icon::Icon;
use crate::stage::{Stage, Weight};

/// A button for each language, and one that closes the list.
pub(super) fn show(stage: &mut Stage<'_>) {
    let theme = stage.theme;
    let languages = frame::languages(stage);
    let mut area = stage.screen().inset(theme.gap);
    let foot = area.cut_bottom(theme.button);
    area.cut_bottom(theme.gap);
    let count = u32::try_from(languages.len()).unwrap_or(u32::MAX);
    let columns =
        if stage.is_portrait() && area.size.height / theme.button > count { 1 } else { 2 };
    let rows = count.div_ceil(columns);
    let height = rows * (theme.button * 5 / 4 + theme.gap);
    let area = area.middle(Size::new(28 * theme.body, height.min(area.size.height)));
    let cells: Vec<Rectangle> = grid(area, (columns, rows), theme.gap).collect();
    for (language, cell) in languages.into_iter().zip(cells) {
        let now = language == stage.language;
        let (icon, weight) =
            if now { (Some(Icon::Check), Weight::Main) } else { (None, Weight::Side) };
        let word = language.own_name();
        stage.button(cell, (icon, &word), weight, Touch::Language(language));
    }
    let close = stage.language.close();
    let foot = foot.middle(Size::new(28 * theme.body, u32::MAX));
    stage.button(foot, (Some(Icon::Cross), &close), Weight::Side, Touch::Languages);
}
