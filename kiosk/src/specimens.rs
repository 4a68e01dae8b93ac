//! Views and sizes that the tests try everything on.

use embedded_graphics::geometry::Size;

use crate::{Availability, Item, Label, Language, Outage, Refund, Screen, Trouble, View};

/// Every size the machine promises to serve.
pub(crate) const SIZES: [Size; 9] = [
    Size::new(320, 240),
    Size::new(240, 320),
    Size::new(480, 320),
    Size::new(320, 480),
    Size::new(800, 480),
    Size::new(480, 800),
    Size::new(1024, 600),
    Size::new(1280, 800),
    Size::new(800, 1280),
];

/// As long as WeChat makes it (APIv2 unifiedorder, `code_url`).
pub(crate) const CODE_URL: &str = "weixin://wxpay/bizpayurl?pr=kjxPDBvzz";

/// `out_trade_no` has at most 32 characters (APIv2 unifiedorder).
const ORDER: &str = "VM0001202611210928051234ABCDEFGH";

const PHONE: &str = "400-000-0000";

/// A name for a file, and a screen.
pub(crate) type Specimen = (&'static str, Screen);

/// Every screen, and every reason for it.
pub(crate) fn screens() -> Vec<Specimen> {
    let item = cola;
    let sorry = |trouble| Screen::Sorry {
        item: item(),
        trouble,
        order: ORDER.to_owned(),
        phone: PHONE.to_owned(),
    };
    let outage = |reason| Screen::OutOfService { reason, phone: PHONE.to_owned() };
    vec![
        ("starting", Screen::Starting),
        ("catalogue", Screen::Catalogue { items: shelf(6), page: 0 }),
        ("catalogue-one", Screen::Catalogue { items: shelf(1), page: 0 }),
        ("catalogue-pages", Screen::Catalogue { items: shelf(60), page: 1 }),
        ("catalogue-none", Screen::Catalogue { items: Vec::new(), page: 7 }),
        ("preparing", Screen::Preparing { item: item() }),
        ("payment", payment(cola(), 72)),
        ("payment-long", payment(long_named(), 9)),
        ("checking", Screen::Checking { item: item() }),
        ("vending", Screen::Vending { item: item() }),
        ("farewell", Screen::Farewell { item: item() }),
        ("sorry-refund-owed", sorry(Trouble::NotVended(Refund::Owed))),
        ("sorry-refund-under-way", sorry(Trouble::NotVended(Refund::UnderWay))),
        ("sorry-refund-done", sorry(Trouble::NotVended(Refund::Done))),
        ("sorry-in-doubt", sorry(Trouble::InDoubt)),
        ("sorry-in-doubt-refund-owed", sorry(Trouble::InDoubtRefund(Refund::Owed))),
        ("sorry-in-doubt-refund-under-way", sorry(Trouble::InDoubtRefund(Refund::UnderWay))),
        ("sorry-in-doubt-refund-done", sorry(Trouble::InDoubtRefund(Refund::Done))),
        ("sorry-paid-too-late-refund-owed", sorry(Trouble::PaidTooLate(Refund::Owed))),
        ("sorry-paid-too-late-refund-under-way", sorry(Trouble::PaidTooLate(Refund::UnderWay))),
        ("sorry-paid-too-late-refund-done", sorry(Trouble::PaidTooLate(Refund::Done))),
        ("sorry-gateway-down", sorry(Trouble::GatewayDown)),
        ("sorry-order-refused", sorry(Trouble::OrderRefused)),
        ("sorry-machine-fault", sorry(Trouble::MachineFault)),
        (
            "sorry-slot-blocked",
            Screen::Sorry {
                item: long_named(),
                trouble: Trouble::SlotBlocked,
                order: String::new(),
                phone: PHONE.to_owned(),
            },
        ),
        ("outage-board-down", outage(Outage::BoardDown)),
        ("outage-log-down", outage(Outage::LogDown)),
        ("outage-gateway-down", outage(Outage::GatewayDown)),
        ("outage-clock-wrong", outage(Outage::ClockWrong)),
        ("outage-nothing-to-sell", outage(Outage::NothingToSell)),
        (
            "outage-stopping",
            Screen::OutOfService { reason: Outage::Stopping, phone: String::new() },
        ),
    ]
}

/// Every screen in both languages.
pub(crate) fn views() -> impl Iterator<Item = (String, View)> {
    screens().into_iter().flat_map(|(name, screen)| {
        let views = [("zh", Language::Chinese), ("en", Language::English)];
        views.map(|(code, language)| {
            (format!("{name}-{code}"), View { language, screen: screen.clone() })
        })
    })
}

/// The payment screen with so much time left of 90 seconds.
pub(crate) fn payment(item: Item, seconds_left: u16) -> Screen {
    Screen::Payment { item, code_url: CODE_URL.to_owned(), seconds_left, seconds_total: 90 }
}

pub(crate) fn cola() -> Item {
    item(1, "可口可乐", "Coca-Cola", 350, Availability::Available)
}

fn long_named() -> Item {
    let (zh, en) =
        ("农夫山泉饮用天然矿泉水五百五十毫升瓶装", "Natural mineral water from the spring, 550 ml");
    item(104, zh, en, 128_050, Availability::Available)
}

/// So many items, the first ones of every kind.
pub(crate) fn shelf(count: u16) -> Vec<Item> {
    let mut items = vec![
        cola(),
        item(2, "矿泉水", "Mineral water", 200, Availability::Available),
        item(3, "乌龙茶", "Oolong tea", 450, Availability::SoldOut),
        item(4, "番茄味薯片", "Tomato crisps", 680, Availability::Available),
        item(5, "牛奶巧克力", "Milk chocolate", 1250, Availability::Blocked),
        item(6, "苏打饼干", "Soda crackers", 500, Availability::Available),
        long_named(),
    ];
    let more = (8..=count).map(|slot| item(slot, "咖啡", "Coffee", 900, Availability::Available));
    items.extend(more);
    items.truncate(usize::from(count));
    items
}

fn item(slot: u16, zh: &str, en: &str, price_fen: u32, availability: Availability) -> Item {
    Item { slot, name: Label { zh: zh.to_owned(), en: en.to_owned() }, price_fen, availability }
}
