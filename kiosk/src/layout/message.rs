//! Screens that only tell something: a sign, a heading, a sentence, perhaps a number.

use embedded_graphics::geometry::Size;
use embedded_graphics::pixelcolor::Rgb888;
use embedded_graphics::primitives::Rectangle;

use super::{Page, header};
use crate::area::Cut;
use crate::price::price;
use crate::scene::{Align, Look, Panel, Scene, Style, Text};
use crate::text::{Lines, line_height};
use crate::theme::{self, Theme};
use crate::{Item, Language, Outage, Refund, Touch, Trouble};

/// The smallest em that is still read at arm's length on a small panel.
const EM_MIN: u32 = 11;

/// What is told.
pub(super) struct Message<'a> {
    sign: Sign,
    /// What it is about, in the header.
    title: &'a str,
    heading: &'static str,
    /// Sentences, each of which begins a line.
    body: Vec<String>,
    /// Numbers for a telephone call, each after what it is.
    numbers: Vec<(&'static str, &'a str)>,
    /// Whether the customer may leave.
    back: bool,
}

/// What a customer needs who calls for help; either may be empty.
#[derive(Clone, Copy)]
pub(super) struct Numbers<'a> {
    pub(super) order: &'a str,
    pub(super) phone: &'a str,
}

/// The picture that tells the kind of message from afar.
#[derive(Clone, Copy)]
enum Sign {
    Wait,
    Good,
    Money,
    Stop,
    Doubt,
}

impl<'a> Message<'a> {
    pub(super) fn starting(language: Language) -> Self {
        Self::of(Sign::Wait, "", language.starting())
    }

    pub(super) fn preparing(language: Language, item: &'a Item) -> Self {
        Self::of(Sign::Wait, item.name.in_language(language), language.preparing())
    }

    pub(super) fn checking(language: Language, item: &'a Item) -> Self {
        Self::of(Sign::Wait, item.name.in_language(language), language.checking())
    }

    pub(super) fn vending(language: Language, item: &'a Item) -> Self {
        Self::of(Sign::Good, item.name.in_language(language), language.vending())
    }

    pub(super) fn farewell(language: Language, item: &'a Item) -> Self {
        Self {
            back: true,
            ..Self::of(Sign::Good, item.name.in_language(language), language.farewell())
        }
    }

    pub(super) fn sorry(
        language: Language,
        item: &'a Item,
        trouble: Trouble,
        numbers: Numbers<'a>,
    ) -> Self {
        let apology = language.apology(trouble, &price(item.price_fen));
        // Only where a person is to settle it: nobody need call for what goes on by itself.
        let call = trouble == Trouble::InDoubt || trouble.refund() == Some(Refund::Owed);
        let phone = if call { numbers.phone } else { "" };
        Self {
            sign: Sign::of(trouble),
            title: item.name.in_language(language),
            heading: apology.heading,
            body: apology.body,
            numbers: given([
                (language.order_number(), numbers.order),
                (language.telephone(), phone),
            ]),
            back: true,
        }
    }

    pub(super) fn out_of_service(language: Language, reason: Outage, phone: &'a str) -> Self {
        Self {
            numbers: given([(language.telephone(), phone)]),
            ..Self::of(Sign::Stop, "", (language.out_of_service(), language.outage(reason)))
        }
    }

    fn of(sign: Sign, title: &'a str, (heading, body): (&'static str, &str)) -> Self {
        Self { sign, title, heading, body: vec![body.to_owned()], numbers: Vec::new(), back: false }
    }
}

/// Those of the numbers that there are.
fn given<'a, const COUNT: usize>(
    numbers: [(&'static str, &'a str); COUNT],
) -> Vec<(&'static str, &'a str)> {
    numbers.into_iter().filter(|(_, number)| !number.is_empty()).collect()
}

impl Sign {
    fn of(trouble: Trouble) -> Self {
        match (trouble, trouble.refund()) {
            (_, Some(Refund::Done)) => Self::Good,
            (_, Some(Refund::UnderWay)) => Self::Money,
            (Trouble::InDoubt | Trouble::InDoubtRefund(_), _) => Self::Doubt,
            (
                Trouble::NotVended(_)
                | Trouble::PaidTooLate(_)
                | Trouble::GatewayDown
                | Trouble::OrderRefused
                | Trouble::MachineFault
                | Trouble::SlotBlocked,
                _,
            ) => Self::Stop,
        }
    }

    fn mark(self) -> &'static str {
        match self {
            Self::Wait => "…",
            Self::Good => "✓",
            Self::Money => "¥",
            Self::Stop => "!",
            Self::Doubt => "?",
        }
    }

    fn color(self) -> Rgb888 {
        match self {
            Self::Wait => theme::INK_SOFT,
            Self::Good => theme::GREEN,
            Self::Stop => theme::RED,
            Self::Money | Self::Doubt => theme::AMBER,
        }
    }
}

/// Header on top, way back at the bottom, the message in the middle of what is left.
pub(super) fn show(scene: &mut Scene, page: Page, message: &Message<'_>) {
    let theme = scene.theme;
    let mut area = page.area;
    header::show(scene, &mut area, page.language, header::Title::Name(message.title));
    if message.back {
        let foot = area.cut_bottom(theme.button + 2 * theme.edge_gap());
        let button = foot.inset(theme.edge_gap()).middle(Size::new(20 * theme.body, u32::MAX));
        scene.button(button, page.language.back(), Touch::Back);
    }
    // Longer lines than these are hard to follow.
    let area = area.inset(theme.gap).middle(Size::new(30 * theme.body, u32::MAX));
    Words::of(message, area.size, &theme).show(scene, area, message.sign);
}

/// The message set in type, to know its height before it is placed.
struct Words {
    heading: (Lines, Style),
    body: Vec<(Lines, Style)>,
    /// What each number is, and the number.
    numbers: Vec<[(Lines, Style); 2]>,
    gap: u32,
}

impl Words {
    /// As large as the room allows, and whole: what happens to the money must never end in "…".
    fn of(message: &Message<'_>, room: Size, theme: &Theme) -> Self {
        let mut em = theme.body * 4 / 3;
        loop {
            let words = Self::at(message, room, theme, em);
            // Larger than usual only where that leaves room for the sign.
            let height_max = if em > theme.body { room.height * 3 / 5 } else { room.height };
            if words.whole() && words.height() <= height_max || em <= EM_MIN {
                return words.balanced(message, room);
            }
            em -= 1;
        }
    }

    fn balanced(self, message: &Message<'_>, room: Size) -> Self {
        let balance = |(lines, style): (Lines, Style), words: &str| {
            (style.balance(lines, words, room), style)
        };
        let body = self.body.into_iter().zip(&message.body);
        Self {
            heading: balance(self.heading, message.heading),
            body: body.map(|(part, words)| balance(part, words)).collect(),
            ..self
        }
    }

    /// With sentences of this em, and all else in proportion.
    fn at(message: &Message<'_>, room: Size, theme: &Theme, em: u32) -> Self {
        let set = |words: &str, style: Style| (style.fit(words, room), style);
        let heading = Style::bold(em * 4 / 3, message.sign.color()).align(Align::Middle);
        let body = Style::plain(em, theme::INK).align(Align::Middle);
        let label = Style::plain((em * 5 / 6).max(EM_MIN), theme::INK_SOFT).align(Align::Middle);
        let number = Style::bold(em, theme::INK).down_to(EM_MIN).align(Align::Middle);
        let numbers = message.numbers.iter();
        Self {
            heading: set(message.heading, heading),
            body: message.body.iter().map(|words| set(words, body)).collect(),
            numbers: numbers
                .map(|(what, digits)| [set(what, label), set(digits, number)])
                .collect(),
            gap: theme.gap.min(em / 3),
        }
    }

    fn parts(&self) -> impl Iterator<Item = &(Lines, Style)> {
        let heading = std::iter::once(&self.heading);
        heading.chain(&self.body).chain(self.numbers.iter().flatten())
    }

    fn whole(&self) -> bool {
        self.parts().all(|(lines, _)| lines.whole)
    }

    fn height(&self) -> u32 {
        let gaps = 1 + u32::try_from(self.numbers.len()).unwrap_or(0);
        self.parts().map(|(lines, _)| lines.height()).sum::<u32>() + gaps * self.gap
    }

    /// From the top: the sign where there is room for it, heading, body, numbers.
    fn show(self, scene: &mut Scene, area: Rectangle, sign: Sign) {
        let theme = scene.theme;
        let height = self.height();
        let spare = area.size.height.saturating_sub(height + 3 * theme.gap);
        let sign_side = spare.min(area.size.width).min(5 * theme.body);
        let sign_height = if sign_side < 2 * theme.body { 0 } else { sign_side + 2 * theme.gap };
        let mut rest = area.middle(Size::new(area.size.width, sign_height + height));
        if sign_height > 0 {
            let square = rest.cut_top(sign_height).middle(Size::new(sign_side, sign_side));
            show_sign(scene, square, sign);
        }
        let mut place = |block: Vec<(Lines, Style)>| {
            for (lines, style) in block {
                let area = rest.cut_top(lines.height());
                scene.add(area, Look::Text(Text { lines, style }));
            }
            rest.cut_top(self.gap);
        };
        place(vec![self.heading]);
        place(self.body);
        self.numbers.into_iter().for_each(|number| place(number.into()));
    }
}

/// A disc with a mark on it.
fn show_sign(scene: &mut Scene, square: Rectangle, sign: Sign) {
    let side = square.size.width;
    let fill = sign.color();
    scene.panel(square, Panel { radius: side / 2, around: theme::PAPER, ..Panel::plain(fill) });
    // A line of two thirds of the side lies well within the disc.
    let em = side / 2;
    let style = Style::bold(em, theme::CARD).on(fill).align(Align::Middle);
    scene.text(square.middle(Size::new(side * 2 / 3, line_height(em))), sign.mark(), style);
}
