//! The catalogue: a grid of cards, page by page.

use embedded_graphics::geometry::Size;
use embedded_graphics::primitives::Rectangle;

use super::{Page, header};
use crate::area::Cut;
use crate::font::Face;
use crate::price::price;
use crate::scene::{Align, Look, Scene, Style, Text};
use crate::text::{self, line_height};
use crate::theme::{self, Theme};
use crate::{Availability, Item, Language, Touch};

/// Rows and columns of cards.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Grid {
    columns: u32,
    rows: u32,
}

/// Header, cards, and arrows when there is more than one page.
pub(super) fn show(scene: &mut Scene, page: Page, items: &[Item], number: u16) {
    let theme = scene.theme;
    let mut area = page.area;
    header::show(scene, &mut area, page.language, header::Title::Fixed(page.language.choose()));
    let mut area = side_margins(area, &theme);
    let count = u32::try_from(items.len()).unwrap_or(u32::MAX);

    let single = Grid::largest(area.size, &theme);
    let (grid, items) = if count <= single.cells() {
        (single.shrunk_to(count, area.size), items)
    } else {
        let arrows = area.cut_bottom(theme.button + theme.gap);
        let grid = Grid::largest(area.size, &theme);
        let pages = items.len().div_ceil(grid.cells() as usize);
        let last = u16::try_from(pages - 1).unwrap_or(u16::MAX);
        let number = number.min(last);
        show_arrows(scene, arrows, number, last);
        let first = usize::from(number) * grid.cells() as usize;
        (grid, items.get(first..).unwrap_or_default())
    };
    for (item, cell) in items.iter().zip(grid.areas(area, &theme)) {
        show_card(scene, cell, item, page.language);
    }
}

fn side_margins(mut area: Rectangle, theme: &Theme) -> Rectangle {
    area.cut_left(theme.gap);
    area.cut_right(theme.gap);
    area.cut_bottom(theme.edge_gap());
    area
}

impl Grid {
    /// As many cards as can be read and hit; at least one.
    fn largest(room: Size, theme: &Theme) -> Self {
        let card = smallest_card(theme);
        Self {
            columns: ((room.width + theme.gap) / (card.width + theme.gap)).max(1),
            rows: ((room.height + theme.gap) / (card.height + theme.gap)).max(1),
        }
    }

    fn cells(self) -> u32 {
        self.columns * self.rows
    }

    /// The grid for so few cards: few empty cells first, then cards near to 3:2.
    fn shrunk_to(self, count: u32, room: Size) -> Self {
        let shapes = (1..=self.columns)
            .map(|columns| Self { columns, rows: count.div_ceil(columns).max(1) });
        let fitting = shapes.filter(|shape| shape.rows <= self.rows);
        let cost = |shape: &Self| {
            let width = room.width / shape.columns;
            let height = room.height / shape.rows;
            (2 * width).abs_diff(3 * height) + (shape.cells() - count) * width.min(height) / 2
        };
        fitting.min_by_key(cost).unwrap_or(self)
    }

    /// The cells, row by row, with a gap between them.
    fn areas(self, area: Rectangle, theme: &Theme) -> impl Iterator<Item = Rectangle> {
        let pitch = (area.size + Size::new_equal(theme.gap))
            .component_div(Size::new(self.columns, self.rows));
        let largest = largest_card(theme);
        let cell = (pitch.saturating_sub(Size::new_equal(theme.gap))).component_min(largest);
        let pitch = cell + Size::new_equal(theme.gap);
        (0..self.rows).flat_map(move |row| {
            (0..self.columns).map(move |column| {
                let offset = pitch.component_mul(Size::new(column, row));
                Rectangle::new(area.top_left + offset, cell)
            })
        })
    }
}

/// A name in two small lines above a price.
fn smallest_card(theme: &Theme) -> Size {
    let height = 2 * line_height(theme.small) + line_height(theme.heading) + 2 * padding(theme);
    Size::new(13 * theme.body / 2, height)
}

/// A card that grew beyond this would be emptiness with a name.
fn largest_card(theme: &Theme) -> Size {
    Size::new(24 * theme.body, 12 * theme.body)
}

fn padding(theme: &Theme) -> u32 {
    theme.gap * 4 / 3
}

/// The name on top; below it price and slot, or why it cannot be had.
fn show_card(scene: &mut Scene, cell: Rectangle, item: &Item, language: Language) {
    let theme = scene.theme;
    let mark = language.unavailable(item.availability);
    let (paper, name_ink) =
        if mark.is_none() { (theme::CARD, theme::INK) } else { (theme::CARD_OFF, theme::INK_SOFT) };
    let touch = (item.availability == Availability::Available).then_some(Touch::Select(item.slot));
    scene.card(cell, paper, touch);

    let mut inner = cell.inset(padding(&theme));
    let roomy = inner.size.height > 2 * line_height(theme.heading) + line_height(theme.display);
    let (name_em, price_em, slot_em) = if roomy {
        (theme.heading, theme.display, theme.body)
    } else {
        (theme.body, theme.heading, theme.small)
    };
    let mut foot = inner.cut_bottom(line_height(price_em));
    let style = Style::plain(name_em, name_ink).down_to(theme.small).on(paper);
    let lines = style.fit(item.name.in_language(language), inner.size);
    scene.add(inner.cut_top(lines.height()), Look::Text(Text { lines, style }));

    let slot = item.slot.to_string();
    let chip = foot.cut_right(text::width(&slot, Face::Regular, slot_em) + 2);
    scene.text(chip, &slot, Style::plain(slot_em, theme::INK_SOFT).on(paper).align(Align::Right));
    foot.cut_right(theme.gap / 2);
    match mark {
        None => {
            let style = Style::bold(price_em, theme::GREEN).down_to(theme.small).on(paper);
            scene.text(foot, &price(item.price_fen), style);
        }
        Some(mark) => {
            let style = Style::bold(theme.body, theme::RED).down_to(theme.small - 2).on(paper);
            scene.text(foot, mark, style);
        }
    }
}

/// `◀ 1/3 ▶`; an arrow that leads nowhere is not there.
fn show_arrows(scene: &mut Scene, mut area: Rectangle, number: u16, last: u16) {
    let theme = scene.theme;
    area.cut_top(theme.gap);
    let width = (2 * theme.button).min(area.size.width / 3);
    let left = area.cut_left(width);
    let right = area.cut_right(width);
    if number > 0 {
        scene.button(left, "◀", Touch::Page(number - 1));
    }
    if number < last {
        scene.button(right, "▶", Touch::Page(number + 1));
    }
    let position = format!("{}/{}", u32::from(number) + 1, u32::from(last) + 1);
    scene.text(area, &position, Style::plain(theme.body, theme::INK_SOFT).align(Align::Middle));
}
