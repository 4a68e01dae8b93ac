//! What the page shows at one moment, as JSON.

use serde::Serialize;

use super::switch::{LOSE_REFUND_ANSWERS, is_balance_empty};
use crate::{
    gateway::{Books, Notified, Order},
    timeline::Figures,
    world::World,
};

/// Orders shown; the page has room for no more.
const ORDERS_SHOWN: usize = 5;

/// The state of the world. Two equal views look the same.
#[derive(Debug, PartialEq, Serialize)]
pub(super) struct View {
    /// The number of the picture, to load it anew when it changes; none while the panel is dark.
    picture: Option<u64>,
    size: (u32, u32),
    machine: &'static str,
    code: Option<String>,
    coils: Vec<bool>,
    beam: bool,
    drops: usize,
    plugged: bool,
    lose_notifies: bool,
    lose_refund_answers: bool,
    balance_empty: bool,
    gateway_down: bool,
    slots: Vec<SlotView>,
    orders: Vec<OrderView>,
    figures: FiguresView,
    moments_total: usize,
}

impl View {
    pub(super) fn of(world: &World) -> Self {
        // Before everything else: what happens meanwhile is told the next time.
        let moments_total = world.timeline.len();
        let (coils, beam, drops, plugged) = world.board.read(|board| {
            let beam = board.inputs().contains(&true);
            (board.coils(), beam, board.drops().len(), board.is_plugged())
        });
        let moods = world.gateway.moods();
        Self {
            picture: world.panel.picture().map(|picture| picture.number),
            size: world.settings.size,
            machine: match (world.machine.is_running(), world.machine.is_ready()) {
                (false, _) => "off",
                (true, false) => "starting",
                (true, true) => "ready",
            },
            code: world.phone.code(),
            coils,
            beam,
            drops,
            plugged,
            lose_notifies: moods.lose_notifies,
            lose_refund_answers: moods.refund == LOSE_REFUND_ANSWERS,
            balance_empty: is_balance_empty(moods.refund),
            gateway_down: world.gateway.is_down(),
            slots: slots(world),
            orders: orders(world),
            figures: FiguresView::of(&world.timeline.latest_figures()),
            moments_total,
        }
    }

    pub(super) const fn moments_total(&self) -> usize {
        self.moments_total
    }

    /// With the moments that are new; `first` tells the browser to forget what it had.
    pub(super) fn to_json(&self, moments: &[MomentView], first: bool) -> String {
        #[derive(Serialize)]
        struct Told<'a> {
            first: bool,
            view: &'a View,
            moments: &'a [MomentView],
        }
        // Numbers, texts and lists: nothing here that JSON could not say.
        serde_json::to_string(&Told { first, view: self, moments }).unwrap_or_default()
    }
}

/// A line of the timeline.
#[derive(Debug, Serialize)]
pub(super) struct MomentView {
    ms: f64,
    part: &'static str,
    /// A touch begins a new count.
    touch: bool,
    text: String,
}

/// The moments from number `from` on.
pub(super) fn moments(world: &World, from: usize) -> Vec<MomentView> {
    let moments = world.timeline.since(from);
    moments
        .iter()
        .map(|moment| MomentView {
            ms: moment.at.as_secs_f64() * 1000.0,
            part: moment.what.part(),
            touch: matches!(moment.what, crate::timeline::What::Touched { .. }),
            text: moment.what.to_string(),
        })
        .collect()
}

#[derive(Debug, PartialEq, Eq, Serialize)]
struct SlotView {
    number: u16,
    name: String,
    coil: u16,
    jammed: bool,
}

fn slots(world: &World) -> Vec<SlotView> {
    world.board.read(|board| {
        let slots = world.settings.slots.iter();
        slots
            .map(|slot| SlotView {
                number: slot.number,
                name: slot.name.en.clone(),
                coil: slot.coil,
                jammed: board.is_jammed(slot.coil),
            })
            .collect()
    })
}

#[derive(Debug, PartialEq, Eq, Serialize)]
struct OrderView {
    out_trade_no: String,
    fen: u32,
    trade_state: &'static str,
    notify: &'static str,
    /// What went back, in fen.
    refunded: u32,
    /// How the latest refund stands; empty without one.
    refund_status: &'static str,
}

/// The newest first.
fn orders(world: &World) -> Vec<OrderView> {
    let now_ms = world.gateway.now_ms();
    world.gateway.read(|books| {
        let mut orders: Vec<&Order> = books.orders().values().collect();
        orders.sort_by_key(|order| std::cmp::Reverse(order.opened_at_ms));
        orders.into_iter().take(ORDERS_SHOWN).map(|it| OrderView::of(it, books, now_ms)).collect()
    })
}

impl OrderView {
    fn of(order: &Order, books: &Books, now_ms: i64) -> Self {
        let refund = books.refunds_of(&order.out_trade_no).last();
        Self {
            refunded: books.refunded(&order.out_trade_no),
            refund_status: refund.map_or("", |refund| refund.refund_status(now_ms)),
            out_trade_no: order.out_trade_no.clone(),
            fen: order.total_fee(),
            trade_state: order.trade_state(),
            notify: match order.notifies.last() {
                None => "",
                Some(Notified::Acknowledged) => "acknowledged",
                Some(Notified::Lost) => "lost",
                Some(Notified::Failed(_)) => "failed",
            },
        }
    }
}

/// Milliseconds.
#[derive(Debug, PartialEq, Serialize)]
struct FiguresView {
    touch_to_code: Option<f64>,
    notify_to_vend: Option<f64>,
    paid_to_vend: Option<f64>,
    vend_to_drop: Option<f64>,
    paid_to_refund: Option<f64>,
}

impl FiguresView {
    fn of(figures: &Figures) -> Self {
        let ms = |figure: Option<std::time::Duration>| Some(figure?.as_secs_f64() * 1000.0);
        Self {
            touch_to_code: ms(figures.touch_to_code),
            notify_to_vend: ms(figures.notify_to_vend),
            paid_to_vend: ms(figures.paid_to_vend),
            vend_to_drop: ms(figures.vend_to_drop),
            paid_to_refund: ms(figures.paid_to_refund),
        }
    }
}
