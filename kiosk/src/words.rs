//! Every fixed word on the screens: one Fluent file per language, and a method per thing to say.

use std::sync::LazyLock;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};

use crate::{Availability, Language, Outage, Refund, Trouble};

#[cfg(test)]
mod tests;

/// What a "sorry" screen says about one trouble.
pub(crate) struct Apology {
    /// What happened.
    pub(crate) heading: String,
    /// What happened where the heading does not say it all; what happens to the money, and what to
    /// do now.
    pub(crate) body: Vec<String>,
}

/// The choice of a language, and the screens before an order.
impl Language {
    /// The language's own name, for those who cannot read another one.
    pub(crate) fn own_name(self) -> String {
        self.word("own-name")
    }

    /// Heading and body while the machine starts.
    pub(crate) fn starting(self) -> (String, String) {
        self.told("starting-heading", "starting-body")
    }

    /// What to do, for somebody who walks by.
    pub(crate) fn attract_call(self) -> String {
        self.word("attract-call")
    }

    /// How to pay, for somebody who walks by.
    pub(crate) fn attract_pay(self) -> String {
        self.word("attract-pay")
    }

    /// The heading of the catalogue.
    pub(crate) fn choose(self) -> String {
        self.word("choose")
    }

    /// The mark on an item that cannot be chosen.
    pub(crate) fn unavailable(self, availability: Availability) -> Option<String> {
        match availability {
            Availability::Available => None,
            Availability::SoldOut => Some(self.word("sold-out")),
            Availability::Blocked => Some(self.word("unavailable")),
        }
    }

    /// Which page is shown, from 1, and of how many.
    pub(crate) fn page(self, page: u32, pages: u32) -> String {
        self.say("page", [("page", page.into()), ("pages", pages.into())])
    }

    /// The heading of the keypad.
    pub(crate) fn keypad(self) -> String {
        self.word("keypad-heading")
    }

    /// That no item has this number, as it was typed.
    pub(crate) fn keypad_no_item(self, number: &str) -> String {
        self.say("keypad-no-item", [("number", number.into())])
    }

    /// The button that orders an item; `price` as the customer reads it.
    pub(crate) fn buy(self, price: &str) -> String {
        self.say("buy", [("price", price.into())])
    }

    /// The motor position, as the customer reads it on the shelf.
    pub(crate) fn slot(self, slot: u16) -> String {
        self.say("slot", [("slot", slot.into())])
    }
}

/// From the order to the item in the hand.
impl Language {
    /// Heading and body while the order is being placed.
    pub(crate) fn preparing(self) -> (String, String) {
        self.told("preparing-heading", "preparing-body")
    }

    /// What to do with the code.
    pub(crate) fn scan(self) -> String {
        self.word("scan")
    }

    /// The name of the way to pay.
    pub(crate) fn wechat_pay(self) -> String {
        self.word("wechat-pay")
    }

    /// How long the code is still shown.
    pub(crate) fn seconds_left(self, seconds: u16) -> String {
        self.say("seconds-left", [("seconds", seconds.into())])
    }

    /// The button that gives the order up.
    pub(crate) fn cancel(self) -> String {
        self.word("cancel")
    }

    /// What stands in the place of a code that cannot be drawn.
    pub(crate) fn code_unreadable(self) -> String {
        self.word("code-unreadable")
    }

    /// Heading and body while WeChat is asked once more.
    pub(crate) fn checking(self) -> (String, String) {
        self.told("checking-heading", "checking-body")
    }

    /// The steps from the payment to the hand, in their order.
    pub(crate) fn steps(self) -> [String; 3] {
        ["step-paid", "step-vending", "step-take"].map(|id| self.word(id))
    }

    /// Heading and body when the money is there and the motor does not turn yet.
    pub(crate) fn paid(self) -> (String, String) {
        self.told("paid-heading", "paid-body")
    }

    /// Heading and body while the motor turns.
    pub(crate) fn vending(self) -> (String, String) {
        self.told("vending-heading", "vending-body")
    }

    /// Heading and body when the item fell.
    pub(crate) fn farewell(self) -> (String, String) {
        self.told("farewell-heading", "farewell-body")
    }

    /// The button that leads one screen back.
    pub(crate) fn back(self) -> String {
        self.word("back")
    }

    /// The button that ends what stands over a screen.
    pub(crate) fn close(self) -> String {
        self.word("close")
    }
}

/// Everything that goes wrong.
impl Language {
    /// What happened to the order, and to the money; `price` as the customer reads it.
    pub(crate) fn apology(self, trouble: Trouble, price: &str) -> Apology {
        let (heading, happened) = report(trouble);
        let refund = trouble.refund();
        // Once the money is back, that is the news.
        let heading = if refund == Some(Refund::Done) { "refunded" } else { heading };
        let money = refund.map_or::<&[&str], _>(&[], what_happens_to_the_money);
        let sentences = happened.iter().chain(money);
        Apology {
            heading: self.word(heading),
            body: sentences.map(|id| self.say(id, [("price", price.into())])).collect(),
        }
    }

    /// What stands before the number of the order.
    pub(crate) fn order_number(self) -> String {
        self.word("order-number")
    }

    /// What stands before the operator's telephone number.
    pub(crate) fn telephone(self) -> String {
        self.word("telephone")
    }

    /// What the number of the order is good for.
    pub(crate) fn show_number(self) -> String {
        self.word("show-number")
    }

    /// The heading when the machine does not sell.
    pub(crate) fn out_of_service(self) -> String {
        self.word("out-of-service")
    }

    /// Why the machine does not sell.
    pub(crate) fn outage(self, reason: Outage) -> String {
        self.word(match reason {
            Outage::BoardDown => "outage-board-down",
            Outage::LogDown => "outage-log-down",
            Outage::GatewayDown => "outage-gateway-down",
            Outage::ClockWrong => "outage-clock-wrong",
            Outage::NothingToSell => "outage-nothing-to-sell",
            Outage::Stopping => "outage-stopping",
            Outage::Service => "outage-service",
        })
    }
}

/// The ids of what one trouble is called, and of what happened where that does not say it all.
fn report(trouble: Trouble) -> (&'static str, Option<&'static str>) {
    match trouble {
        Trouble::NotVended(Refund::Owed | Refund::UnderWay) => ("not-vended-heading", None),
        Trouble::NotVended(Refund::Done) => ("not-vended-heading", Some("not-vended-body")),
        Trouble::InDoubtRefund(_) => ("in-doubt-heading", Some("in-doubt-refund-body")),
        Trouble::InDoubt => ("in-doubt-heading", Some("in-doubt-body")),
        Trouble::PaidTooLate(_) => ("paid-too-late-heading", Some("paid-too-late-body")),
        Trouble::GatewayDown => ("gateway-down-heading", Some("gateway-down-body")),
        Trouble::OrderRefused => ("order-refused-heading", Some("order-refused-body")),
        Trouble::MachineFault => ("machine-fault-heading", Some("machine-fault-body")),
        Trouble::SlotBlocked => ("slot-blocked-heading", Some("slot-blocked-body")),
    }
}

/// The ids of the sentences about the refund.
fn what_happens_to_the_money(refund: Refund) -> &'static [&'static str] {
    match refund {
        Refund::Owed => &["refund-owed"],
        Refund::UnderWay => &["refund-under-way", "refund-arrival"],
        Refund::Done => &["refund-done"],
    }
}

/// The messages of one language, parsed.
type Messages = FluentBundle<FluentResource>;

static CHINESE: LazyLock<Messages> = LazyLock::new(|| Language::Chinese.parse());
static ENGLISH: LazyLock<Messages> = LazyLock::new(|| Language::English.parse());
static JAPANESE: LazyLock<Messages> = LazyLock::new(|| Language::Japanese.parse());
static KOREAN: LazyLock<Messages> = LazyLock::new(|| Language::Korean.parse());
static RUSSIAN: LazyLock<Messages> = LazyLock::new(|| Language::Russian.parse());
static FRENCH: LazyLock<Messages> = LazyLock::new(|| Language::French.parse());

/// From an id to the words.
impl Language {
    /// A heading and what stands below it.
    fn told(self, heading: &str, body: &str) -> (String, String) {
        (self.word(heading), self.word(body))
    }

    /// A message without variables.
    fn word(self, id: &str) -> String {
        self.say(id, [])
    }

    /// The message of this id. The tests ask every file for everything that is said, so that no
    /// customer ever reads an id.
    fn say<const COUNT: usize>(
        self,
        id: &str,
        args: [(&'static str, FluentValue<'_>); COUNT],
    ) -> String {
        let messages = self.messages();
        let Some(pattern) = messages.get_message(id).and_then(|message| message.value()) else {
            return id.to_owned();
        };
        let args = FluentArgs::from_iter(args);
        messages.format_pattern(pattern, Some(&args), &mut Vec::new()).into_owned()
    }

    /// The messages of this language, parsed when the first of them is said.
    fn messages(self) -> &'static Messages {
        match self {
            Self::Chinese => &CHINESE,
            Self::English => &ENGLISH,
            Self::Japanese => &JAPANESE,
            Self::Korean => &KOREAN,
            Self::Russian => &RUSSIAN,
            Self::French => &FRENCH,
        }
    }

    /// What is sound in a file is said: a test sees to it that this is everything.
    fn parse(self) -> Messages {
        let resource = FluentResource::try_new(self.file().to_owned());
        // The code also says how this language counts: Russian has one word for 1 and 21.
        let mut messages = Messages::new_concurrent(self.code().parse().into_iter().collect());
        messages.set_use_isolating(false);
        messages.add_resource_overriding(resource.unwrap_or_else(|(sound, _)| sound));
        messages
    }

    /// The text of the file of this language.
    fn file(self) -> &'static str {
        match self {
            Self::Chinese => include_str!("../messages/zh.ftl"),
            Self::English => include_str!("../messages/en.ftl"),
            Self::Japanese => include_str!("../messages/ja.ftl"),
            Self::Korean => include_str!("../messages/ko.ftl"),
            Self::Russian => include_str!("../messages/ru.ftl"),
            Self::French => include_str!("../messages/fr.ftl"),
        }
    }
}
