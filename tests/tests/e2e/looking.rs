//! Customers who look around on the real machine's panel before they buy.

use kiosk::{Language, Screen, Touch, View};
use tests::machine::{MachineSettings, ScreenSettings};

use crate::scene::{LIMIT, Scene, quick};

#[test]
fn a_customer_is_attracted_reads_korean_types_a_number_and_looks_before_buying() {
    let screen = ScreenSettings {
        languages: Language::ALL.to_vec(),
        attract_after_seconds: 10,
        cheapest_first: true,
        product_page: true,
        keypad: true,
        ..ScreenSettings::default()
    };
    let scene = Scene::open(MachineSettings { screen, ..quick() });
    let attract = Screen::Attract { items: scene.settings.items() };
    let attract = View::new(Language::English, attract);
    let catalogue = scene.catalogue(Language::English);
    scene.shows(&attract);
    scene.press(&attract, Touch::Wake, &catalogue);
    // A second finger would undo what the first one did.
    let once = |view: &View, button: Touch, next: &View| {
        let (x, y) = scene.spot(view, button);
        scene.panel.touch(x, y).unwrap();
        scene.shows(next);
    };
    let list = View { choosing_language: true, ..catalogue.clone() };
    once(&catalogue, Touch::Languages, &list);
    let korean = scene.catalogue(Language::Korean);
    scene.press(&list, Touch::Language(Language::Korean), &korean);

    let view = |screen| View::new(Language::Korean, screen);
    let keypad = view(Screen::Keypad { typed: String::new(), item: None });
    scene.press(&korean, Touch::Keypad, &keypad);
    let item = scene.item(4);
    let found = view(Screen::Keypad { typed: "4".to_owned(), item: Some(item.clone()) });
    once(&keypad, Touch::Digit(4), &found);
    let product = view(Screen::Product { item: item.clone() });
    scene.press(&found, Touch::Select(4), &product);

    let (x, y) = scene.spot(&product, Touch::Buy(4));
    scene.panel.touch(x, y).unwrap();
    scene.gateway.pay(&scene.phone.wait_for_code(LIMIT).unwrap()).unwrap();
    let farewell = view(Screen::Farewell { item });
    scene.shows(&farewell);
    scene.press(&farewell, Touch::Back, &catalogue);
    assert_eq!(scene.drops(4), 1);
}
