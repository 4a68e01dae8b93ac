//! Nobody is there: what the machine has, one after the other, and never in the same place.

use std::time::Duration;

use embedded_graphics::geometry::Size;
use embedded_graphics::pixelcolor::Rgb888;
use embedded_graphics::primitives::Rectangle;

use super::{Moment, frame};
use crate::Picture;
use crate::area::Cut;
use crate::icon::Icon;
use crate::scaled::Fit;
use crate::scene::{Align, Card, Look, Style, Widget};
use crate::stage::Stage;
use crate::text::line_height;
use crate::{Availability, Item, Language, Touch};

/// How long one picture stays.
const SLIDE: Duration = Duration::from_secs(6);

/// One picture.
enum Slide<'a> {
    Item(&'a Item),
    Picture(&'a Picture),
    /// There is nothing to show.
    Invitation,
}

/// The picture of this moment; a touch anywhere leads on.
pub(super) fn show(stage: &mut Stage<'_>, items: &[Item], moment: Moment) {
    let number = moment.elapsed.as_secs() / SLIDE.as_secs();
    let number = usize::try_from(number).unwrap_or(usize::MAX);
    stage.scene.until = Some(SLIDE * u32::try_from(number + 1).unwrap_or(u32::MAX));
    let slides = slides(stage, items);
    let slide = slides.get(number % slides.len().max(1)).unwrap_or(&Slide::Invitation);
    let ground = Ground::of(stage, turn(number, slides.len()));

    let screen = stage.screen();
    let look = Look::Fill(ground.paper);
    stage.scene.widgets.push(Widget { area: screen, look, touch: Some(Touch::Wake) });
    // Who cannot read one language waits for the next.
    let languages = frame::languages(stage);
    // And each item is shown in each language.
    let turn = number + number / slides.len().max(1);
    let language = languages.get(turn % languages.len().max(1)).copied();
    let language = language.unwrap_or(stage.language);
    let mut area = screen;
    let call_height = stage.theme.button * 3 / 2;
    let call = if number % 2 == 0 || stage.is_portrait() {
        area.cut_bottom(call_height)
    } else {
        area.cut_top(call_height)
    };
    match slide {
        Slide::Picture(picture) => {
            let picture = (*picture).clone();
            let look = Look::Photo { picture, fit: Fit::Cover, radius: 0, faint: false };
            stage.add(screen, look);
            stage.fill(call, ground.paper);
        }
        Slide::Item(item) => show_item(stage, area, item, (language, number), ground),
        Slide::Invitation => {
            let share = if number % 2 == 0 { 2 } else { 3 };
            let side = area.size.height.min(area.size.width) / share;
            stage.icon(area.middle(Size::new_equal(side)), Icon::Bag, ground.ink);
        }
    }
    show_call(stage, call, language, ground);
}

/// Counts the papers so that each slide, on each side, sooner or later stands on each of three.
const fn turn(number: usize, slides: usize) -> usize {
    // After so many slides all stands where it stood.
    let period = if slides.is_multiple_of(2) { slides } else { 2 * slides };
    if period > 0 && period.is_multiple_of(3) { number + number / period } else { number }
}

/// All that can be bought, then the operator's own pictures.
fn slides<'a>(stage: &Stage<'a>, items: &'a [Item]) -> Vec<Slide<'a>> {
    let items = items.iter().filter(|item| item.availability == Availability::Available);
    let design = stage.design;
    items.map(Slide::Item).chain(design.idle_pictures.iter().map(Slide::Picture)).collect()
}

/// What is behind a slide, and what is written on it.
#[derive(Clone, Copy)]
struct Ground {
    paper: Rgb888,
    ink: Rgb888,
}

impl Ground {
    /// Light, coloured and dark in turn.
    fn of(stage: &Stage<'_>, number: usize) -> Self {
        let colors = stage.theme.colors;
        match number % 3 {
            0 => Self { paper: colors.card, ink: colors.ink },
            1 => Self { paper: colors.accent, ink: colors.on_accent },
            _ => Self { paper: colors.ink, ink: colors.card },
        }
    }
}

/// The picture and the words change sides.
fn show_item(
    stage: &mut Stage<'_>,
    area: Rectangle,
    item: &Item,
    (language, number): (Language, usize),
    ground: Ground,
) {
    let theme = stage.theme;
    let mut area = area.inset(theme.gap * 2);
    let second = number % 2 == 1;
    let (picture, words) = if stage.is_portrait() {
        let lines = line_height(theme.display * 6 / 5) + line_height(theme.display * 3 / 2);
        let words_height = (lines + theme.gap * 3).min(area.size.height * 9 / 20);
        let words_height = words_height.max(area.size.height * 3 / 10);
        if second {
            let words = area.cut_top(words_height);
            (area, words)
        } else {
            let words = area.cut_bottom(words_height);
            (area, words)
        }
    } else {
        let half = area.size.width / 2;
        if second {
            let words = area.cut_left(half);
            (area, words)
        } else {
            let words = area.cut_right(half);
            (area, words)
        }
    };
    let side = picture.size.width.min(picture.size.height);
    let tile = picture.middle(Size::new_equal(side));
    stage.add(tile, Look::Card(Card::plain(theme.colors.tile, theme.radius * 2)));
    stage.photo(tile.inset(side / 16), item, false);

    let align = if stage.is_portrait() { Align::Middle } else { Align::Left };
    let name = Style::bold(theme.display * 6 / 5, ground.ink).down_to(theme.small).align(align);
    let price_style = Style::bold(theme.display * 3 / 2, ground.ink).down_to(theme.small);
    let price = language.price(item.price_fen);
    let parts =
        [(item.name.in_language(language), name), (price.as_str(), price_style.align(align))];
    stage.stack(words.inset(theme.gap), &parts, theme.gap);
}

/// A sign and what to do; and that WeChat Pay is what one needs.
fn show_call(stage: &mut Stage<'_>, area: Rectangle, language: Language, ground: Ground) {
    let theme = stage.theme;
    let (call, pay) = (language.attract_call(), language.attract_pay());
    let em = theme.heading;
    let side = em * 3 / 2;
    let width = stage.width(&call, em).max(stage.width(&pay, theme.small)) + 4;
    let mut line = area.inset(theme.gap / 2).middle(Size::new(side + theme.gap + width, u32::MAX));
    let icon = line.cut_left(side.min(line.size.width / 4));
    stage.icon(icon.middle(Size::new_equal(side)), Icon::Tap, ground.ink);
    line.cut_left(theme.gap.min(line.size.width / 8));
    let mut line = line.middle(Size::new(u32::MAX, line_height(em) + line_height(theme.small)));
    let pay_area = line.cut_bottom(line_height(theme.small).min(line.size.height / 2));
    stage.text(line, &call, Style::bold(em, ground.ink).down_to(theme.small));
    let style = Style::plain(theme.small, ground.ink).down_to(theme.small * 3 / 5);
    stage.text(pay_area, &pay, style);
}
