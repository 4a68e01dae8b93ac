//! The customer and the phone in front of a panel that this test draws on.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::{net::Ipv4Addr, sync::mpsc, time::Instant};

use hardware::panel::{Panel as _, Rect, offscreen::Offscreen};
use kiosk::{
    Label,
    sticker::{self, Sticker},
};
use protocol::{
    AppId, MchId, Merchant, NonceStr, ProductId, mode1,
    sign::{ApiKey, SignType},
};
use tempfile::TempDir;

use super::*;
use crate::{
    gateway::{Gateway, GatewaySettings, Key, PayError, StickerError},
    machine::{API_KEY, APPID, MCH_ID},
    phone::{Phone, ScanError, read_codes},
};

const LIMIT: Duration = Duration::from_secs(10);

struct Scene {
    shown: Offscreen,
    language: Language,
    design: Arc<Design>,
    customer: Arc<Customer>,
    panel: Arc<Panel>,
    touches: mpsc::Receiver<Touch>,
    screen: Arc<Watched<Screen>>,
    dir: TempDir,
}

impl Scene {
    fn new(size: (u32, u32), language: Language) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let socket = dir.path().join("panel.sock");
        let shown = Offscreen::new(size.0, size.1, Some(socket.clone())).unwrap();
        let screen = Arc::new(Watched::new(Screen::Starting));
        let (told, touches) = mpsc::channel();
        let current = Arc::clone(&screen);
        let settings = MachineSettings { language, size, ..MachineSettings::default() };
        let design = Arc::new(settings.design());
        let drawn = Arc::clone(&design);
        shown.on_touch(move |at| {
            let view = View::new(language, current.read(Clone::clone));
            if let Some(meant) = touch(&drawn, &view, super::size(size), point(at.x, at.y)) {
                told.send(meant).unwrap();
            }
        });
        let timeline = Timeline::new();
        let panel = Arc::new(Panel::watch(socket, timeline.clone()).unwrap());
        let customer = Customer::new(Arc::clone(&panel), timeline, &settings, Arc::clone(&design));
        let customer = Arc::new(customer.unwrap());
        Self { shown, language, design, customer, panel, touches, screen, dir }
    }

    /// Until it is seen.
    fn show(&mut self, screen: Screen) {
        let (w, h) = self.shown.size();
        let mut canvas = Canvas::new(Size::new(w, h));
        let view = View::new(self.language, screen.clone());
        let mut painter = Painter::new(Arc::clone(&self.design));
        let Ok(_) = painter.draw(&view, Duration::ZERO, &mut canvas);
        self.screen.change(|shown| *shown = screen);
        self.shown.show(canvas.pixels(), &[Rect { x: 0, y: 0, w, h }]).unwrap();
        let seen = |picture: &Picture| (*picture.pixels == *canvas.pixels()).then_some(());
        self.panel.wait("what is shown", LIMIT, seen).unwrap();
    }

    /// Selects, while this machine turns its pages as it is told.
    fn select(&mut self, slot: u16) -> Touch {
        let customer = Arc::clone(&self.customer);
        let selecting = std::thread::spawn(move || customer.select(slot, LIMIT));
        loop {
            let meant = self.touches.recv_timeout(LIMIT).unwrap();
            if let Touch::Page(page) = meant {
                self.show(self.customer.catalogue(page));
            } else {
                selecting.join().unwrap().unwrap();
                return meant;
            }
        }
    }

    fn item(&self, slot: u16) -> Item {
        self.customer.item(slot).unwrap()
    }

    fn payment(&self, slot: u16, code_url: &str) -> Screen {
        let item = self.item(slot);
        let code_url = code_url.to_owned();
        Screen::Payment { item, code_url, seconds_left: 42, seconds_total: 90 }
    }
}

#[test]
fn the_customer_finds_every_button_on_panels_of_all_shapes() {
    for size in [(320, 240), (240, 320), (800, 480), (480, 800)] {
        let mut scene = Scene::new(size, Language::Chinese);
        for slot in [1, 4, 8] {
            scene.show(scene.customer.catalogue(0));
            assert_eq!(scene.select(slot), Touch::Select(slot), "{size:?}");
        }
        scene.show(scene.payment(3, "weixin://wxpay/bizpayurl?pr=4kQp0aZ"));
        scene.customer.cancel(3).unwrap();
        assert_eq!(scene.touches.recv_timeout(LIMIT), Ok(Touch::Cancel), "{size:?}");
    }
}

#[test]
fn the_customer_knows_the_last_screens_and_leaves_them() {
    let mut scene = Scene::new((800, 480), Language::English);
    scene.customer.expect_trouble(2, "VM0001-1").unwrap();
    let trouble = Trouble::NotVended(Refund::Owed);
    let (order, phone) = ("VM0001-1".to_owned(), PHONE.to_owned());
    let sorry = Screen::Sorry { item: scene.item(2), trouble, order, phone };
    for (screen, known) in
        [(Screen::Farewell { item: scene.item(2) }, Seen::Farewell), (sorry, Seen::Sorry(trouble))]
    {
        scene.show(screen);
        let seen = scene.customer.wait_for("it", LIMIT, |seen| (seen == known).then_some(seen));
        assert_eq!(seen.unwrap(), known);
        scene.customer.go_back(2).unwrap();
        assert_eq!(scene.touches.recv_timeout(LIMIT), Ok(Touch::Back));
    }

    scene.customer.expect_availability(2, Availability::Blocked);
    scene.show(scene.customer.catalogue(0));
    let seen = |seen| (seen == Seen::Catalogue(0)).then_some(());
    scene.customer.wait_for("the catalogue", LIMIT, seen).unwrap();
}

#[test]
fn the_phone_reads_the_code_from_the_pixels_and_tries_to_pay() {
    for size in [(320, 240), (240, 320), (800, 480), (480, 800)] {
        let mut scene = Scene::new(size, Language::Chinese);
        let settings = GatewaySettings {
            listen: (Ipv4Addr::LOCALHOST, 0).into(),
            dir: scene.dir.path().to_owned(),
            key: Key::parse(API_KEY).unwrap(),
            sign_type: None,
            merchant: None,
        };
        let gateway = Arc::new(Gateway::start(settings, Timeline::new()).unwrap());
        let phone = Phone::start(gateway, Arc::clone(&scene.panel), Timeline::new()).unwrap();
        assert_eq!(phone.scan_and_pay(), Err(ScanError::NoCode));

        let code = "weixin://wxpay/bizpayurl?pr=4kQp0aZ";
        scene.show(scene.payment(1, code));
        assert_eq!(phone.wait_for_code(LIMIT).unwrap(), code, "{size:?}");
        assert_eq!(phone.scan_and_pay(), Err(ScanError::Refused(PayError::UnknownCode)));
    }
}

#[test]
fn the_phone_reads_printed_stickers_and_asks_whose_they_are() {
    let scene = Scene::new((320, 240), Language::Chinese);
    let settings = GatewaySettings {
        listen: (Ipv4Addr::LOCALHOST, 0).into(),
        dir: scene.dir.path().to_owned(),
        key: Key::parse(API_KEY).unwrap(),
        sign_type: None,
        merchant: Some((APPID.to_owned(), MCH_ID.to_owned())),
    };
    let gateway = Arc::new(Gateway::start(settings, Timeline::new()).unwrap());
    let phone = Phone::start(gateway, Arc::clone(&scene.panel), Timeline::new()).unwrap();
    let stickers: Vec<Sticker> = (1..=2).map(printed).collect();
    let sheet = sticker::sheets(&stickers, &sticker::Options::default()).unwrap().next().unwrap();
    let mut links = read_codes(&seen(&sheet));
    links.sort();
    let mut printed: Vec<String> = stickers.iter().map(|sticker| sticker.link.clone()).collect();
    printed.sort();
    assert_eq!(links, printed);

    let one = sticker::one(stickers.first().unwrap(), &sticker::Options::default()).unwrap();
    // The link holds; only the merchant platform is not set up.
    let refused = phone.scan_picture(&seen(&one));
    assert_eq!(refused, Err(ScanError::Sticker(StickerError::NoCallback)));
}

fn printed(slot: u16) -> Sticker {
    let merchant = Merchant {
        appid: AppId::parse(APPID).unwrap(),
        mch_id: MchId::parse(MCH_ID).unwrap(),
        key: ApiKey::parse(API_KEY).unwrap(),
        previous_key: None,
        sign_type: SignType::HmacSha256,
    };
    let product_id = ProductId::parse(&slot.to_string()).unwrap();
    Sticker {
        slot,
        name: Label::new("可口可乐", "Coca-Cola"),
        price_fen: 350,
        link: mode1::link(&merchant, &product_id, 1_414_488_825, &NonceStr::random()),
        machine: "VM0001".to_owned(),
    }
}

/// As the camera sees it.
fn seen(paper: &sticker::Picture) -> Picture {
    let pixels = paper.pixels().iter().map(|grey| u32::from_be_bytes([0, *grey, *grey, *grey]));
    let size = (paper.width(), paper.height());
    Picture { number: 0, at: Instant::now(), size, pixels: pixels.collect() }
}
