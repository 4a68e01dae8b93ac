//! What the panel shows: a function of the state, never a message to be sent.

use std::time::Duration;

use super::books::Books;
use super::machine::STARTING_MAX;
use super::memory::Memory;
use super::order::{Order, Slot};
use super::planogram::{Availability, Position};
use super::session::Session;
use super::settings::Settings;
use super::time::Now;

/// The picture of this moment; `attracts` = nobody has been there for long.
pub(super) fn view(
    settings: &Settings,
    books: &Books,
    memory: &Memory,
    now: &Now,
    attracts: bool,
) -> kiosk::View {
    let screen = match outage(books, settings, memory, now) {
        Some(screen) => screen,
        None => session_screen(settings, books, memory, now, attracts),
    };
    let choosing_language = memory.languages_until.is_some();
    kiosk::View { choosing_language, ..kiosk::View::new(memory.language, screen) }
}

/// An outage takes the screen from everybody who has not paid.
fn outage(books: &Books, settings: &Settings, memory: &Memory, now: &Now) -> Option<kiosk::Screen> {
    let unpaid = memory.session == Session::Idle || memory.session.awaited_order().is_some();
    if !unpaid {
        return None;
    }
    let nothing_to_sell = || {
        let mut slots = books.planogram().iter().map(|(slot, _)| slot);
        let limit = settings.failures_until_blocked;
        let none =
            slots.all(|slot| books.availability(slot, limit) != Some(Availability::Available));
        (none && memory.session == Session::Idle).then_some(kiosk::Outage::NothingToSell)
    };
    let closed_for = if memory.session == Session::Idle {
        memory.health.closed_for(now.wall)
    } else {
        memory.health.outage(now.wall)
    };
    let reason = closed_for.or_else(nothing_to_sell)?;
    let starting = memory.health.board_up.is_none() && now.monotonic < STARTING_MAX;
    if reason == kiosk::Outage::BoardDown && starting {
        return Some(kiosk::Screen::Starting);
    }
    Some(kiosk::Screen::OutOfService { reason, phone: settings.phone.clone() })
}

/// What whoever looks around is looking at.
fn idle_screen(
    settings: &Settings,
    books: &Books,
    memory: &Memory,
    attracts: bool,
) -> kiosk::Screen {
    let limit = settings.failures_until_blocked;
    let items = books.planogram().iter().filter_map(|(slot, position)| {
        Some(item(settings, slot, position, books.availability(slot, limit)?))
    });
    let mut items = items.collect::<Vec<_>>();
    let find = |number: u16| items.iter().find(|item| item.slot == number).cloned();
    if let Some(item) = memory.viewing.and_then(|slot| find(slot.number())) {
        return kiosk::Screen::Product { item };
    }
    if let Some(typed) = &memory.typed {
        let item = typed.parse().ok().and_then(find);
        return kiosk::Screen::Keypad { typed: typed.clone(), item };
    }
    if settings.cheapest_first {
        items.sort_by_key(|item| item.price_fen);
    }
    if attracts {
        return kiosk::Screen::Attract { items };
    }
    kiosk::Screen::Catalogue { items, page: memory.page, keypad: settings.keypad }
}

fn session_screen(
    settings: &Settings,
    books: &Books,
    memory: &Memory,
    now: &Now,
    attracts: bool,
) -> kiosk::Screen {
    let ordered = |order: &Order| ordered(settings, order);
    match &memory.session {
        Session::Idle => idle_screen(settings, books, memory, attracts),
        Session::Ordering { order, .. } => kiosk::Screen::Preparing { item: ordered(order) },
        Session::Paying { order, code_url, until } => kiosk::Screen::Payment {
            item: ordered(order),
            code_url: code_url.as_str().to_owned(),
            seconds_left: seconds(until.saturating_sub(now.monotonic)),
            seconds_total: seconds(settings.payment_window),
        },
        Session::Checking { order, .. } => kiosk::Screen::Checking { item: ordered(order) },
        Session::Vending { order } => kiosk::Screen::Vending {
            item: ordered(order),
            progress: match memory.vends.get(&order.out_trade_no) {
                Some(vend) if vend.started => kiosk::Progress::Turning,
                Some(_) | None => kiosk::Progress::Paid,
            },
        },
        Session::Farewell { order, .. } => kiosk::Screen::Farewell { item: ordered(order) },
        Session::Sorry { order, trouble, .. } => kiosk::Screen::Sorry {
            item: ordered(order),
            trouble: *trouble,
            // An order that was never placed has no number to show to anybody.
            order: if *trouble == kiosk::Trouble::SlotBlocked {
                String::new()
            } else {
                order.out_trade_no.to_string()
            },
            phone: settings.phone.clone(),
        },
    }
}

fn item(
    settings: &Settings,
    slot: Slot,
    position: &Position,
    availability: Availability,
) -> kiosk::Item {
    kiosk::Item {
        slot: slot.number(),
        name: settings.label(slot, &position.name_zh, &position.name_en),
        price_fen: position.price.get(),
        availability: match availability {
            Availability::Available => kiosk::Availability::Available,
            Availability::SoldOut => kiosk::Availability::SoldOut,
            Availability::Blocked => kiosk::Availability::Blocked,
        },
    }
}

/// The item as it was when it was ordered: a price that changes meanwhile changes nothing.
fn ordered(settings: &Settings, order: &Order) -> kiosk::Item {
    kiosk::Item {
        slot: order.slot.number(),
        name: settings.label(order.slot, &order.name_zh, &order.name_en),
        price_fen: order.price.get(),
        availability: kiosk::Availability::Available,
    }
}

/// Whole seconds, the begun one counted.
fn seconds(left: Duration) -> u16 {
    u16::try_from(left.as_millis().div_ceil(1_000)).unwrap_or(u16::MAX)
}
