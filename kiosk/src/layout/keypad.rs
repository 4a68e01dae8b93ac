//! Ten digits: the number of a slot is entered as it stands on the shelf.

use embedded_graphics::geometry::Size;
use embedded_graphics::primitives::Rectangle;

use super::frame::{self, Lead};
use crate::area::{Cut, grid};
use crate::icon::Icon;
use crate::scene::{Align, Card, Look, Style};
use crate::stage::{Stage, Weight};
use crate::text::line_height;
use crate::{Availability, Item, Touch};

/// The digits, and what they have found so far.
pub(super) fn show(stage: &mut Stage<'_>, typed: &str, item: Option<&Item>) {
    let theme = stage.theme;
    let (back, title) = (stage.language.back(), stage.language.keypad());
    let lead = Lead { icon: Icon::Back, word: &back, touch: Touch::Back };
    let mut area = frame::lay(stage, &title, Some(lead)).inset(theme.gap / 2);
    let gap = (theme.gap / 2).max(3);
    let side = theme.fingertip + gap;
    let (found, keys) = if stage.is_portrait() {
        let rows = if area.size.height >= 6 * side { 4 } else { 3 };
        let keys = area.cut_bottom((area.size.height * 11 / 20).max(rows * side - gap));
        area.cut_bottom(gap);
        (area, keys)
    } else {
        let columns = if area.size.height >= 4 * side { 3 } else { 4 };
        let keys = (area.size.width / 2).min(20 * theme.body).max(columns * side - gap);
        let keys = area.cut_right(keys);
        area.cut_right(theme.gap);
        (area, keys)
    };
    show_keys(stage, keys, item);
    show_found(stage, found, typed, item);
}

/// As on a telephone; on a small panel in three rows, for fingers.
fn show_keys(stage: &mut Stage<'_>, area: Rectangle, item: Option<&Item>) {
    let gap = (stage.theme.gap / 2).max(3);
    let area = area.middle(Size::new(24 * stage.theme.body, 24 * stage.theme.body));
    let high = area.size.height >= 4 * (stage.theme.fingertip + gap) - gap;
    let (columns, keys) = if high {
        (3, ["1", "2", "3", "4", "5", "6", "7", "8", "9", ERASE, "0", ON])
    } else {
        (4, ["1", "2", "3", ERASE, "4", "5", "6", "0", "7", "8", "9", ON])
    };
    let cells: Vec<Rectangle> = grid(area, (columns, 12 / columns), gap).collect();
    for (key, cell) in keys.into_iter().zip(cells) {
        match key {
            ERASE => stage.button(cell, (Some(Icon::Erase), ""), Weight::Side, Touch::Erase),
            ON => {
                if let Some(item) = item.filter(|it| it.availability == Availability::Available) {
                    let touch = Touch::Select(item.slot);
                    stage.button(cell, (Some(Icon::Check), ""), Weight::Main, touch);
                }
            }
            digit => {
                let touch = Touch::Digit(digit.parse().unwrap_or(0));
                stage.button(cell, (None, digit), Weight::Side, touch);
            }
        }
    }
}

/// The keys that are no digits.
const ERASE: &str = "erase";
const ON: &str = "on";

/// The digits so far, and the item they name.
fn show_found(stage: &mut Stage<'_>, mut area: Rectangle, typed: &str, item: Option<&Item>) {
    let theme = stage.theme;
    let (colors, language) = (theme.colors, stage.language);
    let digits = area.cut_top(line_height(theme.display).min(area.size.height / 3));
    stage.add(digits, Look::Card(Card::plain(colors.tile, theme.radius)));
    let style = Style::bold(theme.display, colors.ink).down_to(theme.small).align(Align::Middle);
    stage.text(digits, typed, style);
    area.cut_top(theme.gap / 2);
    let Some(item) = item else {
        if !typed.is_empty() {
            let style = Style::plain(theme.body, colors.warn).down_to(theme.small * 4 / 5);
            stage.balanced(area, &language.keypad_no_item(typed), style.align(Align::Middle));
        }
        return;
    };
    let mark = language.unavailable(item.availability);
    let mark_is_there = mark.is_some();
    let (words, ink) = match mark {
        None => (language.price(item.price_fen), colors.accent_ink),
        Some(mark) => (mark, colors.bad),
    };
    let picture = area.size.height.saturating_sub(line_height(theme.body) * 3);
    if picture > 2 * theme.body {
        let picture = area.cut_top(picture);
        stage.photo(picture, item, mark_is_there);
    }
    let name = Style::plain(theme.body, colors.ink).down_to(theme.small * 3 / 5);
    let below = Style::bold(theme.heading, ink).down_to(theme.small * 3 / 5);
    let parts = [
        (item.name.in_language(language), name.align(Align::Middle)),
        (words.as_str(), below.align(Align::Middle)),
    ];
    stage.stack(area, &parts, 0);
}
