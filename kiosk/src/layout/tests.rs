//! No screen, at any size, in any language, has a word cut off or a button out of reach.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::sync::LazyLock;

use embedded_graphics::geometry::{Point, Size};
use embedded_graphics::primitives::Rectangle;

use super::{Moment, scene};
use crate::scene::{Look, Scene, Text};
use crate::specimens::{SIZES, cola, payment, shelf, views};
use crate::text::{Letters, width};
use crate::theme::Theme;
use crate::{Design, Label, Language, Refund, Screen, Touch, Trouble, View, touch};

/// With all languages.
static DESIGN: LazyLock<Design> =
    LazyLock::new(|| Design { languages: Language::ALL.to_vec(), ..Design::default() });

/// With larger letters too.
static LARGE: LazyLock<Design> = LazyLock::new(|| Design { large_type: true, ..DESIGN.clone() });

/// One screen as it is laid out.
struct Laid {
    /// For messages.
    name: String,
    view: View,
    size: Size,
    design: &'static Design,
    scene: Scene,
}

/// Every screen, language and size, with usual and large letters; laid out once for all tests.
static EVERYWHERE: LazyLock<Vec<Laid>> = LazyLock::new(|| {
    let designs = [("", &*DESIGN), (", large", &*LARGE)];
    let at = |(name, view): (String, View)| {
        designs.map(|(how, design)| {
            SIZES.map(|size| Laid {
                name: format!("{name} at {size}{how}"),
                scene: laid(design, &view, size),
                view: view.clone(),
                size,
                design,
            })
        })
    };
    views().flat_map(at).flatten().collect()
});

fn laid(design: &Design, view: &View, size: Size) -> Scene {
    scene(design, view, size, Moment::default())
}

fn everywhere(check: impl Fn(&Laid)) {
    EVERYWHERE.iter().for_each(check);
}

fn texts(scene: &Scene) -> impl Iterator<Item = (Rectangle, &Text)> {
    scene.widgets.iter().filter_map(|widget| match &widget.look {
        Look::Text(text) => Some((widget.area, text)),
        Look::Fill(_)
        | Look::Card(_)
        | Look::Shadow { .. }
        | Look::Icon { .. }
        | Look::Photo { .. }
        | Look::Qr { .. }
        | Look::Ring(_) => None,
    })
}

fn buttons(scene: &Scene) -> impl Iterator<Item = (Rectangle, Touch)> {
    scene.widgets.iter().filter_map(|widget| Some((widget.area, widget.touch?)))
}

#[test]
fn everything_stands_on_the_screen() {
    everywhere(|Laid { name, size, scene, .. }| {
        let screen = Rectangle::new(Point::zero(), *size);
        for widget in &scene.widgets {
            assert_eq!(widget.area.intersection(&screen), widget.area, "{name}: {widget:?}");
            assert!(!widget.area.is_zero_sized() || is_blank(&widget.look), "{name}: {widget:?}");
        }
    });
}

/// Words of which nothing is there, such as a name that the operator left empty.
fn is_blank(look: &Look) -> bool {
    matches!(look, Look::Text(text) if text.lines.lines.is_empty())
}

#[test]
fn no_text_is_larger_than_its_box() {
    everywhere(|Laid { name, design, scene, .. }| {
        for (area, text) in texts(scene) {
            assert!(text.lines.height() <= area.size.height, "{name}: {text:?} in {area:?}");
            for line in &text.lines.lines {
                let width =
                    width(Letters::new(&design.fonts, text.style.face), line, text.lines.em);
                assert!(width <= area.size.width, "{name}: {line} is {width} wide in {area:?}");
            }
        }
    });
}

/// Only the operator's names may end in "…": what we say ourselves is short enough everywhere.
#[test]
fn our_own_words_are_never_cut() {
    let longest = shelf(8).pop().unwrap().name;
    let names = shelf(8).into_iter().map(|item| item.name).collect::<Vec<_>>();
    everywhere(|Laid { name, view, scene, .. }| {
        let full = longest.in_language(view.language).replace(' ', "");
        for (_, text) in texts(scene).filter(|(_, text)| !text.lines.whole) {
            let shown = text.lines.lines.concat().replace([' ', '…'], "");
            let mut names = names.iter().map(|name| name.in_language(view.language));
            let is_name = names.any(|name| name.replace(' ', "").starts_with(&shown));
            assert!(is_name || full.starts_with(&shown), "{name}: {text:?}");
        }
    });
}

/// At arm's length on the smallest panel; ISO 9241-303 asks for 16 minutes of arc at least.
#[test]
fn no_letter_is_too_small_to_read() {
    everywhere(|Laid { name, scene, .. }| {
        for (_, text) in texts(scene).filter(|(_, text)| !text.lines.lines.is_empty()) {
            assert!(text.lines.em >= 9, "{name}: {text:?}");
        }
    });
}

#[test]
fn texts_do_not_lie_on_each_other() {
    everywhere(|Laid { name, scene, .. }| {
        let texts = texts(scene).collect::<Vec<_>>();
        for (index, (area, text)) in texts.iter().enumerate() {
            let mut others = texts.iter().skip(index + 1);
            let other = others.find(|(other, _)| !other.intersection(area).is_zero_sized());
            assert!(other.is_none(), "{name}: {text:?} and {other:?}");
        }
    });
}

/// Nor do pictures, signs and rings lie on words.
#[test]
fn no_picture_lies_on_words() {
    everywhere(|Laid { name, scene, .. }| {
        let pictures = scene.widgets.iter().filter(|widget| {
            matches!(widget.look, Look::Photo { .. } | Look::Icon { .. } | Look::Qr { .. })
        });
        for picture in pictures {
            let other = texts(scene).find(|(area, text)| {
                let words = area.intersection(&picture.area);
                // The lines stand in the middle of their box.
                let blank = area.size.height.saturating_sub(text.lines.height()) / 2;
                words.size.height > blank && words.size.width > 2
            });
            assert!(other.is_none(), "{name}: {picture:?} and {other:?}");
        }
    });
}

#[test]
fn buttons_are_fingertips_and_apart() {
    everywhere(|Laid { name, size, design, scene, .. }| {
        let fingertip = Theme::of(design, *size).fingertip;
        let buttons = buttons(scene).collect::<Vec<_>>();
        for (index, (area, touch)) in buttons.iter().enumerate() {
            let smaller_side = area.size.width.min(area.size.height);
            assert!(smaller_side >= fingertip, "{name}: {touch:?} at {area:?}, not {fingertip}");
            let mut others = buttons.iter().skip(index + 1);
            let other = others.find(|(other, _)| !other.intersection(area).is_zero_sized());
            assert!(other.is_none(), "{name}: {touch:?} and {other:?}");
        }
    });
}

/// Somebody in a wheelchair reaches the lower part of a high panel.
#[test]
fn on_a_high_panel_every_button_but_the_goods_is_in_the_lower_three_fifths() {
    everywhere(|Laid { name, size, scene, .. }| {
        if size.height < 800 || size.height <= size.width {
            return;
        }
        for (area, touch) in buttons(scene) {
            let free = matches!(touch, Touch::Select(_) | Touch::Language(_) | Touch::Wake);
            let low = area.center().y * 5 >= i32::try_from(size.height).unwrap() * 2;
            assert!(free || low, "{name}: {touch:?} at {area:?}");
        }
    });
}

#[test]
fn a_touch_anywhere_on_a_button_is_that_button() {
    everywhere(|Laid { name, view, size, design, scene }| {
        for (area, meaning) in buttons(scene) {
            let corner = area.bottom_right().unwrap();
            for at in [area.top_left, corner] {
                assert_eq!(scene.touch(at), Some(meaning), "{name}: {at}");
            }
            let beside = corner + Point::new(1, 1);
            assert_ne!(scene.touch(beside), Some(meaning), "{name}: {beside}");
            assert_eq!(touch(design, view, *size, area.center()), Some(meaning), "{name}");
        }
    });
}

/// But where a touch anywhere leads on.
#[test]
fn every_screen_leads_to_the_other_languages() {
    everywhere(|Laid { name, view, scene, .. }| {
        let wanted = if view.choosing_language {
            Touch::Language(Language::Russian)
        } else if matches!(view.screen, Screen::Attract { .. }) {
            Touch::Wake
        } else {
            Touch::Languages
        };
        assert_eq!(buttons(scene).filter(|(_, touch)| *touch == wanted).count(), 1, "{name}");
    });
}

#[test]
fn of_two_languages_the_switch_is_the_other_one_and_of_one_there_is_none() {
    let view = View::new(Language::Chinese, Screen::Farewell { item: cola() });
    let switches = |languages: &[Language]| {
        let design = Design { languages: languages.to_vec(), ..Design::default() };
        let scene = laid(&design, &view, Size::new(320, 240));
        let touches = buttons(&scene).map(|(_, touch)| touch);
        touches.filter(|touch| *touch != Touch::Back).collect::<Vec<_>>()
    };
    let (zh, ru) = (Language::Chinese, Language::Russian);
    assert_eq!(switches(&[zh, ru]), [Touch::Language(ru)]);
    assert_eq!(switches(&[zh, zh]), []);
    assert_eq!(switches(&[]), []);
}

/// Every refund there can be, at each step of its way, on the screen of this language.
fn refunds(language: Language, check: impl Fn(Trouble, Refund, &[String])) {
    let kinds = [Trouble::NotVended, Trouble::InDoubtRefund, Trouble::PaidTooLate];
    for refund in [Refund::Owed, Refund::UnderWay, Refund::Done] {
        for trouble in kinds.map(|kind| kind(refund)) {
            check(trouble, refund, &said(language, trouble));
        }
    }
}

/// All lines of the screen that says sorry for this.
fn said(language: Language, trouble: Trouble) -> Vec<String> {
    let (order, phone) = ("VM0001-1".to_owned(), "400-000-0000".to_owned());
    let screen = Screen::Sorry { item: cola(), trouble, order, phone };
    let scene = laid(&DESIGN, &View::new(language, screen), Size::new(800, 480));
    texts(&scene).map(|(_, text)| text.lines.lines.join(" ")).collect()
}

#[test]
fn a_refund_names_its_amount_and_its_order() {
    for language in Language::ALL {
        refunds(language, |trouble, _, said| {
            let price = language.price(350);
            assert_eq!(said.iter().filter(|line| line.contains(&price)).count(), 1, "{trouble:?}");
            assert!(said.contains(&"VM0001-1".to_owned()), "{trouble:?}: {said:?}");
        });
    }
}

#[test]
fn a_refund_that_is_done_is_the_good_news() {
    refunds(Language::English, |trouble, refund, said| {
        let good = said.contains(&"Refunded".to_owned());
        assert_eq!(good, refund == Refund::Done, "{trouble:?}: {said:?}");
    });
}

#[test]
fn the_telephone_is_given_where_a_person_settles_it() {
    let given = |said: &[String]| said.contains(&"400-000-0000".to_owned());
    refunds(Language::Chinese, |trouble, refund, said| {
        assert_eq!(given(said), refund == Refund::Owed, "{trouble:?}: {said:?}");
    });
    for (trouble, called) in [(Trouble::InDoubt, true), (Trouble::SlotBlocked, false)] {
        assert_eq!(given(&said(Language::Chinese, trouble)), called, "{trouble:?}");
    }
}

/// What can be asked for besides the language.
fn asked(screen: Screen, size: Size) -> Vec<Touch> {
    let scene = laid(&DESIGN, &View::new(Language::English, screen), size);
    let touches = buttons(&scene).map(|(_, touch)| touch);
    touches.filter(|touch| *touch != Touch::Languages).collect()
}

#[test]
fn only_what_can_be_bought_can_be_chosen() {
    let size = Size::new(800, 480);
    let screen = Screen::Catalogue { items: shelf(6), page: 0, keypad: false };
    assert_eq!(asked(screen, size), [1, 2, 4, 5].map(Touch::Select));
    let keypad = |number: u16| {
        let item = shelf(number).pop();
        asked(Screen::Keypad { typed: number.to_string(), item }, size)
    };
    assert!(keypad(4).contains(&Touch::Select(4)) && !keypad(3).contains(&Touch::Select(3)));
    assert_eq!(asked(payment(cola(), 9), size), [Touch::Cancel]);
    assert_eq!(asked(Screen::Farewell { item: cola() }, size), [Touch::Back]);
    let progress = crate::Progress::Paid;
    assert_eq!(asked(Screen::Vending { item: cola(), progress }, size), []);
    assert_eq!(asked(Screen::Product { item: cola() }, size), [Touch::Back, Touch::Buy(1)]);
    assert_eq!(asked(Screen::Starting, size), []);
}

#[test]
fn the_pages_of_a_catalogue_show_each_item_once() {
    for size in SIZES {
        let mut chosen = Vec::new();
        let mut page = Some(0);
        while let Some(number) = page {
            let screen = Screen::Catalogue { items: shelf(60), page: number, keypad: true };
            let touches = asked(screen, size);
            let slot =
                |touch: &Touch| if let Touch::Select(slot) = touch { Some(*slot) } else { None };
            chosen.extend(touches.iter().filter_map(slot));
            page = touches.contains(&Touch::Page(number + 1)).then_some(number + 1);
            assert_eq!(
                number > 0,
                touches.iter().any(|t| matches!(t, Touch::Page(to) if to + 1 == number))
            );
        }
        let expected = shelf(60).into_iter().filter(|item| item.slot != 3 && item.slot != 6);
        assert_eq!(chosen, expected.map(|item| item.slot).collect::<Vec<_>>(), "at {size}");
    }
}

#[test]
fn a_page_beyond_the_last_is_the_last() {
    let size = Size::new(320, 240);
    let page = |page| asked(Screen::Catalogue { items: shelf(20), page, keypad: false }, size);
    assert_eq!(page(u16::MAX), page(4));
    assert!(page(u16::MAX).contains(&Touch::Select(20)));
}

#[test]
fn the_code_is_as_large_as_it_can_be() {
    for (size, module) in SIZES.into_iter().zip([6, 5, 8, 8, 12, 12, 16, 16, 21, 21]) {
        let view = View::new(Language::Chinese, payment(cola(), 72));
        let scene = laid(&DESIGN, &view, size);
        let codes = scene.widgets.iter().filter_map(|widget| match &widget.look {
            Look::Qr { module, .. } => Some((*module, widget.area.size)),
            Look::Fill(_)
            | Look::Card(_)
            | Look::Shadow { .. }
            | Look::Text(_)
            | Look::Icon { .. }
            | Look::Photo { .. }
            | Look::Ring(_) => None,
        });
        assert_eq!(
            codes.collect::<Vec<_>>(),
            [(module, Size::new_equal(37 * module))],
            "at {size}"
        );
    }
}

/// Screens nobody sells, and contents nobody should configure: no panic, whatever it looks like.
#[test]
fn odd_sizes_and_contents_are_survived() {
    let odd = [(0, 0), (1, 1), (0, 300), (50, 20), (160, 128), (4000, 30), (30, 4000)];
    let sizes = odd.map(|(width, height)| Size::new(width, height));
    for (_, view) in views() {
        sizes.iter().for_each(|size| drop(laid(&DESIGN, &view, *size)));
    }
    let name = Label::new("\u{0}\u{1F600}汉".repeat(500), "");
    let item = crate::Item { name, price_fen: u32::MAX, slot: u16::MAX, ..cola() };
    let code_url = "w".repeat(10_000);
    let screens = [
        Screen::Payment { item: item.clone(), code_url, seconds_left: 9, seconds_total: 0 },
        Screen::Catalogue { items: vec![item.clone(); 100], page: 99, keypad: true },
        Screen::Keypad { typed: "9".repeat(99), item: Some(item.clone()) },
        Screen::Attract { items: vec![item] },
    ];
    for (screen, language) in screens.into_iter().zip(Language::ALL) {
        let view = View::new(language, screen);
        SIZES.iter().chain(&sizes).for_each(|size| drop(laid(&DESIGN, &view, *size)));
    }
}
