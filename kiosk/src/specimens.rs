//! Views and sizes that the tests try everything on.

use embedded_graphics::geometry::Size;

use super::{Availability, Item, Label, Language, Outage, Progress, Refund, Screen, Trouble, View};

/// Every size the machine promises to serve.
pub(crate) const SIZES: [Size; 10] = [
    Size::new(320, 240),
    Size::new(240, 320),
    Size::new(480, 320),
    Size::new(320, 480),
    Size::new(800, 480),
    Size::new(480, 800),
    Size::new(1024, 600),
    Size::new(600, 1024),
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
        ("attract", Screen::Attract { items: shelf(8) }),
        ("attract-none", Screen::Attract { items: Vec::new() }),
        ("catalogue", catalogue(8, 0)),
        ("catalogue-one", catalogue(1, 0)),
        ("catalogue-pages", catalogue(60, 1)),
        ("catalogue-none", catalogue(0, 7)),
        ("keypad", Screen::Keypad { typed: "4".to_owned(), item: shelf(4).pop() }),
        ("keypad-empty", Screen::Keypad { typed: String::new(), item: None }),
        ("keypad-wrong", Screen::Keypad { typed: "999".to_owned(), item: None }),
        ("keypad-sold-out", Screen::Keypad { typed: "3".to_owned(), item: shelf(3).pop() }),
        ("product", Screen::Product { item: item() }),
        ("product-long", Screen::Product { item: long_named() }),
        ("preparing", Screen::Preparing { item: item() }),
        ("payment", payment(cola(), 72)),
        ("payment-long", payment(long_named(), 9)),
        ("checking", Screen::Checking { item: item() }),
        ("paid", Screen::Vending { item: item(), progress: Progress::Paid }),
        ("vending", Screen::Vending { item: item(), progress: Progress::Turning }),
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
        ("outage-service", outage(Outage::Service)),
        (
            "outage-stopping",
            Screen::OutOfService { reason: Outage::Stopping, phone: String::new() },
        ),
    ]
}

/// Every screen in every language, and the list of languages.
pub(crate) fn views() -> impl Iterator<Item = (String, View)> {
    Language::ALL.into_iter().flat_map(|language| {
        let screens = screens().into_iter().map(move |(name, screen)| {
            (format!("{name}-{}", language.code()), View::new(language, screen))
        });
        let list = View { choosing_language: true, ..View::new(language, Screen::Starting) };
        screens.chain([(format!("languages-{}", language.code()), list)])
    })
}

/// So many items, with a way to the keypad where they are many.
fn catalogue(count: u16, page: u16) -> Screen {
    Screen::Catalogue { items: shelf(count), page, keypad: count > 20 }
}

/// The payment screen with so much time left of 90 seconds.
pub(crate) fn payment(item: Item, seconds_left: u16) -> Screen {
    Screen::Payment { item, code_url: CODE_URL.to_owned(), seconds_left, seconds_total: 90 }
}

pub(crate) fn cola() -> Item {
    item(1, ("可乐", "Cola", "コーラ", "콜라", "Кола", "Cola"), 350)
}

/// The longest names, the highest price and number.
fn long_named() -> Item {
    let name = (
        "农夫山泉饮用天然矿泉水五百五十毫升瓶装",
        "Natural mineral water from the spring, 550 ml",
        "天然水のミネラルウォーター五百五十ミリリットル",
        "천연 광천수 오백오십 밀리리터 페트병",
        "Природная минеральная вода из источника, 550 мл",
        "Eau minérale naturelle de la source, 550 ml",
    );
    item(104, name, 128_050)
}

/// So many items, the first ones of every kind.
pub(crate) fn shelf(count: u16) -> Vec<Item> {
    let sold = |item, availability| Item { availability, ..item };
    let mut items = vec![
        cola(),
        item(2, ("矿泉水", "Water", "水", "생수", "Вода", "Eau"), 200),
        sold(
            item(3, ("绿茶", "Green tea", "緑茶", "녹차", "Зелёный чай", "Thé vert"), 400),
            Availability::SoldOut,
        ),
        item(
            4,
            (
                "橙汁",
                "Orange juice",
                "オレンジジュース",
                "오렌지 주스",
                "Апельсиновый сок",
                "Jus d’orange",
            ),
            500,
        ),
        item(
            5,
            (
                "番茄味薯片",
                "Tomato crisps",
                "ポテトチップス",
                "감자칩",
                "Чипсы с томатом",
                "Chips à la tomate",
            ),
            650,
        ),
        sold(
            item(
                6,
                ("巧克力", "Chocolate", "チョコレート", "초콜릿", "Шоколад", "Chocolat"),
                1_250,
            ),
            Availability::Blocked,
        ),
        item(
            7,
            ("混合坚果", "Mixed nuts", "ミックスナッツ", "견과류", "Орехи", "Noix mélangées"),
            990,
        ),
        long_named(),
    ];
    let coffee = ("咖啡", "Coffee", "コーヒー", "커피", "Кофе", "Café");
    items.extend((9..=count).map(|slot| item(slot, coffee, 900)));
    items.truncate(usize::from(count));
    items
}

/// A name in Chinese, English, Japanese, Korean, Russian and French.
type Name = (&'static str, &'static str, &'static str, &'static str, &'static str, &'static str);

fn item(slot: u16, (zh, en, ja, ko, ru, fr): Name, price_fen: u32) -> Item {
    let name = Label::new(zh, en)
        .with(Language::Japanese, ja)
        .with(Language::Korean, ko)
        .with(Language::Russian, ru)
        .with(Language::French, fr);
    Item { slot, name, price_fen, availability: Availability::Available }
}
