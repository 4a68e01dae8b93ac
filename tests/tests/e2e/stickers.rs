//! Printed codes: drawn by kioskd, read by programs from outside, and sold from without a panel.

use std::{
    collections::BTreeSet,
    fs,
    io::Cursor,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::Output,
    time::{Instant, SystemTime, UNIX_EPOCH},
};

use protocol::{
    AppId, Fields, MchId, Merchant, NonceStr, ProductId, mode1,
    sign::{ApiKey, SignType, sign, verify},
    xml,
};
use reqwest::Url;
use tests::{
    gateway::{Scanned, StickerError},
    machine::{API_KEY, APPID, LogLine, MCH_ID, MachineSettings},
    phone::{photograph, read_code},
};

use crate::{
    http::post,
    scene::{LIMIT, Scene, program, quick},
    tools::{complained, find, run, said},
};

/// Another merchant's key, as long and as random as ours.
const FOREIGN_KEY: &str = "f0000000000000000000000000000009";
/// A slot that the machine does not have.
const NOWHERE: u16 = 99;
/// Links carry whole seconds; the test may be slow.
const AGE_S_MAX: u64 = 300;
/// 300 dpi in pixels per metre.
const PIXELS_PER_METRE: u32 = 11_811;

#[test]
fn every_printed_code_is_read_by_another_program_and_signed_with_the_key() {
    let Some(zbarimg) = find("zbarimg", "zbar-tools") else { return };
    let scene = Scene::dark(quick());
    let dir = scene.dir().join("new/stickers");
    let printed = stickers(&scene, &dir, &[]);
    assert!(printed.status.success(), "{}", complained(&printed));
    for word in ["sheet-2.png", "slot-08.png", "100 %", "POST /scan", "API key"] {
        assert!(said(&printed).contains(word), "{word:?} is not in {}", said(&printed));
    }
    let mut links = Vec::new();
    for slot in 1..=8 {
        let path = dir.join(format!("slot-{slot:02}.png"));
        let codes = zbar(&zbarimg, &path);
        let [link] = codes.as_slice() else { panic!("{}: {codes:?}", path.display()) };
        is_signed(link, slot);
        links.push(link.clone());
    }
    assert_eq!(links.iter().collect::<BTreeSet<_>>().len(), 8, "no two slots share a code");
    for (sheet, six) in ["sheet-1.png", "sheet-2.png"].into_iter().zip(links.chunks(6)) {
        let (mut codes, mut of_slots) = (zbar(&zbarimg, &dir.join(sheet)), six.to_vec());
        codes.sort();
        of_slots.sort();
        assert_eq!(codes, of_slots, "{sheet}");
        assert_eq!(size_on_paper(&dir.join(sheet)), (2480, 3508), "A4 at 300 dpi");
    }
    assert_eq!(size_on_paper(&dir.join("slot-01.png")), (1063, 1063), "90 mm");
    assert_eq!(files(&dir).len(), 10);
    for file in files(&dir) {
        let bytes = fs::read(&file).unwrap();
        assert!(!holds(&bytes, API_KEY), "the key is in {}", file.display());
    }
    assert!(!said(&printed).contains(API_KEY) && !complained(&printed).contains(API_KEY));
}

#[test]
fn a_second_run_replaces_the_first_and_leaves_what_is_not_its_own() {
    let scene = Scene::dark(quick());
    let dir = scene.dir().join("stickers");
    assert!(stickers(&scene, &dir, &[]).status.success());
    let (first, own) = (code_of(&dir, 1), dir.join("logo.png"));
    fs::write(&own, "of the operator").unwrap();

    let config = fs::read_to_string(scene.machine.config()).unwrap();
    let (begin, _) = config.rsplit_once("[[slot]]").unwrap();
    fs::write(scene.machine.config(), begin).unwrap();
    let printed = stickers(&scene, &dir, &["--show-price"]);
    assert!(printed.status.success(), "{}", complained(&printed));
    assert_ne!(code_of(&dir, 1), first, "a fresh nonce_str");
    is_signed(&code_of(&dir, 1), 1);
    assert!(!dir.join("slot-08.png").exists(), "its slot is gone");
    assert!(said(&printed).contains("slot-08.png: removed"), "{}", said(&printed));
    assert!(own.exists());
}

#[test]
fn stickers_that_cannot_be_made_are_refused_with_what_to_do() {
    let scene = Scene::dark(quick());
    let file = scene.dir().join("a-file");
    fs::write(&file, "").unwrap();
    refused(&stickers(&scene, &file, &[]), "a-file");
    let dir = scene.dir().join("stickers");
    fs::create_dir_all(dir.join("sheet-1.png")).unwrap();
    refused(&stickers(&scene, &dir, &[]), "sheet-1.png");

    let key_file = scene.dir().join("api_key");
    fs::set_permissions(&key_file, fs::Permissions::from_mode(0o644)).unwrap();
    refused(&stickers(&scene, &dir, &[]), "chmod 600");
    fs::remove_file(&key_file).unwrap();
    refused(&stickers(&scene, &dir, &[]), "api_key");
    fs::remove_file(scene.machine.config()).unwrap();
    refused(&stickers(&scene, &dir, &[]), "kioskd.toml");
}

#[test]
fn a_scan_sells_from_a_machine_without_a_panel() {
    for sign_type in [SignType::HmacSha256, SignType::Md5] {
        let scene = without_panel(MachineSettings { sign_type, ..quick() });
        let dir = scene.dir().join("stickers");
        assert!(stickers(&scene, &dir, &[]).status.success());
        let picture = photograph(&fs::read(dir.join("slot-02.png")).unwrap()).unwrap();
        let number = scene.phone.scan_picture(&picture).unwrap();
        assert_eq!(scene.outcome(&number).state, "vended");
        let sale = scene.sale(&number).unwrap();
        assert_eq!((sale.slot, sale.fen), (2, 200));
        let turned: Vec<_> = (1..=8).map(|slot| (scene.pulses(slot), scene.drops(slot))).collect();
        let wanted: Vec<_> = (1..=8).map(|slot| if slot == 2 { (1, 1) } else { (0, 0) }).collect();
        assert_eq!(turned, wanted);
        assert!(scene.warnings().is_empty(), "{:?}", scene.warnings());
        assert!(scene.machine.terminate().unwrap().success());
    }
}

#[test]
fn two_who_scan_one_sticker_get_an_item_each() {
    let scene = without_panel(with_stock(3, 2));
    let link = link(3, API_KEY);
    let scanned = [scene.gateway.scan(&link).unwrap(), scene.gateway.scan(&link).unwrap()];
    assert_eq!(scanned.each_ref().map(|it| it.total_fee), [400, 400]);
    let numbers = scanned.map(|it| scene.gateway.pay_prepaid(&it.prepay_id).unwrap());
    assert_ne!(numbers[0], numbers[1]);
    for number in &numbers {
        assert_eq!(scene.outcome(number).state, "vended");
    }
    assert_eq!((scene.pulses(3), scene.drops(3)), (2, 2));
    assert_eq!(scene.gateway.scan(&link), sold_out(), "both are gone");
}

#[test]
fn the_last_item_is_promised_to_one() {
    let scene = without_panel(with_stock(3, 1));
    let link = link(3, API_KEY);
    let first = scene.gateway.scan(&link).unwrap();
    assert_eq!(scene.gateway.scan(&link), sold_out());
    let number = scene.gateway.pay_prepaid(&first.prepay_id).unwrap();
    assert_eq!(scene.outcome(&number).state, "vended");
    assert_eq!(scene.machine.sales().unwrap().len(), 1);
    assert_eq!((scene.pulses(3), scene.drops(3)), (1, 1));
}

#[test]
fn what_cannot_be_had_is_said_on_the_phone_and_orders_nothing() {
    let scene = without_panel(with_stock(3, 0));
    assert_eq!(scene.gateway.scan(&link(3, API_KEY)), sold_out());
    assert_eq!(scene.gateway.scan(&link(NOWHERE, API_KEY)), no_such_slot());
    scene.board.unplug().unwrap();
    let out_of_service = Err(StickerError::Refused("机器暂停服务 Out of service".to_owned()));
    scan_until(&scene, NOWHERE, &out_of_service);
    assert_eq!(scene.gateway.scan(&link(1, API_KEY)), out_of_service);
    assert_eq!(scene.machine.sales().unwrap(), []);
    assert_eq!(scene.gateway.read(|books| books.orders().len()), 0);
}

#[test]
fn altered_links_and_forged_callbacks_order_nothing() {
    let scene = without_panel(quick());
    let good = link(1, API_KEY);
    let altered = good.replace("product_id=VM0001-1", "product_id=VM0001-2");
    assert_ne!(altered, good);
    assert_eq!(scene.gateway.scan(&altered), Err(StickerError::LinkSign));
    assert_eq!(scene.gateway.scan(&link(1, FOREIGN_KEY)), Err(StickerError::LinkSign));

    let with = |name: &str, value: &str| {
        let mut fields = callback(1);
        fields.set(name, value);
        fields
    };
    let whole = sealed(&callback(1), API_KEY);
    #[rustfmt::skip]
    let table = [
        ("another key",          sealed(&callback(1), FOREIGN_KEY)),
        ("no sign",              xml::write(&callback(1))),
        ("altered",              whole.replace("<product_id>VM0001-1<", "<product_id>VM0001-2<")),
        ("another merchant",     sealed(&with("mch_id", "1900000999"), API_KEY)),
        ("another appid",        sealed(&with("appid", "wx0000000000000000"), API_KEY)),
        ("a notify",             sealed(&with("return_code", "SUCCESS"), API_KEY)),
        ("an order",             sealed(&with("out_trade_no", "VM0001-20260101-000001-ABCD"), API_KEY)),
        ("no message",           "{\"product_id\": 1}".to_owned()),
        ("nothing",              String::new()),
    ];
    for (name, body) in table {
        let reply = post(scene.intake, "/scan", body.as_bytes());
        assert!(reply.refuses(), "{name}: {reply:?}");
        assert!(
            !reply.text.contains("sign"),
            "{name}: nothing is signed for a stranger: {reply:?}"
        );
    }
    assert_eq!(scene.machine.sales().unwrap(), []);

    let reply = post(scene.intake, "/scan/VM0001", whole.as_bytes());
    assert!(reply.text.contains("prepay_id"), "the true one is answered: {reply:?}");
}

#[test]
fn a_dead_panel_is_told_and_the_stickers_sell() {
    let scene = Scene::dark(quick());
    let config = fs::read_to_string(scene.machine.config()).unwrap();
    let mut config: toml::Table = toml::from_str(&config).unwrap();
    let panel = toml::toml! {
        kind = "framebuffer"
        device = "/nonexistent/fb0"
    };
    config.insert("panel".to_owned(), panel.into());
    let touch = toml::toml! { device = "/nonexistent/event0" };
    config.insert("touch".to_owned(), touch.into());
    fs::write(scene.machine.config(), config.to_string()).unwrap();
    let checked =
        run(program(), ["check".as_ref(), "--config".as_ref(), scene.machine.config()], b"");
    assert_eq!(checked.status.code(), Some(1));
    assert!(said(&checked).contains("WRONG  panel") && said(&checked).contains("WRONG  touch"));

    start_dark(&scene);
    is_told(&scene, "goes on without a picture");
    let number = scene.phone.pay(&link(1, API_KEY)).unwrap();
    assert_eq!(scene.outcome(&number).state, "vended");
    assert_eq!((scene.pulses(1), scene.drops(1)), (1, 1));
}

#[test]
fn a_panel_that_comes_late_is_used() {
    let scene = Scene::dark(quick());
    fs::create_dir(scene.machine.panel()).unwrap();
    start_dark(&scene);
    is_told(&scene, "goes on without a picture");
    let bought = scene.phone.pay(&link(1, API_KEY)).unwrap();
    assert_eq!(scene.outcome(&bought).state, "vended");
    fs::remove_dir(scene.machine.panel()).unwrap();
    scene.wait_catalogue();
    scene.buy(2);
}

/// Runs `kioskd stickers`.
fn stickers(scene: &Scene, dir: &Path, more: &[&str]) -> Output {
    let arguments: [&Path; 5] =
        ["stickers".as_ref(), "--config".as_ref(), scene.machine.config(), "--out".as_ref(), dir];
    run(program(), arguments.into_iter().chain(more.iter().map(Path::new)), b"")
}

fn refused(output: &Output, word: &str) {
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    assert!(complained(output).contains(word), "{word:?} is not in {}", complained(output));
    assert!(said(output).is_empty() && !complained(output).contains(API_KEY), "{output:?}");
}

/// What zbarimg reads in a picture, in the order in which it finds it.
fn zbar(zbarimg: &Path, picture: &Path) -> Vec<String> {
    let arguments = ["--quiet".as_ref(), "--raw".as_ref(), picture];
    let read = run(zbarimg, arguments, b"");
    assert!(read.status.success(), "{}: {}", picture.display(), complained(&read));
    said(&read).lines().map(str::to_owned).collect()
}

/// What the phone reads on the sticker of `slot`.
fn code_of(dir: &Path, slot: u16) -> String {
    let file = fs::read(dir.join(format!("slot-{slot:02}.png"))).unwrap();
    read_code(&photograph(&file).unwrap()).unwrap()
}

/// The link is what WeChat wants, for this slot (APIv2 mode 1).
fn is_signed(link: &str, slot: u16) {
    let query = Url::parse(link).unwrap();
    assert!(link.starts_with("weixin://wxpay/bizpayurl?"), "{link}");
    let mut fields = Fields::new();
    for (name, value) in query.query_pairs() {
        fields.set(&name, value);
    }
    let fields = verify(fields, &ApiKey::parse(API_KEY).unwrap(), SignType::Md5).unwrap();
    let names: BTreeSet<_> =
        fields.iter().map(|(name, _)| name).filter(|it| *it != "sign").collect();
    assert_eq!(names, ["appid", "mch_id", "nonce_str", "product_id", "time_stamp"].into());
    assert_eq!((fields.get("appid"), fields.get("mch_id")), (Some(APPID), Some(MCH_ID)));
    assert_eq!(fields.get("product_id"), Some(format!("VM0001-{slot}").as_str()));
    let seconds: u64 = fields.get("time_stamp").unwrap().parse().unwrap();
    assert!(now_s().abs_diff(seconds) < AGE_S_MAX, "{seconds}");
}

/// Pixels of a picture that says that it is of 300 dpi.
fn size_on_paper(path: &Path) -> (u32, u32) {
    let reader = png::Decoder::new(Cursor::new(fs::read(path).unwrap())).read_info().unwrap();
    let info = reader.info();
    let dims = info.pixel_dims.unwrap();
    assert!(matches!(dims.unit, png::Unit::Meter));
    assert_eq!((dims.xppu, dims.yppu), (PIXELS_PER_METRE, PIXELS_PER_METRE));
    (info.width, info.height)
}

fn files(dir: &Path) -> Vec<PathBuf> {
    fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path()).collect()
}

fn holds(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

/// A machine that sells by phone alone, ready to.
fn without_panel(settings: MachineSettings) -> Scene {
    let scene = Scene::dark(MachineSettings { panel: false, ..settings });
    start_dark(&scene);
    scene
}

/// Nothing is to be seen: the machine is ready when it no longer says that it is out of service.
pub(crate) fn start_dark(scene: &Scene) {
    scene.machine.start().unwrap();
    scene.machine.wait_ready(LIMIT).unwrap();
    scan_until(scene, NOWHERE, &no_such_slot());
}

/// Scans the code of `slot` until the phone shows this.
fn scan_until(scene: &Scene, slot: u16, shown: &Result<Scanned, StickerError>) {
    let (link, begun) = (link(slot, API_KEY), Instant::now());
    while scene.gateway.scan(&link) != *shown {
        assert!(begun.elapsed() < LIMIT, "{}", scene.story());
    }
}

fn is_told(scene: &Scene, words: &str) {
    let told = |line: &LogLine| line.level == "WARN" && line.message.contains(words);
    assert!(scene.machine.lines().iter().any(told), "{words}: {}", scene.story());
}

fn with_stock(slot: u16, stock: u32) -> MachineSettings {
    let mut settings = quick();
    let slot = settings.slots.iter_mut().find(|it| it.number == slot).unwrap();
    slot.stock = Some(stock);
    settings
}

fn sold_out() -> Result<Scanned, StickerError> {
    Err(StickerError::Refused("已售完 Sold out".to_owned()))
}

fn no_such_slot() -> Result<Scanned, StickerError> {
    Err(StickerError::Refused("没有这个货道 No such slot".to_owned()))
}

/// A link as the command makes it, signed with this key.
pub(crate) fn link(slot: u16, key: &str) -> String {
    let merchant = Merchant {
        appid: AppId::parse(APPID).unwrap(),
        mch_id: MchId::parse(MCH_ID).unwrap(),
        key: ApiKey::parse(key).unwrap(),
        previous_key: None,
        sign_type: SignType::Md5,
    };
    let product_id = ProductId::parse(&format!("VM0001-{slot}")).unwrap();
    mode1::link(&merchant, &product_id, now_s(), &NonceStr::random())
}

/// What WeChat posts when somebody scans the code of `slot`, not signed yet.
fn callback(slot: u16) -> Fields {
    let mut fields = Fields::new();
    fields
        .set("appid", APPID)
        .set("mch_id", MCH_ID)
        .set("openid", "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o")
        .set("is_subscribe", "N")
        .set("nonce_str", NonceStr::random().as_str())
        .set("product_id", format!("VM0001-{slot}"));
    fields
}

fn sealed(fields: &Fields, key: &str) -> String {
    let mut fields = fields.clone();
    let mark = sign(&fields, &ApiKey::parse(key).unwrap(), SignType::Md5);
    fields.set("sign", mark);
    xml::write(&fields)
}

fn now_s() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}
