//! A machine's facts by the hundred: sales of every kind, starts and loads, and their books.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use daemon::{
    journal::{Finding, OpenOptions},
    order_log::{OrderLog, OrderLogError},
    sale::{Books, Entry, Load, Planogram, Position, Retention, Slot, Timestamp},
};
use protocol::Fen;
use serde_json::{Value, json};
use tempfile::TempDir;

/// 2027-01-15, 8 o'clock in Beijing.
const START_MS: i64 = 1_799_971_200_000;

/// All but the newest four sales may go as soon as they are settled.
pub(crate) const AT_ONCE: Retention = Retention { keep: Duration::ZERO, newest: 4 };

/// How a sale ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    Vended,
    Refunded,
    Closed,
    InDoubt,
    Owed,
}

/// The machine's log in a directory of its own.
pub(crate) struct Shop {
    home: TempDir,
    at_ms: i64,
    number: u64,
}

impl Shop {
    pub(crate) fn new() -> Self {
        Self { home: TempDir::new().unwrap(), at_ms: START_MS, number: 0 }
    }

    pub(crate) fn dir(&self) -> PathBuf {
        self.home.path().join("orders")
    }

    pub(crate) fn now(&self) -> Timestamp {
        Timestamp::from_unix_ms(self.at_ms)
    }

    pub(crate) fn open(&self) -> (OrderLog, Books, Vec<Finding>) {
        open(&self.dir()).unwrap()
    }

    /// Records entries given as in the log, a minute after the last ones.
    pub(crate) fn record(&mut self, log: &mut OrderLog, books: &mut Books, entries: &[Value]) {
        self.at_ms += 60_000;
        let entries: Vec<Entry> =
            entries.iter().map(|entry| serde_json::from_value(entry.clone()).unwrap()).collect();
        log.append(&entries, self.now()).unwrap();
        for entry in entries {
            books.apply(&daemon::sale::Recorded { at: self.now(), entry }).unwrap();
        }
    }

    pub(crate) fn start(&mut self, log: &mut OrderLog, books: &mut Books) {
        self.record(log, books, &[json!({"entry": "started", "version": "0"})]);
    }

    pub(crate) fn load(&mut self, log: &mut OrderLog, books: &mut Books, slot: u16, count: u32) {
        let filled = format!("word {}", self.at_ms);
        let entry =
            json!({"entry": "stock_loaded", "slot": slot, "count": count, "filled": filled});
        self.record(log, books, &[entry]);
    }

    /// One sale from its beginning to `end`.
    pub(crate) fn sell(&mut self, log: &mut OrderLog, books: &mut Books, slot: u16, end: End) {
        self.number = books.next_number();
        let order = format!("VM1-{:06}", self.number);
        let of = |entry: &str| json!({"entry": entry, "out_trade_no": order});
        let with = |entry: &str, more: Value| {
            let mut value = of(entry);
            let fields = value.as_object_mut().unwrap();
            fields.extend(more.as_object().unwrap().clone());
            value
        };
        let created = json!({"entry": "order_created", "order": {
            "out_trade_no": order, "number": self.number, "slot": slot, "name_zh": "水",
            "name_en": "Water", "price": 200, "created_at": self.at_ms,
            "time_expire": self.at_ms + 330_000, "door": "panel",
        }});
        let opened = with("order_opened", json!({"prepay_id": format!("wx{}", self.number)}));
        self.record(log, books, &[created]);
        self.record(log, books, &[opened]);
        if end == End::Closed {
            self.record(log, books, &[with("order_abandoned", json!({"why": "cancelled"}))]);
            self.record(log, books, &[of("order_closed")]);
            return;
        }
        let via = if self.number.is_multiple_of(3) { "order_query" } else { "notify" };
        let paid = json!({"entry": "paid", "receipt": {
            "out_trade_no": order, "transaction_id": format!("42{:08}", self.number),
            "total_fee": 200, "time_end": "20270115080000", "via": via,
        }});
        self.record(log, books, &[paid, with("vend_requested", json!({"slot": slot}))]);
        if end == End::Vended {
            return self.record(log, books, &[of("vend_succeeded")]);
        } else if end == End::InDoubt {
            return self.record(log, books, &[with("vend_unknown", json!({"why": "power"}))]);
        }
        let refund = format!("R-{order}");
        let owed = json!({"out_refund_no": refund, "refund_fee": 200, "reason": "not_vended"});
        let failed = with("vend_failed", json!({"fault": "no_drop"}));
        self.record(log, books, &[failed, with("refund_owed", owed)]);
        if end == End::Refunded {
            let asked = with("refund_requested", json!({"out_refund_no": refund}));
            self.record(log, books, &[asked]);
            self.record(log, books, &[with("refunded", json!({"refund_id": "503"}))]);
        }
    }

    /// `count` sales of all kinds over slots that the configuration has, counts, and does not have.
    pub(crate) fn sell_mixed(&mut self, log: &mut OrderLog, books: &mut Books, count: u16) {
        const ENDS: [End; 8] = [
            End::Vended,
            End::Refunded,
            End::Vended,
            End::Closed,
            End::Vended,
            End::InDoubt,
            End::Vended,
            End::Refunded,
        ];
        for turn in 0..count {
            let slot = 1 + turn % 5;
            match turn % 11 {
                3 => self.start(log, books),
                5 => self.load(log, books, slot, 20),
                _ => {}
            }
            // Doubts and debts stay open, so there are few of them.
            let end = match (ENDS[usize::from(turn) % ENDS.len()], turn % 3) {
                (End::InDoubt, 0) => End::Owed,
                (End::InDoubt, 1) => End::Closed,
                (end, _) => end,
            };
            self.sell(log, books, slot, end);
        }
    }
}

pub(crate) fn open(dir: &Path) -> Result<(OrderLog, Books, Vec<Finding>), OrderLogError> {
    let mut books = Books::new(planogram());
    let (log, findings) = OrderLog::open(dir, &OpenOptions::default(), &mut books)?;
    Ok((log, books, findings))
}

/// Slots 1 to 4, of which 1 and 2 are counted. What the log says of 5 is of an older configuration.
pub(crate) fn planogram() -> Planogram {
    Planogram::new((1..=4).map(|number| {
        let load = Load { count: 10, filled: None };
        let position = Position {
            name_zh: "水".to_owned(),
            name_en: "Water".to_owned(),
            price: Fen::new(200),
            drop_input: 0,
            configured_stock: (number < 3).then_some(load),
            stock: None,
            loaded: None,
            failures_in_row: 0,
        };
        (Slot::try_from(number).unwrap(), position)
    }))
}
