//! Paid: the steps to the item, and the item in the tray.

use embedded_graphics::geometry::{Point, Size};
use embedded_graphics::primitives::Rectangle;

use super::frame::{self, Lead};
use crate::area::Cut;
use crate::icon::Icon;
use crate::scene::{Align, Card, Look, Style};
use crate::stage::Stage;
use crate::text::line_height;
use crate::{Item, Progress, Touch};

/// How far one step is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Step {
    Done,
    Now,
    Later,
}

/// The picture, the words, the three steps. They follow what the board has told, not a clock.
pub(super) fn show(stage: &mut Stage<'_>, item: &Item, progress: Progress) {
    let (heading, body) = match progress {
        Progress::Paid => stage.language.paid(),
        Progress::Turning => stage.language.vending(),
    };
    let area = frame::lay(stage, item.name.in_language(stage.language), None);
    let steps = match progress {
        Progress::Paid => [Step::Now, Step::Later, Step::Later],
        Progress::Turning => [Step::Done, Step::Now, Step::Later],
    };
    show_all(stage, area, item, (&heading, &body), steps);
}

/// The same when the item has fallen.
pub(super) fn show_farewell(stage: &mut Stage<'_>, item: &Item) {
    let (heading, body) = stage.language.farewell();
    let back = stage.language.back();
    let lead = Lead { icon: Icon::Back, word: &back, touch: Touch::Back };
    let area = frame::lay(stage, item.name.in_language(stage.language), Some(lead));
    show_all(stage, area, item, (&heading, &body), [Step::Done, Step::Done, Step::Now]);
}

fn show_all(
    stage: &mut Stage<'_>,
    area: Rectangle,
    item: &Item,
    (heading, body): (&str, &str),
    steps: [Step; 3],
) {
    let theme = stage.theme;
    let mut area = area.inset(theme.gap);
    let picture = if stage.is_portrait() {
        let picture = area.cut_top(area.size.height * 2 / 5);
        area.cut_top(theme.gap);
        picture
    } else {
        let side = area.size.height.min(area.size.width * 2 / 5);
        let picture = area.cut_left(side);
        area.cut_left(theme.gap * 2);
        picture
    };
    stage.photo_tile(picture, item);

    let disc = (7 * theme.body / 2).min(area.size.width / 5).min(area.size.height / 3);
    let steps_height = disc + line_height(theme.small) + theme.gap / 2;
    let mut block = area.middle(Size::new(u32::MAX, steps_height + 10 * theme.body));
    show_steps(stage, block.cut_bottom(steps_height), steps, disc);
    block.cut_bottom(theme.gap);
    let done = steps == [Step::Done, Step::Done, Step::Now];
    let ink = if done { theme.colors.good } else { theme.colors.ink };
    let heading_style = Style::bold(theme.display, ink).down_to(theme.small);
    let body_style = Style::plain(theme.heading, theme.colors.ink).down_to(theme.small * 4 / 5);
    let parts =
        [(heading, heading_style.align(Align::Middle)), (body, body_style.align(Align::Middle))];
    stage.stack(block, &parts, theme.gap / 2);
}

/// Three discs on a line: done ones have a tick, the present one turns.
fn show_steps(stage: &mut Stage<'_>, area: Rectangle, steps: [Step; 3], disc: u32) {
    let theme = stage.theme;
    let colors = theme.colors;
    let words = stage.language.steps();
    let mut rest = area.middle(Size::new(26 * theme.body, u32::MAX));
    let third = rest.size.width / 3;
    let columns = [rest.cut_left(third), rest.cut_left(third), rest];
    let middle = |column: &Rectangle| {
        let mut column = *column;
        column.cut_top(disc).middle(Size::new_equal(disc))
    };
    for (pair, step) in columns.windows(2).zip(steps) {
        if let [one, next] = pair {
            let (from, to) = (middle(one), middle(next));
            let left = from.top_left.x.saturating_add_unsigned(disc + theme.gap / 2);
            let width = to
                .top_left
                .x
                .saturating_sub(left)
                .max(0)
                .unsigned_abs()
                .saturating_sub(theme.gap / 2);
            let height = (disc / 14).max(2);
            let top =
                from.top_left.y.saturating_add_unsigned((disc / 2).saturating_sub(height / 2));
            let corner = Point::new(left, top);
            let color = if step == Step::Done { colors.good } else { colors.line };
            stage.fill(Rectangle::new(corner, Size::new(width, height)), color);
        }
    }
    let signs = [Icon::Yuan, Icon::Bag, Icon::Take];
    for (((column, step), word), icon) in columns.iter().zip(steps).zip(&words).zip(signs) {
        let square = middle(column);
        match step {
            Step::Done => stage.sign(square, Icon::Check, colors.good),
            Step::Now if icon == Icon::Take => stage.sign(square, icon, colors.good),
            Step::Now => stage.busy(square, icon),
            Step::Later => {
                stage.add(square, Look::Card(Card::plain(colors.tile, disc / 2)));
                stage.icon(square.middle(Size::new_equal(disc * 9 / 20)), icon, colors.ink_soft);
            }
        }
        let mut label = *column;
        label.cut_top(disc + theme.gap / 2);
        let ink = if step == Step::Later { colors.ink_soft } else { colors.ink };
        let style = if step == Step::Now {
            Style::bold(theme.small, ink)
        } else {
            Style::plain(theme.small, ink)
        };
        stage.text(label, word, style.down_to(theme.small * 3 / 5).align(Align::Middle));
    }
}
