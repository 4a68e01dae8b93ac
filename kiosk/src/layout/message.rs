//! Screens that only tell something: a sign, a heading, a sentence, perhaps a number.

use embedded_graphics::geometry::Size;
use embedded_graphics::pixelcolor::Rgb888;
use embedded_graphics::primitives::Rectangle;

use super::frame::{self, Lead};
use crate::area::Cut;
use crate::icon::Icon;
use crate::scene::{Align, Look, Style, Text};
use crate::stage::Stage;
use crate::text::Lines;
use crate::theme::Colors;
use crate::{Item, Language, Outage, Refund, Touch, Trouble};

/// The smallest em that is still read at arm's length on a small panel.
const EM_MIN: u32 = 10;

/// What is told.
pub(super) struct Message<'a> {
    sign: Icon,
    tone: Tone,
    /// What it is about.
    title: &'a str,
    heading: String,
    /// Sentences, each of which begins a line.
    body: Vec<String>,
    /// Numbers for a person who helps, each after what it is.
    numbers: Vec<(String, &'a str)>,
    /// What to do with the numbers; may be empty.
    hint: String,
    /// Whether the customer may leave.
    back: bool,
}

/// What a customer needs who asks for help; either may be empty.
#[derive(Clone, Copy)]
pub(super) struct Numbers<'a> {
    pub(super) order: &'a str,
    pub(super) phone: &'a str,
}

/// The kind of message, told by colour from afar; the sign tells it too.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Tone {
    Busy,
    Good,
    Warn,
    Bad,
}

impl Tone {
    const fn ink(self, colors: &Colors) -> Rgb888 {
        match self {
            Self::Busy => colors.ink,
            Self::Good => colors.good,
            Self::Warn => colors.warn,
            Self::Bad => colors.bad,
        }
    }
}

impl<'a> Message<'a> {
    pub(super) fn starting(language: Language) -> Self {
        Self::of((Icon::Power, Tone::Busy), "", language.starting())
    }

    pub(super) fn preparing(language: Language, item: &'a Item) -> Self {
        let title = item.name.in_language(language);
        Self::of((Icon::Scan, Tone::Busy), title, language.preparing())
    }

    pub(super) fn checking(language: Language, item: &'a Item) -> Self {
        let title = item.name.in_language(language);
        Self::of((Icon::Clock, Tone::Busy), title, language.checking())
    }

    pub(super) fn sorry(
        language: Language,
        item: &'a Item,
        trouble: Trouble,
        numbers: Numbers<'a>,
    ) -> Self {
        let apology = language.apology(trouble, &language.price(item.price_fen));
        // Only where a person is to settle it: nobody need call for what goes on by itself.
        let call = trouble == Trouble::InDoubt || trouble.refund() == Some(Refund::Owed);
        let phone = if call { numbers.phone } else { "" };
        let (sign, tone) = sign(trouble);
        let hint =
            if call && !numbers.order.is_empty() { language.show_number() } else { String::new() };
        Self {
            sign,
            tone,
            title: item.name.in_language(language),
            heading: apology.heading,
            body: apology.body,
            numbers: given([
                (language.order_number(), numbers.order),
                (language.telephone(), phone),
            ]),
            hint,
            back: true,
        }
    }

    pub(super) fn out_of_service(language: Language, reason: Outage, phone: &'a str) -> Self {
        let (sign, tone) = match reason {
            Outage::BoardDown => (Icon::Plug, Tone::Bad),
            Outage::LogDown => (Icon::Disk, Tone::Bad),
            Outage::GatewayDown => (Icon::Offline, Tone::Bad),
            Outage::ClockWrong => (Icon::Clock, Tone::Bad),
            Outage::NothingToSell => (Icon::Bag, Tone::Warn),
            Outage::Stopping => (Icon::Power, Tone::Warn),
            Outage::Service => (Icon::Wrench, Tone::Warn),
        };
        Self {
            numbers: given([(language.telephone(), phone)]),
            ..Self::of((sign, tone), "", (language.out_of_service(), language.outage(reason)))
        }
    }

    fn of((sign, tone): (Icon, Tone), title: &'a str, (heading, body): (String, String)) -> Self {
        let body = vec![body];
        let (numbers, hint) = (Vec::new(), String::new());
        Self { sign, tone, title, heading, body, numbers, hint, back: false }
    }
}

/// Those of the numbers that there are.
fn given<const COUNT: usize>(numbers: [(String, &str); COUNT]) -> Vec<(String, &str)> {
    numbers.into_iter().filter(|(_, number)| !number.is_empty()).collect()
}

fn sign(trouble: Trouble) -> (Icon, Tone) {
    match (trouble, trouble.refund()) {
        (_, Some(Refund::Done)) => (Icon::Check, Tone::Good),
        (_, Some(Refund::UnderWay)) => (Icon::Yuan, Tone::Warn),
        (Trouble::InDoubt | Trouble::InDoubtRefund(_), _) => (Icon::Question, Tone::Warn),
        (Trouble::GatewayDown, _) => (Icon::Offline, Tone::Bad),
        (Trouble::MachineFault, _) => (Icon::Plug, Tone::Bad),
        (Trouble::PaidTooLate(_), _) => (Icon::Clock, Tone::Bad),
        (Trouble::NotVended(_) | Trouble::OrderRefused | Trouble::SlotBlocked, _) => {
            (Icon::Exclamation, Tone::Bad)
        }
    }
}

/// The sign beside the words on a wide screen, above them on a high one.
pub(super) fn show(stage: &mut Stage<'_>, message: &Message<'_>) {
    let theme = stage.theme;
    let back = stage.language.back();
    let lead = Lead { icon: Icon::Back, word: &back, touch: Touch::Back };
    let area = frame::lay(stage, message.title, message.back.then_some(lead));
    let mut area = area.inset(theme.gap);
    // Longer lines than these are hard to follow.
    let measure = 26 * theme.body;
    let side = (6 * theme.body).min(area.size.height * 2 / 5).min(area.size.width / 4);
    if stage.is_portrait() {
        let width = area.size.width.min(measure);
        // A smaller sign, or none, is better than letters that are hard to read.
        let sides = [side, side / 2, 0].into_iter();
        let set = sides.map(|side| {
            let below = if side == 0 { 0 } else { side + theme.gap };
            let room = Size::new(width, area.size.height.saturating_sub(below));
            (side, Words::of(stage, message, room, Align::Middle))
        });
        let Some((side, words)) = best(set, theme.body) else { return };
        let gap = if side == 0 { 0 } else { theme.gap };
        let mut block = area.middle(Size::new(width, side + gap + words.height()));
        show_sign(stage, block.cut_top(side).middle(Size::new_equal(side)), message);
        block.cut_top(gap);
        words.show(stage, block);
    } else {
        area = area.middle(Size::new(measure + side + 3 * theme.gap, u32::MAX));
        let gap = (2 * theme.gap).min(area.size.width / 20);
        let sides = [side, side * 2 / 3, 0].into_iter();
        let set = sides.map(|side| {
            let beside = if side == 0 { 0 } else { side + gap };
            let room = Size::new(area.size.width.saturating_sub(beside), area.size.height);
            (side, Words::of(stage, message, room, Align::Left))
        });
        let Some((side, words)) = best(set, theme.body) else { return };
        let place = area.cut_left(side);
        area.cut_left(if side == 0 { 0 } else { gap });
        let block = area.middle(Size::new(u32::MAX, words.height()));
        show_sign(stage, place.middle(Size::new_equal(side)), message);
        words.show(stage, block);
    }
}

/// The first setting with letters of a usual size, else the one with the largest.
fn best(set: impl Iterator<Item = (u32, Words)>, usual: u32) -> Option<(u32, Words)> {
    let mut best: Option<(u32, Words)> = None;
    for (side, words) in set {
        let larger =
            best.as_ref().is_none_or(|(_, other)| (words.fits, words.em) > (other.fits, other.em));
        if larger {
            best = Some((side, words));
        }
        if best.as_ref().is_some_and(|(_, words)| words.fits && words.em >= usual * 5 / 6) {
            break;
        }
    }
    best
}

fn show_sign(stage: &mut Stage<'_>, square: Rectangle, message: &Message<'_>) {
    if square.is_zero_sized() {
        return;
    }
    if message.tone == Tone::Busy {
        stage.busy(square, message.sign);
    } else {
        let ink = message.tone.ink(&stage.theme.colors);
        stage.sign(square, message.sign, ink);
    }
}

/// The message set in type, to know its height before it is placed.
struct Words {
    /// Of the sentences.
    em: u32,
    /// Whether all of it stands in its room.
    fits: bool,
    heading: (Lines, Style),
    body: Vec<(Lines, Style)>,
    /// What each number is, the number, and at last what to do with them.
    numbers: Vec<Vec<(Lines, Style)>>,
    gap: u32,
    /// Around what stands on a tile.
    padding: u32,
}

impl Words {
    /// As large as the room allows, and whole: what happens to the money must never end in "…".
    fn of(stage: &Stage<'_>, message: &Message<'_>, room: Size, align: Align) -> Self {
        let mut em = stage.theme.body * 4 / 3;
        loop {
            let mut words = Self::at(stage, message, (room, align), em);
            words.fits = words.whole() && words.height() <= room.height;
            // Larger than usual only where there is plenty of room.
            let height_max = if em > stage.theme.body { room.height * 4 / 5 } else { room.height };
            if words.fits && words.height() <= height_max || em <= EM_MIN {
                return words.balanced(stage, message, room);
            }
            em -= 1;
        }
    }

    fn balanced(self, stage: &Stage<'_>, message: &Message<'_>, room: Size) -> Self {
        let balance = |(lines, style): (Lines, Style), words: &str| {
            (stage.balance(&style, lines, words, room), style)
        };
        let body = self.body.into_iter().zip(&message.body);
        let mut numbers = self.numbers;
        // The hint is the last one, alone.
        if let Some([hint]) = numbers.last_mut().map(Vec::as_mut_slice) {
            let on_tile = Size::new(room.width.saturating_sub(2 * self.padding), room.height);
            hint.0 = stage.balance(&hint.1, hint.0.clone(), &message.hint, on_tile);
        }
        Self {
            numbers,
            heading: balance(self.heading, &message.heading),
            body: body.map(|(part, words)| balance(part, words)).collect(),
            ..self
        }
    }

    /// With sentences of this em, and all else in proportion.
    fn at(stage: &Stage<'_>, message: &Message<'_>, (room, align): (Size, Align), em: u32) -> Self {
        let colors = stage.theme.colors;
        let padding = em / 2;
        let set = |words: &str, style: Style, room: Size| (stage.fit(&style, words, room), style);
        let heading = Style::bold(em * 4 / 3, message.tone.ink(&colors)).align(align);
        let body = Style::plain(em, colors.ink).align(align);
        let label = Style::plain((em * 5 / 6).max(EM_MIN), colors.ink_soft).align(align);
        let number = Style::bold(em * 6 / 5, colors.ink).down_to(EM_MIN).align(align);
        let on_tile = Size::new(room.width.saturating_sub(2 * padding), room.height);
        let mut numbers = message
            .numbers
            .iter()
            .map(|(what, digits)| vec![set(what, label, on_tile), set(digits, number, on_tile)])
            .collect::<Vec<_>>();
        if !message.hint.is_empty() {
            numbers.push(vec![set(&message.hint, label, on_tile)]);
        }
        Self {
            em,
            fits: false,
            heading: set(&message.heading, heading, room),
            body: message.body.iter().map(|words| set(words, body, room)).collect(),
            numbers,
            gap: (em / 2).min(stage.theme.gap),
            padding,
        }
    }

    fn parts(&self) -> impl Iterator<Item = &(Lines, Style)> {
        let heading = std::iter::once(&self.heading);
        heading.chain(&self.body).chain(self.numbers.iter().flatten())
    }

    fn whole(&self) -> bool {
        self.parts().all(|(lines, _)| lines.whole)
    }

    /// The gap stands under the heading, between numbers, and twice above them.
    fn height(&self) -> u32 {
        let lines: u32 = self.parts().map(|(lines, _)| lines.height()).sum();
        lines + self.gap + if self.numbers.is_empty() { 0 } else { self.gap + self.tile_extra() }
    }

    /// What a tile adds to the lines on it.
    fn tile_extra(&self) -> u32 {
        let between = u32::try_from(self.numbers.len().saturating_sub(1)).unwrap_or(0);
        2 * self.padding + between * (self.gap / 2)
    }

    /// From the top: heading, body, and the numbers on a tile.
    fn show(self, stage: &mut Stage<'_>, mut area: Rectangle) {
        let (gap, padding, extra) = (self.gap, self.padding, self.tile_extra());
        let place =
            |stage: &mut Stage<'_>, area: &mut Rectangle, (lines, style): (Lines, Style)| {
                let row = area.cut_top(lines.height());
                stage.add(row, Look::Text(Text { lines, style }));
            };
        place(stage, &mut area, self.heading);
        area.cut_top(gap);
        for part in self.body {
            place(stage, &mut area, part);
        }
        if self.numbers.is_empty() {
            return;
        }
        area.cut_top(gap);
        let lines: u32 = self.numbers.iter().flatten().map(|(lines, _)| lines.height()).sum();
        let tile = area.cut_top(lines + extra);
        stage.flat_card(tile);
        let mut inner = tile.inset(padding);
        for number in self.numbers {
            for part in number {
                place(stage, &mut inner, part);
            }
            inner.cut_top(gap / 2);
        }
    }
}
