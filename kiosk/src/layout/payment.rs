//! The payment screen: the QR code as large as it can be, and what to pay, and how long.

use embedded_graphics::geometry::Size;
use embedded_graphics::primitives::Rectangle;

use super::{Page, header};
use crate::area::Cut;
use crate::price::price;
use crate::scene::{Align, Look, Panel, Scene, Style};
use crate::text::line_height;
use crate::theme::{self, Theme};
use crate::{Item, Language, Touch, qr};

/// From here on the countdown is shown as urgent.
const SECONDS_URGENT: u16 = 10;

/// The time that is left, and how much it was at first.
#[derive(Clone, Copy)]
pub(super) struct Countdown {
    pub(super) left: u16,
    pub(super) total: u16,
}

/// What stands beside the code.
#[derive(Clone, Copy)]
struct Offer<'a> {
    name: &'a str,
    price_fen: u32,
    countdown: Countdown,
    language: Language,
}

/// The code takes the shorter side; the words take the rest.
pub(super) fn show(
    scene: &mut Scene,
    page: Page,
    item: &Item,
    code_url: &str,
    countdown: Countdown,
) {
    let name = item.name.in_language(page.language);
    let offer = Offer { name, price_fen: item.price_fen, countdown, language: page.language };
    if page.area.size.width >= page.area.size.height {
        landscape(scene, page.area, code_url, offer);
    } else {
        portrait(scene, page.area, code_url, offer);
    }
}

/// The code at the left, all words in a column at the right.
fn landscape(scene: &mut Scene, mut area: Rectangle, code_url: &str, offer: Offer<'_>) {
    let theme = scene.theme;
    // At 320x240 these are the 98 columns beside a code of 6 pixels per module.
    let column_min = (13 * theme.body / 2).max(area.size.width / 5);
    let side = area.size.height.min(area.size.width.saturating_sub(column_min));
    let code = Code::in_square(code_url, side);
    let spare = area.size.width.saturating_sub(column_min + code.side);
    let margin = (area.size.height.saturating_sub(code.side) / 2).min(spare / 2);
    code.show(scene, area.cut_left(code.side + 2 * margin), offer.language);

    let mut column = area.inset(theme.edge_gap());
    let mut top = column.cut_top(theme.button);
    let switch = top.cut_right(header::switch_width(&theme));
    header::show_switch(scene, switch, offer.language);
    let cancel = column.cut_bottom(theme.button);
    scene.button(cancel, offer.language.cancel(), Touch::Cancel);
    column.cut_bottom(theme.gap);
    show_bar(scene, column.cut_bottom(bar_height(&theme)), offer.countdown);
    show_seconds(scene, column.cut_bottom(line_height(theme.body)), offer, Align::Middle);
    column.cut_top(theme.edge_gap());

    let words =
        2 * line_height(theme.body) + line_height(theme.display) + 2 * line_height(theme.heading);
    let mut words = column.middle(Size::new(u32::MAX, words + 2 * theme.gap));
    let scan = words.cut_bottom(2 * line_height(theme.heading));
    show_scan(scene, scan, offer.language, Align::Middle);
    let price_area = words.cut_bottom(line_height(theme.display));
    show_price(scene, price_area, offer, Align::Middle);
    let style = Style::plain(theme.heading, theme::INK).down_to(theme.small).align(Align::Middle);
    scene.text(words, offer.name, style);
}

/// The code on top, the words below; the header too where there is room for it.
fn portrait(scene: &mut Scene, mut area: Rectangle, code_url: &str, offer: Offer<'_>) {
    let theme = scene.theme;
    // At 240x320 these are the 98 rows below a code of 6 pixels per module.
    let rows_min = 13 * theme.body / 2;
    let side = area.size.width.min(area.size.height.saturating_sub(rows_min));
    let code = Code::in_square(code_url, side);
    let spare = area.size.height.saturating_sub(rows_min + code.side);
    let roomy = spare >= header::height(&theme) + line_height(theme.display);
    if roomy {
        header::show(scene, &mut area, offer.language, header::Title::Name(offer.name));
    }
    let margin = area.size.width.saturating_sub(code.side).min(spare);
    code.show(scene, area.cut_top(code.side + if roomy { margin } else { 0 }), offer.language);

    let mut area = area.inset(theme.edge_gap());
    let mut buttons = area.cut_bottom(theme.button);
    if !roomy {
        let switch = buttons.cut_right(header::switch_width(&theme));
        header::show_switch(scene, switch, offer.language);
        buttons.cut_right(theme.gap);
    }
    scene.button(buttons, offer.language.cancel(), Touch::Cancel);
    area.cut_bottom(theme.edge_gap());
    show_bar(scene, area.cut_bottom(bar_height(&theme)), offer.countdown);
    if roomy {
        show_seconds(scene, area.cut_bottom(line_height(theme.body)), offer, Align::Middle);
        let words = line_height(theme.display) + line_height(theme.heading) + theme.gap;
        let mut words = area.middle(Size::new(u32::MAX, words));
        show_price(scene, words.cut_top(line_height(theme.display)), offer, Align::Middle);
        show_scan(
            scene,
            words.cut_bottom(line_height(theme.heading)),
            offer.language,
            Align::Middle,
        );
    } else {
        compact(scene, area, offer);
    }
}

/// Two rows of two: name and price, what to do and how long.
fn compact(scene: &mut Scene, mut area: Rectangle, offer: Offer<'_>) {
    let theme = scene.theme;
    let mut top = area.cut_top(area.size.height / 2);
    let price_area = top.cut_right(top.size.width / 3);
    show_price(scene, price_area, offer, Align::Right);
    scene.text(top, offer.name, Style::plain(theme.body, theme::INK).down_to(theme.small));
    let seconds = area.cut_right(area.size.width * 2 / 5);
    show_seconds(scene, seconds, offer, Align::Right);
    show_scan(scene, area, offer.language, Align::Left);
}

fn show_price(scene: &mut Scene, area: Rectangle, offer: Offer<'_>, align: Align) {
    let style =
        Style::bold(scene.theme.display, theme::GREEN).down_to(scene.theme.small).align(align);
    scene.text(area, &price(offer.price_fen), style);
}

fn show_scan(scene: &mut Scene, area: Rectangle, language: Language, align: Align) {
    let style =
        Style::bold(scene.theme.heading, theme::INK).down_to(scene.theme.small - 1).align(align);
    scene.text(area, language.scan(), style);
}

fn show_seconds(scene: &mut Scene, area: Rectangle, offer: Offer<'_>, align: Align) {
    let style = Style::plain(scene.theme.body, offer.countdown.ink())
        .down_to(scene.theme.small)
        .align(align);
    scene.text(area, &offer.language.seconds_left(offer.countdown.left), style);
}

fn show_bar(scene: &mut Scene, area: Rectangle, countdown: Countdown) {
    let share = u32::from(countdown.left.min(countdown.total));
    let ahead = area.size.width * share / u32::from(countdown.total.max(1));
    scene.add(area, Look::Bar { ahead, ink: countdown.ink() });
}

fn bar_height(theme: &Theme) -> u32 {
    theme.gap.max(5)
}

impl Countdown {
    fn ink(self) -> embedded_graphics::pixelcolor::Rgb888 {
        if self.left <= SECONDS_URGENT { theme::RED } else { theme::GREEN }
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
    fn show(&self, scene: &mut Scene, area: Rectangle, language: Language) {
        scene.panel(area, Panel::plain(theme::CARD));
        let square = area.middle(Size::new_equal(self.side));
        if self.module == 0 {
            let style = Style::bold(scene.theme.body, theme::RED).down_to(scene.theme.small);
            let style = style.on(theme::CARD).align(Align::Middle);
            scene.text(square.inset(scene.theme.gap), language.code_unreadable(), style);
        } else {
            scene.add(square, Look::Qr { code_url: self.code_url.to_owned(), module: self.module });
        }
    }
}
