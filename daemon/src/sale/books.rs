//! The fold of the order log: all sales, the stock, and how payments were heard of.

use std::collections::{BTreeMap, BTreeSet};

use hardware::board::VendTag;
use protocol::{OutTradeNo, TransactionId};

use super::attempt::number_of;
use super::carried::Carried;
use super::entry::{Entry, OutOfOrder, Recorded};
use super::order::{Order, Slot};
use super::planogram::{Availability, Planogram, Position};
use super::queries::NotifyRoad;
use super::state::{Sale, State};
use super::time::Timestamp;

/// What is on disk, as values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Books {
    /// By running number.
    sales: BTreeMap<u64, Sale>,
    /// The running numbers of sales for which something is still to be done.
    open: BTreeSet<u64>,
    numbers: BTreeMap<OutTradeNo, u64>,
    transactions: BTreeMap<TransactionId, OutTradeNo>,
    /// The running number of the next order.
    next_number: u64,
    planogram: Planogram,
    road: NotifyRoad,
    last_at: Option<Timestamp>,
}

impl Books {
    /// An empty log over a configured machine.
    pub fn new(planogram: Planogram) -> Self {
        Self {
            sales: BTreeMap::new(),
            open: BTreeSet::new(),
            numbers: BTreeMap::new(),
            transactions: BTreeMap::new(),
            next_number: 1,
            planogram,
            road: NotifyRoad::Missing,
            last_at: None,
        }
    }

    /// Books that keep what a log says of any slot, for [`Self::carried`].
    pub fn of_all_slots() -> Self {
        Self::new(Planogram::of_all_slots())
    }

    /// The same machine before its log was read.
    pub fn unread(&self) -> Self {
        Self::new(self.planogram.unread())
    }

    /// All that is known besides the sales.
    pub fn carried(&self) -> Carried {
        let (next_number, road) = (self.next_number, self.road);
        Carried { next_number, road, slots: self.planogram.carried() }
    }

    /// These books without some of their sales.
    pub fn without(&self, departing: &BTreeSet<OutTradeNo>) -> Self {
        let mut books = self.clone();
        books.sales.retain(|_, sale| !departing.contains(&sale.order.out_trade_no));
        books.numbers.retain(|order, _| !departing.contains(order));
        books.transactions.retain(|_, order| !departing.contains(order));
        books.open.retain(|number| books.sales.contains_key(number));
        books
    }

    /// Adds the sales of older books that these do not know.
    pub fn add_older(&mut self, older: Self) {
        for (number, sale) in older.sales {
            if self.sales.contains_key(&number) {
                continue;
            }
            let order = &sale.order.out_trade_no;
            self.numbers.insert(order.clone(), number);
            if let Some(receipt) = sale.receipt() {
                self.transactions.insert(receipt.transaction_id().clone(), order.clone());
            }
            self.keep(sale);
        }
    }

    /// Takes one entry of the log, in its order.
    ///
    /// # Errors
    ///
    /// When it cannot follow what came before; nothing is changed then.
    pub fn apply(&mut self, recorded: &Recorded) -> Result<(), OutOfOrder> {
        match &recorded.entry {
            Entry::Started { .. } => self.planogram.forgive(),
            Entry::StockLoaded { slot, load } => self.planogram.load(*slot, load),
            Entry::CarriedOver { carried } => self.carry(carried),
            Entry::OrderCreated { order } => {
                let sale = self.begun(&recorded.entry, order, recorded.at)?;
                self.numbers.insert(order.out_trade_no.clone(), order.number);
                self.next_number = self.next_number.max(order.number.saturating_add(1));
                self.keep(sale);
            }
            Entry::OrderOpened { .. }
            | Entry::OrderRefused { .. }
            | Entry::OrderAbandoned { .. }
            | Entry::OrderClosed { .. }
            | Entry::Paid { .. }
            | Entry::VendRequested { .. }
            | Entry::VendSucceeded { .. }
            | Entry::VendFailed { .. }
            | Entry::VendUnknown { .. }
            | Entry::RefundOwed { .. }
            | Entry::RefundRequested { .. }
            | Entry::RefundAccepted { .. }
            | Entry::RefundHandedOver { .. }
            | Entry::Refunded { .. } => self.apply_to_sale(recorded)?,
        }
        self.last_at = self.last_at.max(Some(recorded.at));
        Ok(())
    }

    /// Whether `entries` can follow, one after the other: what cannot must not get into the log,
    /// which could never be read again.
    ///
    /// # Errors
    ///
    /// Names the first that cannot.
    pub fn accept(&self, entries: &[Entry], at: Timestamp) -> Result<(), OutOfOrder> {
        let mut changed = Vec::<Sale>::new();
        for entry in entries {
            let Some(number) = entry.out_trade_no() else { continue };
            let is_its = |sale: &mut Sale| sale.order.out_trade_no == *number;
            let before = changed.extract_if(.., is_its).next();
            let after = match (entry, before) {
                (Entry::OrderCreated { order }, None) => {
                    let same_number = |sale: &&Sale| sale.order.number == order.number;
                    match changed.iter().find(same_number) {
                        Some(old) => return Err(out_of_order(entry, old.state.name())),
                        None => self.begun(entry, order, at)?,
                    }
                }
                (_, Some(sale)) => sale.apply(entry, at)?,
                (_, None) => self.known(entry)?.clone().apply(entry, at)?,
            };
            changed.push(after);
        }
        Ok(())
    }

    /// The sale of an order; `None` when the log has none.
    pub fn sale(&self, out_trade_no: &OutTradeNo) -> Option<&Sale> {
        self.sales.get(self.numbers.get(out_trade_no)?)
    }

    /// The sale that the board speaks of.
    pub fn sale_by_tag(&self, tag: VendTag) -> Option<&Sale> {
        self.sales.get(&number_of(tag))
    }

    /// All sales, by order number.
    pub fn sales(&self) -> impl Iterator<Item = &Sale> {
        self.sales.values()
    }

    /// The sales for which something is still to be done.
    pub fn open_sales(&self) -> impl Iterator<Item = &Sale> {
        self.open.iter().filter_map(|number| self.sales.get(number))
    }

    /// The order that this payment has paid for.
    pub fn order_of(&self, transaction_id: &TransactionId) -> Option<&OutTradeNo> {
        self.transactions.get(transaction_id)
    }

    /// The running number of the next order.
    pub fn next_number(&self) -> u64 {
        self.next_number
    }

    /// The latest time in the log: no clock that is right can be before it.
    pub fn last_at(&self) -> Option<Timestamp> {
        self.last_at
    }

    /// What lies where.
    pub fn planogram(&self) -> &Planogram {
        &self.planogram
    }

    /// Whether notifies arrive, as the last payment showed.
    pub fn road(&self) -> NotifyRoad {
        self.road
    }

    /// Whether a motor was asked to turn and has not been heard of since.
    pub fn is_vending(&self) -> bool {
        self.open_sales().any(|sale| matches!(sale.state, State::Vending { .. }))
    }

    /// The oldest sale that is paid and waits for the motor.
    pub fn waiting_for_motor(&self) -> Option<&Sale> {
        self.open_sales().find(|sale| matches!(sale.state, State::Paid { .. }))
    }

    /// Whether the slot can sell one more, besides those that customers are about to pay.
    pub fn availability(&self, slot: Slot, failures_until_blocked: u32) -> Option<Availability> {
        self.availability_but(None, slot, failures_until_blocked)
    }

    /// The same, with the item of this order not kept any more.
    pub fn availability_without(
        &self,
        out_trade_no: &OutTradeNo,
        slot: Slot,
        failures_until_blocked: u32,
    ) -> Option<Availability> {
        self.availability_but(Some(out_trade_no), slot, failures_until_blocked)
    }

    fn availability_but(
        &self,
        but: Option<&OutTradeNo>,
        slot: Slot,
        failures_until_blocked: u32,
    ) -> Option<Availability> {
        let position = self.planogram.position(slot)?;
        let reserved = self.open_sales().filter(|sale| {
            sale.attempt().slot == slot
                && but != Some(&sale.order.out_trade_no)
                && matches!(
                    sale.state,
                    State::Opening
                        | State::AwaitingPayment
                        | State::Paid { .. }
                        | State::Vending { .. }
                )
        });
        let reserved = u32::try_from(reserved.count()).unwrap_or(u32::MAX);
        let left = position.stock.map(|stock| stock.saturating_sub(reserved));
        let position = Position { stock: left, ..position.clone() };
        Some(position.availability(failures_until_blocked))
    }

    fn carry(&mut self, carried: &Carried) {
        self.next_number = self.next_number.max(carried.next_number);
        self.road = carried.road;
        self.planogram.carry(&carried.slots);
    }

    fn apply_to_sale(&mut self, recorded: &Recorded) -> Result<(), OutOfOrder> {
        let entry = &recorded.entry;
        let sale = self.known(entry)?.clone().apply(entry, recorded.at)?;
        self.note(entry, sale.attempt().slot);
        self.keep(sale);
        Ok(())
    }

    /// A new sale; neither its order's number nor its running number is taken.
    fn begun(&self, entry: &Entry, order: &Order, at: Timestamp) -> Result<Sale, OutOfOrder> {
        match self.sale(&order.out_trade_no).or(self.sales.get(&order.number)) {
            Some(old) => Err(out_of_order(entry, old.state.name())),
            None => Ok(Sale::new(order.clone(), at)),
        }
    }

    /// The sale that `entry` is about.
    fn known(&self, entry: &Entry) -> Result<&Sale, OutOfOrder> {
        let sale = entry.out_trade_no().and_then(|number| self.sale(number));
        sale.ok_or_else(|| out_of_order(entry, "none"))
    }

    /// What an entry means beyond its sale.
    fn note(&mut self, entry: &Entry, slot: Slot) {
        if let Entry::Paid { receipt } = entry {
            let order = receipt.out_trade_no().clone();
            self.transactions.insert(receipt.transaction_id().clone(), order);
            self.road = NotifyRoad::shown_by(receipt.via()).unwrap_or(self.road);
        } else if matches!(entry, Entry::VendSucceeded { .. }) {
            self.planogram.vended(slot);
        } else if matches!(entry, Entry::VendFailed { fault, .. } if fault.is_of_the_slot()) {
            self.planogram.failed(slot);
        }
    }

    fn keep(&mut self, sale: Sale) {
        let number = sale.order.number;
        if sale.is_open() {
            self.open.insert(number);
        } else {
            self.open.remove(&number);
        }
        self.sales.insert(number, sale);
    }
}

fn out_of_order(entry: &Entry, state: &'static str) -> OutOfOrder {
    let order = entry.out_trade_no().map_or_else(|| "-".to_owned(), ToString::to_string);
    OutOfOrder { entry: entry.name(), order, state }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;

    const AT: Timestamp = Timestamp::from_unix_ms(1_795_736_962_611);

    fn entries(lines: &[&str]) -> Vec<Entry> {
        lines.iter().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    fn created(random: &str, number: u64) -> String {
        format!(
            r#"{{"entry":"order_created","order":{{"out_trade_no":"VM1-20261127-000001-{random}",
            "number":{number},"slot":1,"name_zh":"可乐","name_en":"Cola","price":350,
            "created_at":1795736962611,"time_expire":1795737292611,"door":"panel"}}}}"#
        )
    }

    fn paid(total_fee: u32) -> String {
        format!(
            r#"{{"entry":"paid","receipt":{{"out_trade_no":"VM1-20261127-000001-fw63",
            "transaction_id":"4200001234202611270000000003","total_fee":{total_fee},
            "time_end":"20261127074923","via":"notify"}}}}"#
        )
    }

    fn owed(refund_fee: u32) -> String {
        format!(
            r#"{{"entry":"refund_owed","out_trade_no":"VM1-20261127-000001-fw63",
            "out_refund_no":"R-VM1-20261127-000001-fw63","refund_fee":{refund_fee},
            "reason":"not_vended"}}"#
        )
    }

    /// What is accepted is applied, and what is not, is not.
    fn is_accepted(entries: &[Entry]) -> bool {
        let mut books = Books::new(Planogram::default());
        let accepted = books.accept(entries, AT);
        let applied = entries.iter().try_for_each(|entry| {
            let entry = entry.clone();
            books.apply(&Recorded { at: AT, entry })
        });
        assert_eq!(accepted, applied);
        accepted.is_ok()
    }

    #[test]
    fn what_contradicts_is_not_accepted() {
        let one = created("fw63", 1);
        assert!(is_accepted(&entries(&[&one, &created("aaaa", 2), &paid(350), &owed(350)])));
        for (why, lines) in [
            ("the order twice", vec![one.clone(), one.clone()]),
            ("its number twice", vec![one.clone(), created("aaaa", 1)]),
            ("paid without an order", vec![paid(350)]),
            ("another amount", vec![one.clone(), paid(349)]),
            ("more back than came", vec![one.clone(), paid(350), owed(351)]),
        ] {
            let lines = lines.iter().map(String::as_str).collect::<Vec<_>>();
            assert!(!is_accepted(&entries(&lines)), "{why}");
        }
    }
}
