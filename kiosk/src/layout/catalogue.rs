//! The catalogue: a grid of cards, page by page.

use embedded_graphics::geometry::Size;
use embedded_graphics::primitives::Rectangle;

use super::frame;
use crate::area::{Cut, grid};
use crate::icon::Icon;
use crate::scene::{Align, Card, Look, Style};
use crate::stage::{Stage, Weight};
use crate::text::line_height;
use crate::theme::Theme;
use crate::{Availability, Item, Touch};

/// Rows and columns of cards, and how they look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Shelf {
    kind: Kind,
    columns: u32,
    rows: u32,
}

/// How a card is laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// The picture above the name and the price.
    High,
    /// The picture at the left of them.
    Wide,
}

/// Title, cards, and arrows when there is more than one page.
pub(super) fn show(stage: &mut Stage<'_>, items: &[Item], number: u16, keypad: bool) {
    let theme = stage.theme;
    let title = stage.language.choose();
    let frame::Framed { mut area, bar } = frame::frame(stage, &title, None);
    area.cut_left(theme.gap);
    area.cut_right(theme.gap);
    let count = u32::try_from(items.len()).unwrap_or(u32::MAX);

    let single = Shelf::largest(area.size, &theme);
    let (shelf, items) = if count <= single.cells() && !keypad {
        area.cut_bottom(theme.edge_gap());
        (single.shrunk_to(count, area.size), items)
    } else {
        let keys = if keypad { 3 } else { 2 };
        let arrows = if bar.size.width >= keys * (theme.fingertip + theme.gap) {
            bar
        } else {
            let mut arrows = area.cut_bottom(theme.button + theme.edge_gap() + theme.gap);
            arrows.cut_top(theme.gap);
            arrows.cut_bottom(theme.edge_gap());
            arrows
        };
        let shelf = Shelf::largest(area.size, &theme);
        let pages = items.len().div_ceil(shelf.cells() as usize).max(1);
        let last = u16::try_from(pages - 1).unwrap_or(u16::MAX);
        let number = number.min(last);
        show_arrows(stage, arrows, (number, last), keypad);
        let first = usize::from(number) * shelf.cells() as usize;
        let shelf = if last == 0 { shelf.shrunk_to(count, area.size) } else { shelf };
        (shelf, items.get(first..).unwrap_or_default())
    };
    let area = shelf.within(area, &theme);
    let lines = shelf.name_lines(stage, area, items);
    for (item, cell) in items.iter().zip(grid(area, (shelf.columns, shelf.rows), theme.gap)) {
        show_card(stage, cell, item, (shelf.kind, lines));
    }
}

impl Shelf {
    /// As many cards as can be read and hit, with large pictures if there is room for some.
    fn largest(room: Size, theme: &Theme) -> Self {
        let high = Self::of(Kind::High, room, theme);
        if high.rows >= 2 && high.columns >= 2 { high } else { Self::of(Kind::Wide, room, theme) }
    }

    fn of(kind: Kind, room: Size, theme: &Theme) -> Self {
        let card = kind.smallest(theme);
        Self {
            kind,
            columns: ((room.width + theme.gap) / (card.width + theme.gap)).max(1),
            rows: ((room.height + theme.gap) / (card.height + theme.gap)).max(1),
        }
    }

    const fn cells(self) -> u32 {
        self.columns * self.rows
    }

    /// The grid for so few cards: few empty cells first, then cards of a pleasant shape.
    fn shrunk_to(self, count: u32, room: Size) -> Self {
        let shapes = (1..=self.columns).map(|columns| Self {
            columns,
            rows: count.div_ceil(columns).max(1),
            ..self
        });
        let fitting = shapes.filter(|shape| shape.rows <= self.rows);
        // High cards are pleasant at 5:6, wide ones at 5:2.
        let (across, down) = if self.kind == Kind::High { (6, 5) } else { (2, 5) };
        let cost = |shape: &Self| {
            let width = room.width / shape.columns;
            let height = room.height / shape.rows;
            (across * width).abs_diff(down * height)
                + (shape.cells() - count) * width.min(height) / 2
        };
        let shape = fitting.min_by_key(cost).unwrap_or(self);
        // A single row stands in the middle.
        if shape.rows == 1 { Self { columns: count.max(1), ..shape } } else { shape }
    }

    /// Two lines for all names where one of them needs two, so that the cards look alike.
    fn name_lines(self, stage: &Stage<'_>, area: Rectangle, items: &[Item]) -> u32 {
        let theme = stage.theme;
        let cell = grid(area, (self.columns, self.rows), theme.gap).next();
        let room = cell.map_or(0, |cell| cell.size.width.saturating_sub(2 * padding(&theme)));
        let style = Style::plain(theme.body, theme.colors.ink).down_to(theme.small);
        let line = Size::new(room, line_height(theme.body));
        let shown = items.iter().take(self.cells() as usize);
        let mut names = shown.map(|item| item.name.in_language(stage.language));
        let short = names.all(|name| stage.fit(&style, name, line).is_unbroken());
        if short { 1 } else { 2 }
    }

    /// A card that grew beyond this would be emptiness with a name: the shelf stays in the middle.
    fn within(self, area: Rectangle, theme: &Theme) -> Rectangle {
        let largest = match self.kind {
            Kind::High => Size::new(17 * theme.body, 20 * theme.body),
            Kind::Wide => Size::new(24 * theme.body, 10 * theme.body),
        };
        let most = (largest + Size::new_equal(theme.gap))
            .component_mul(Size::new(self.columns, self.rows))
            .saturating_sub(Size::new_equal(theme.gap));
        area.middle(most)
    }
}

impl Kind {
    /// High: a picture, two lines, a price. Wide: a fingertip, a name, a price.
    fn smallest(self, theme: &Theme) -> Size {
        match self {
            Self::High => Size::new(15 * theme.body / 2, 17 * theme.body / 2),
            Self::Wide => {
                let words = line_height(theme.small) + line_height(theme.heading);
                let height = words + 2 * padding(theme);
                Size::new((17 * theme.body / 2).max(theme.fingertip), height.max(theme.fingertip))
            }
        }
    }
}

fn padding(theme: &Theme) -> u32 {
    theme.gap * 2 / 3
}

/// Picture, name, and below it price and slot, or why it cannot be had.
fn show_card(stage: &mut Stage<'_>, cell: Rectangle, item: &Item, (kind, name_lines): (Kind, u32)) {
    let theme = stage.theme;
    let available = item.availability == Availability::Available;
    if available {
        stage.card(cell, Some(Touch::Select(item.slot)));
    } else {
        stage.flat_card(cell);
    }
    let mut inner = cell.inset(padding(&theme));
    let price_em = price_em(&theme, inner.size, kind);
    let picture = match kind {
        Kind::High => {
            let foot = line_height(price_em) + name_lines * line_height(theme.body);
            inner.cut_top(inner.size.height.saturating_sub(foot + theme.gap / 3))
        }
        Kind::Wide => {
            let side = inner.size.height.min(inner.size.width / 3);
            let picture = inner.cut_left(side);
            inner.cut_left(theme.gap / 2);
            picture
        }
    };
    stage.photo(picture, item, !available);

    let foot = inner.cut_bottom(line_height(price_em));
    let ink = if available { theme.colors.ink } else { theme.colors.ink_soft };
    let name_em = if inner.size.height > 2 * line_height(theme.body) || kind == Kind::High {
        theme.body
    } else {
        theme.small
    };
    let style = Style::plain(name_em, ink).down_to(theme.small * 4 / 5);
    stage.text(inner, item.name.in_language(stage.language), style);
    show_foot(stage, foot, item, price_em);
}

fn price_em(theme: &Theme, room: Size, kind: Kind) -> u32 {
    let large = kind == Kind::High && room.height > 11 * theme.body;
    if large { theme.heading * 5 / 4 } else { theme.heading }
}

/// The price at the left, the slot on a chip at the right; or why it cannot be had.
fn show_foot(stage: &mut Stage<'_>, mut foot: Rectangle, item: &Item, price_em: u32) {
    let theme = stage.theme;
    let colors = theme.colors;
    if let Some(mark) = stage.language.unavailable(item.availability) {
        let side = line_height(theme.small) * 3 / 4;
        let icon = foot.cut_left(side.min(foot.size.width / 6));
        stage.icon(icon, Icon::Cross, colors.bad);
        foot.cut_left(theme.gap / 4);
        let style = Style::bold(theme.small, colors.bad).down_to(theme.small * 3 / 5);
        stage.text(foot, &mark, style);
        return;
    }
    let slot = item.slot.to_string();
    let width = stage.width(&slot, theme.small) + theme.gap;
    let chip = foot.cut_right(width.max(line_height(theme.small)));
    let chip = chip.middle(Size::new(u32::MAX, line_height(theme.small)));
    stage.add(chip, Look::Card(Card::plain(colors.tile, theme.radius / 2)));
    stage.text(chip, &slot, Style::bold(theme.small, colors.ink_soft).align(Align::Middle));
    foot.cut_right(theme.gap / 3);
    let price = stage.language.price(item.price_fen);
    let style = Style::bold(price_em, colors.accent_ink).down_to(theme.small * 4 / 5);
    stage.text(foot, &price, style);
}

/// `‹ Page 1 of 3 ›`; an arrow that leads nowhere is not there.
fn show_arrows(
    stage: &mut Stage<'_>,
    mut area: Rectangle,
    (number, last): (u16, u16),
    keypad: bool,
) {
    let theme = stage.theme;
    let keys = if keypad { 3 } else { 2 };
    let width = (2 * theme.button).min((area.size.width / (keys + 1)).max(theme.fingertip));
    if keypad {
        let button = area.cut_left(width);
        area.cut_left(theme.gap);
        stage.button(button, (Some(Icon::Keypad), ""), Weight::Side, Touch::Keypad);
    }
    if last == 0 {
        return;
    }
    let left = area.cut_left(width);
    let right = area.cut_right(width);
    if number > 0 {
        stage.button(left, (Some(Icon::Previous), ""), Weight::Side, Touch::Page(number - 1));
    }
    if number < last {
        stage.button(right, (Some(Icon::Next), ""), Weight::Side, Touch::Page(number + 1));
    }
    let (page, pages) = (u32::from(number) + 1, u32::from(last) + 1);
    let style = Style::plain(theme.body, theme.colors.ink_soft).down_to(theme.small);
    let line = Size::new(area.size.width, line_height(theme.body));
    let in_words = stage.language.page(page, pages);
    let short = format!("{page}/{pages}");
    let words = if stage.fit(&style, &in_words, line).is_unbroken() { in_words } else { short };
    stage.text(area, &words, style.down_to(theme.small * 2 / 3).align(Align::Middle));
}
