//! One item, to look at before it is bought: a large picture, the price, one button.

use embedded_graphics::primitives::Rectangle;

use super::frame::{self, Lead};
use crate::area::Cut;
use crate::icon::Icon;
use crate::scene::{Align, Style};
use crate::stage::{Stage, Weight};
use crate::text::line_height;
use crate::theme::Theme;
use crate::{Item, Touch};

/// The picture beside the words, or above them.
pub(super) fn show(stage: &mut Stage<'_>, item: &Item) {
    let theme = stage.theme;
    let back = stage.language.back();
    let lead = Lead { icon: Icon::Back, word: &back, touch: Touch::Back };
    let mut area = frame::lay(stage, "", Some(lead)).inset(theme.gap);
    let words = Words::of(stage, item, area.size.height);
    let picture = if stage.is_portrait() {
        let most = area.size.height.saturating_sub(words.height(&theme) + theme.gap);
        let picture = area.cut_top((area.size.height * 11 / 20).min(most));
        area.cut_top(theme.gap);
        picture
    } else {
        let picture = area.cut_left((area.size.width / 2).min(area.size.height * 6 / 5));
        area.cut_left(theme.gap * 2);
        picture
    };
    stage.photo_tile(picture, item);
    words.show(stage, area);
}

/// What is told beside the picture.
struct Words<'a> {
    item: &'a Item,
    parts: Vec<(String, Style)>,
}

impl<'a> Words<'a> {
    /// On a low screen the picture is worth more than the number of the slot.
    fn of(stage: &Stage<'_>, item: &'a Item, height: u32) -> Self {
        let theme = stage.theme;
        let language = stage.language;
        let align = if stage.is_portrait() { Align::Middle } else { Align::Left };
        let colors = theme.colors;
        let name = Style::bold(theme.heading * 6 / 5, colors.ink).down_to(theme.small * 4 / 5);
        let price = Style::bold(theme.display, colors.accent_ink).down_to(theme.small);
        let slot = Style::plain(theme.body, colors.ink_soft).down_to(theme.small * 4 / 5);
        let mut parts = vec![
            (item.name.in_language(language).to_owned(), name.align(align)),
            (language.price(item.price_fen), price.align(align)),
        ];
        if !stage.is_portrait() || height > 22 * theme.body {
            parts.push((language.slot(item.slot), slot.align(align)));
        }
        Self { item, parts }
    }

    /// With the button, when no line is too long.
    fn height(&self, theme: &Theme) -> u32 {
        let lines = self.parts.iter().map(|(_, style)| line_height(style.em) + theme.gap / 2);
        lines.sum::<u32>() + theme.gap + button_height(theme)
    }

    fn show(&self, stage: &mut Stage<'_>, mut area: Rectangle) {
        let theme = stage.theme;
        let button = area.cut_bottom(button_height(&theme).min(area.size.height / 2));
        let price = stage.language.price(self.item.price_fen);
        let word = stage.language.buy(&price);
        stage.button(button, (None, &word), Weight::Main, Touch::Buy(self.item.slot));
        area.cut_bottom(theme.gap);
        let parts = self.parts.iter().map(|(words, style)| (words.as_str(), *style));
        stage.stack(area, &parts.collect::<Vec<_>>(), theme.gap / 2);
    }
}

/// Higher than other buttons, unless these are as high as they are only for the fingers.
fn button_height(theme: &Theme) -> u32 {
    theme.button.max(theme.body * 14 / 5)
}
