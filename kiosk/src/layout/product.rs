//! One item, to look at before it is bought: a large picture, the price, one button.

use embedded_graphics::primitives::Rectangle;

use super::frame::{self, Lead};
use crate::area::Cut;
use crate::icon::Icon;
use crate::scene::{Align, Style};
use crate::stage::{Stage, Weight};
use crate::{Item, Touch};

/// The picture beside the words, or above them.
pub(super) fn show(stage: &mut Stage<'_>, item: &Item) {
    let theme = stage.theme;
    let back = stage.language.back();
    let lead = Lead { icon: Icon::Back, word: &back, touch: Touch::Back };
    let mut area = frame::lay(stage, "", Some(lead)).inset(theme.gap);
    let picture = if stage.is_portrait() {
        let least = 8 * theme.body + theme.button;
        let most = area.size.height.saturating_sub(least);
        let picture = area.cut_top((area.size.height * 11 / 20).min(most));
        area.cut_top(theme.gap);
        picture
    } else {
        let picture = area.cut_left((area.size.width / 2).min(area.size.height * 6 / 5));
        area.cut_left(theme.gap * 2);
        picture
    };
    stage.photo_tile(picture, item);
    show_words(stage, area, item);
}

fn show_words(stage: &mut Stage<'_>, mut area: Rectangle, item: &Item) {
    let theme = stage.theme;
    let language = stage.language;
    let button = area.cut_bottom((theme.button * 5 / 4).min(area.size.height / 2));
    let price = language.price(item.price_fen);
    let word = language.buy(&price);
    stage.button(button, (None, &word), Weight::Main, Touch::Buy(item.slot));
    area.cut_bottom(theme.gap);

    let align = if stage.is_portrait() { Align::Middle } else { Align::Left };
    let colors = theme.colors;
    let slot = language.slot(item.slot);
    let name = Style::bold(theme.heading * 6 / 5, colors.ink).down_to(theme.small * 4 / 5);
    let price_style = Style::bold(theme.display, colors.accent_ink).down_to(theme.small);
    let slot_style = Style::plain(theme.body, colors.ink_soft).down_to(theme.small * 4 / 5);
    let parts = [
        (item.name.in_language(language), name.align(align)),
        (price.as_str(), price_style.align(align)),
        (slot.as_str(), slot_style.align(align)),
    ];
    stage.stack(area, &parts, theme.gap / 2);
}
