//! The payment screen: the QR code as large as it can be, and what to pay, and how long.

use embedded_graphics::geometry::Size;
use embedded_graphics::pixelcolor::Rgb888;
use embedded_graphics::primitives::Rectangle;

use super::frame;
use crate::area::Cut;
use crate::icon::Icon;
use crate::scene::{Align, Card, Look, Part, Ring, Style};
use crate::stage::{Stage, Weight};
use crate::text::line_height;
use crate::theme::{self, Theme};
use crate::{Item, Touch, qr};

/// From here on the countdown is shown as urgent.
const SECONDS_URGENT: u16 = 10;

/// The time that is left, and how much it was at first.
#[derive(Clone, Copy)]
pub(super) struct Countdown {
    pub(super) left: u16,
    pub(super) total: u16,
}

/// What is to be paid, and how long.
#[derive(Clone, Copy)]
struct Offer<'a> {
    item: &'a Item,
    countdown: Countdown,
}

/// The code takes the shorter side; the words take the rest.
pub(super) fn show(stage: &mut Stage<'_>, item: &Item, code_url: &str, countdown: Countdown) {
    let offer = Offer { item, countdown };
    if stage.is_portrait() {
        portrait(stage, code_url, offer);
    } else {
        landscape(stage, code_url, offer);
    }
}

/// The code at the left, all words in a column at the right.
fn landscape(stage: &mut Stage<'_>, code_url: &str, offer: Offer<'_>) {
    let theme = stage.theme;
    let mut area = stage.screen();
    // At 320x240 these are the 98 columns beside a code of 6 pixels per module.
    let column_min = (13 * theme.body / 2).min(area.size.width * 4 / 10).max(area.size.width / 5);
    let side = area.size.height.min(area.size.width.saturating_sub(column_min));
    let code = Code::in_square(code_url, side);
    let spare = area.size.width.saturating_sub(column_min + code.side);
    let margin = (area.size.height.saturating_sub(code.side) / 2).min(spare / 2);
    code.show(stage, area.cut_left(code.side + 2 * margin));

    let mut column = area.inset(theme.edge_gap());
    let top = column.cut_top(theme.button);
    frame::show_switch(stage, top);
    let cancel = column.cut_bottom(theme.button);
    show_cancel(stage, cancel);
    column.cut_top(theme.gap / 2);
    column.cut_bottom(theme.gap / 2);
    show_column(stage, column, offer);
}

/// Picture if there is room, name, price, what to do, how long: from the top.
fn show_column(stage: &mut Stage<'_>, mut column: Rectangle, offer: Offer<'_>) {
    let theme = stage.theme;
    let roomy = column.size.width > 11 * theme.body;
    let ring = ring_side(&theme, column.size);
    let place = column.cut_bottom(ring);
    show_ring(stage, place, offer.countdown);
    column.cut_bottom(theme.gap / 2);

    let words = 6 * theme.body + 2 * theme.heading;
    let picture = column.size.height.saturating_sub(words + theme.gap);
    let picture = if picture >= 5 * theme.body / 2 { picture.min(12 * theme.body) } else { 0 };
    let mut block = column.middle(Size::new(u32::MAX, words + picture + theme.gap));
    if picture > 0 {
        stage.photo(block.cut_top(picture), offer.item, false);
        block.cut_top(theme.gap / 2);
    }
    let (scan_lines, scan_em) = if roomy { (1, theme.heading) } else { (2, theme.body) };
    let scan = block.cut_bottom((scan_lines * line_height(scan_em)).min(block.size.height / 2));
    show_scan(stage, scan, scan_em, Align::Middle);
    block.cut_bottom(theme.gap / 2);
    if roomy {
        let name = block.cut_bottom(line_height(theme.small).min(block.size.height / 4));
        let style = Style::plain(theme.small, theme.colors.ink_soft).align(Align::Middle);
        stage.text(name, &stage.language.wechat_pay(), style.down_to(theme.small * 3 / 4));
    }
    show_name_and_price(stage, block, offer.item);
}

/// Below each other, in the middle.
fn show_name_and_price(stage: &mut Stage<'_>, area: Rectangle, item: &Item) {
    let theme = stage.theme;
    let price = stage.language.price(item.price_fen);
    let name = Style::plain(theme.body, theme.colors.ink).down_to(theme.small * 3 / 4);
    let price_style = Style::bold(theme.display, theme.colors.accent_ink).down_to(theme.small);
    let parts = [
        (item.name.in_language(stage.language), name.align(Align::Middle)),
        (price.as_str(), price_style.align(Align::Middle)),
    ];
    stage.stack(area, &parts, 0);
}

/// The code on top, the words below, the buttons at the bottom.
fn portrait(stage: &mut Stage<'_>, code_url: &str, offer: Offer<'_>) {
    let theme = stage.theme;
    let mut area = stage.screen();
    let buttons_height = theme.button + 2 * theme.edge_gap();
    // At 240x320 there must remain two lines of words.
    let rows_min = buttons_height + 2 * line_height(theme.body);
    let side = area.size.width.min(area.size.height.saturating_sub(rows_min));
    let code = Code::in_square(code_url, side);
    let spare = area.size.height.saturating_sub(rows_min + code.side);
    let margin = area.size.width.saturating_sub(code.side).min(spare / 4);
    code.show(stage, area.cut_top(code.side + margin));

    let mut buttons = area.cut_bottom(buttons_height).inset(theme.edge_gap());
    let switch = buttons.cut_right(frame::switch_width(stage));
    frame::show_switch(stage, switch);
    buttons.cut_right(theme.gap);
    show_cancel(stage, buttons);
    let area = side_margins(area, theme.edge_gap());
    if area.size.height > 8 * theme.body {
        roomy(stage, area.inset(theme.gap / 2), offer);
    } else {
        compact(stage, area, offer);
    }
}

/// What to do as wide as the screen; above it the ring and the picture, and the price between them.
fn roomy(stage: &mut Stage<'_>, area: Rectangle, offer: Offer<'_>) {
    let theme = stage.theme;
    let scan_height = line_height(theme.heading * 6 / 5) + theme.gap;
    let side = (area.size.width / 4).min(9 * theme.body);
    let most = side.max(6 * theme.body) + scan_height + theme.gap;
    let mut rest = area.middle(Size::new(u32::MAX, most));
    let scan = rest.cut_bottom(scan_height);
    show_scan(stage, scan, theme.heading * 6 / 5, Align::Middle);
    rest.cut_bottom(theme.gap);

    let side = side.min(rest.size.height);
    let picture = rest.cut_left(side);
    let seconds = rest.cut_right(side);
    let ring = ring_side(&theme, Size::new(side, u32::MAX)).min(side);
    let words = line_height(theme.small);
    let mut seconds = seconds.middle(Size::new(side, ring + words + theme.gap / 4));
    stage.photo(picture, offer.item, false);
    show_seconds(stage, seconds.cut_bottom(words), offer.countdown);
    show_ring(stage, seconds.cut_top(ring), offer.countdown);
    rest.cut_left(theme.gap);
    rest.cut_right(theme.gap);
    show_name_and_price(stage, rest, offer.item);
}

/// A small ring beside two rows: name and price, what to do.
fn compact(stage: &mut Stage<'_>, mut area: Rectangle, offer: Offer<'_>) {
    let theme = stage.theme;
    let ring = area.cut_right(area.size.height);
    show_ring(stage, ring, offer.countdown);
    area.cut_right(theme.gap / 2);
    let mut top = area.cut_top(area.size.height / 2);
    let price = top.cut_right(top.size.width * 2 / 5);
    let style = Style::bold(theme.display, theme.colors.accent_ink).down_to(theme.small * 4 / 5);
    let words = stage.language.price(offer.item.price_fen);
    stage.text(price, &words, style.align(Align::Right));
    let style = Style::plain(theme.body, theme.colors.ink).down_to(theme.small * 3 / 4);
    stage.text(top, offer.item.name.in_language(stage.language), style);
    show_scan(stage, area, theme.body, Align::Left);
}

fn side_margins(mut area: Rectangle, margin: u32) -> Rectangle {
    area.cut_left(margin);
    area.cut_right(margin);
    area
}

fn show_cancel(stage: &mut Stage<'_>, area: Rectangle) {
    let word = stage.language.cancel();
    stage.button(area, (Some(Icon::Cross), &word), Weight::Side, Touch::Cancel);
}

/// A sign and three words.
fn show_scan(stage: &mut Stage<'_>, area: Rectangle, em: u32, align: Align) {
    let theme = stage.theme;
    let words = stage.language.scan();
    let both = |em: u32| em * 5 / 4 + theme.gap / 2 + stage.width(&words, em) + 2;
    // Rather a little smaller than without the sign.
    let fitting = (em * 2 / 3..=em).rev().find(|em| both(*em) <= area.size.width);
    let em = fitting.unwrap_or(em);
    let (side, both) = (em * 5 / 4, both(em));
    let mut line = area;
    if both <= area.size.width {
        if align == Align::Middle {
            line = area.middle(Size::new(both, u32::MAX));
        }
        let icon = line.cut_left(side);
        stage.icon(icon.middle(Size::new_equal(side)), Icon::Scan, theme.colors.ink);
        line.cut_left(theme.gap / 2);
    }
    let style = Style::bold(em, theme.colors.ink).down_to(theme.small * 3 / 4).align(align);
    stage.balanced(line, &words, style);
}

/// The same in words.
fn show_seconds(stage: &mut Stage<'_>, area: Rectangle, countdown: Countdown) {
    let theme = stage.theme;
    let words = stage.language.seconds_left(countdown.left);
    let style = Style::plain(theme.small, theme.colors.ink_soft).down_to(theme.small * 3 / 4);
    // The number alone is understood too.
    if stage.fit(&style, &words, area.size).is_unbroken() {
        stage.text(area, &words, style.align(Align::Middle));
    }
}

/// A ring that becomes shorter, with the seconds in it.
fn show_ring(stage: &mut Stage<'_>, area: Rectangle, countdown: Countdown) {
    let theme = stage.theme;
    let side = area.size.width.min(area.size.height);
    let square = area.middle(Size::new_equal(side));
    let milliseconds = |seconds: u16| u32::from(seconds) * 1_000;
    let ink = countdown.ink(&theme);
    let ring = Ring {
        width: (side / 12).max(3),
        ink,
        track: theme.colors.line,
        part: Part::Left {
            left: milliseconds(countdown.left),
            total: milliseconds(countdown.total),
        },
    };
    stage.add(square, Look::Ring(ring));
    let inner = square.inset(ring.width + side / 10);
    let em = (side * 2 / 5).min(theme.display);
    let style = Style::bold(em, ink).down_to(theme.small * 2 / 3).align(Align::Middle);
    stage.text(inner, &countdown.left.to_string(), style);
}

fn ring_side(theme: &Theme, room: Size) -> u32 {
    (9 * theme.body / 2).min(room.width).min(room.height / 3)
}

impl Countdown {
    fn ink(self, theme: &Theme) -> Rgb888 {
        if self.left <= SECONDS_URGENT { theme.colors.bad } else { theme.colors.accent_ink }
    }
}

/// The code as it fits into a square.
struct Code<'a> {
    code_url: &'a str,
    /// Pixels per module; 0 when there is no such code, or it does not fit.
    module: u32,
    /// Pixels per side, with the quiet zone.
    side: u32,
}

impl<'a> Code<'a> {
    fn in_square(code_url: &'a str, side: u32) -> Self {
        let modules = qr::side(code_url).unwrap_or(0);
        let module = side.checked_div(modules).unwrap_or(0);
        let side = if module == 0 { side } else { module * modules };
        Self { code_url, module, side }
    }

    /// On a white area; a code that cannot be drawn is said to be so.
    fn show(&self, stage: &mut Stage<'_>, area: Rectangle) {
        stage.add(area, Look::Card(Card::plain(theme::CODE_PAPER, 0)));
        let square = area.middle(Size::new_equal(self.side));
        if self.module == 0 {
            let style = Style::bold(stage.theme.body, theme::ON_CODE_PAPER);
            let style = style.down_to(stage.theme.small).align(Align::Middle);
            let words = stage.language.code_unreadable();
            stage.text(square.inset(stage.theme.gap), &words, style);
        } else {
            let look = Look::Qr { code_url: self.code_url.to_owned(), module: self.module };
            stage.add(square, look);
        }
    }
}
