//! The live page in a real browser: buy through it, and see it tell the story.

use std::{fs, path::Path, process::Command};

use fantoccini::{
    Client, ClientBuilder, Locator,
    actions::{InputSource as _, MOUSE_BUTTON_LEFT, MouseActions, PointerAction},
    elements::Element,
};
use hyper_util::client::legacy::connect::HttpConnector;
use kiosk::Touch;
use serde_json::json;
use tests::{customer::Seen, machine::MachineSettings, page::Page};

use crate::{
    scene::{LIMIT, Scene, quick},
    tools::{Companion, find},
};

/// Headless, and with nothing in it that calls anybody outside this computer.
const FLAGS: [&str; 9] = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--window-size=1280,800",
];

#[test]
fn a_person_buys_on_the_page() {
    let scene = Scene::open(MachineSettings { pulse_ms: 1500, ..quick() });
    browse(&scene, async |browser, url| buy(browser, &scene, url).await);
}

#[test]
fn the_page_tells_how_money_goes_back() {
    let scene = Scene::open(quick());
    browse(&scene, async |browser, url| get_money_back(browser, &scene, url).await);
}

/// Opens the page in a browser and lets `story` happen there.
fn browse(scene: &Scene, story: impl AsyncFnOnce(&Client, &str)) {
    let Some(driver) = find("chromedriver", "chromium chromium-driver") else { return };
    let page = Page::serve(scene.world(), 0).unwrap();
    let profile = tempfile::tempdir().unwrap();
    // A browser is heavy; the worlds of the other tests run beside it.
    let mut command = Command::new("nice");
    let driver = Companion::start(command.args(["-n", "10"]).arg(driver).arg("--port=0"));
    let started = driver.wait_for("ChromeDriver was started successfully on port ");
    let webdriver = format!("http://127.0.0.1:{}", started.trim_end_matches('.'));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let browser = open(&webdriver, profile.path()).await;
        let story = tokio::time::timeout(LIMIT * 2, story(&browser, &page.url())).await;
        // Ended before the verdict, so that no browser outlives a failed test.
        browser.close().await.unwrap();
        story.expect("the sale takes seconds");
    });
}

async fn open(webdriver: &str, profile: &Path) -> Client {
    let mut flags = FLAGS.map(str::to_owned).to_vec();
    flags.push(format!("--user-data-dir={}", profile.display()));
    let options = json!({ "args": flags });
    let wishes = [("goog:chromeOptions".to_owned(), options)].into_iter().collect();
    let mut builder = ClientBuilder::new(HttpConnector::new());
    builder.capabilities(wishes).connect(webdriver).await.unwrap()
}

/// From the catalogue to the farewell, all of it seen in the browser.
async fn buy(browser: &Client, scene: &Scene, url: &str) {
    browser.goto(url).await.unwrap();
    see(browser, "#picture:not([hidden])").await;
    let item = scene.spot(&scene.catalogue(scene.settings.language), Touch::Select(2));
    click_panel(browser, scene.settings.size, item).await;
    let pay = see(browser, "#pay:enabled").await;
    keep(browser, "page-payment.png").await;
    pay.click().await.unwrap();
    see(browser, "#coil1 .lamp.on").await;
    keep(browser, "page-lamp.png").await;
    for told in ["screen: farewell", "item dropped", "notify acknowledged", "relay off"] {
        tells(browser, told).await;
    }
    see(browser, "#lamps .lamp:not(.on)").await;
    keep(browser, "page-farewell.png").await;
    let figure = browser.find(Locator::Id("touch_to_code")).await.unwrap();
    assert!(figure.text().await.unwrap().ends_with(" ms"));
    let paid = browser.find(Locator::Id("paid")).await.unwrap();
    assert!(paid.text().await.unwrap().contains("VM0001"));
    scene.see("the farewell", |seen| seen == Seen::Farewell);
}

/// A jammed item is paid for while the merchant has no money; then it is there.
async fn get_money_back(browser: &Client, scene: &Scene, url: &str) {
    browser.goto(url).await.unwrap();
    see(browser, "#picture:not([hidden])").await;
    see(browser, "#balance_empty").await.click().await.unwrap();
    see(browser, "#balance_empty.on").await;
    let chosen = scene.buy_jammed(2);
    tells(browser, "refund answered").await;
    see(browser, "#balance_empty.on").await.click().await.unwrap();
    scene.wait_refunded_once(&chosen);
    for told in ["balance is empty", "balance is filled", "refunded ", "the money is back"] {
        tells(browser, told).await;
    }
    let row = "//*[@id='orders']//td[contains(text(), '2.00 back: SUCCESS')]";
    browser.wait().at_most(LIMIT).for_element(Locator::XPath(row)).await.unwrap();
    let figure = browser.find(Locator::Id("paid_to_refund")).await.unwrap();
    assert!(figure.text().await.unwrap().ends_with(" ms"));
    keep(browser, "page-refund.png").await;
}

/// A click of the mouse on a pixel of the panel.
async fn click_panel(browser: &Client, (width, height): (u32, u32), (x, y): (u32, u32)) {
    let screen = browser.find(Locator::Id("screen")).await.unwrap();
    let (left, top, shown_width, shown_height) = screen.rectangle().await.unwrap();
    let x = left + shown_width * f64::from(x) / f64::from(width);
    let y = top + shown_height * f64::from(y) / f64::from(height);
    let duration = None;
    let click = MouseActions::new("mouse".to_owned())
        .then(PointerAction::MoveTo { duration, x, y })
        .then(PointerAction::Down { button: MOUSE_BUTTON_LEFT })
        .then(PointerAction::Up { button: MOUSE_BUTTON_LEFT });
    browser.perform_actions(click).await.unwrap();
}

/// Waits for a line of the timeline.
async fn tells(browser: &Client, told: &str) {
    let line = format!("//*[@id='moments']//span[contains(text(), '{told}')]");
    let found = browser.wait().at_most(LIMIT).for_element(Locator::XPath(&line)).await;
    found.unwrap_or_else(|error| panic!("{told}: {error}"));
}

async fn see(browser: &Client, css: &str) -> Element {
    let found = browser.wait().at_most(LIMIT).for_element(Locator::Css(css)).await;
    found.unwrap_or_else(|error| panic!("{css}: {error}"))
}

/// For whoever wants to look at it.
async fn keep(browser: &Client, name: &str) {
    let png = browser.screenshot().await.unwrap();
    fs::write(Path::new(env!("CARGO_TARGET_TMPDIR")).join(name), png).unwrap();
}
