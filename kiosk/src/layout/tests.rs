//! No screen, at any size, in any language, has a word cut off or a button out of reach.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::sync::LazyLock;

use embedded_graphics::geometry::{Point, Size};
use embedded_graphics::primitives::Rectangle;

use super::scene;
use crate::scene::{Look, Scene, Text};
use crate::specimens::{SIZES, cola, payment, shelf, views};
use crate::text::width;
use crate::{Label, Language, Refund, Screen, Touch, Trouble, View, touch};

/// A fingertip on the smallest panel.
const BUTTON_MIN: u32 = 38;

/// Every screen, language and size, with a name for messages; laid out once for all tests.
static EVERYWHERE: LazyLock<Vec<(String, View, Size, Scene)>> = LazyLock::new(|| {
    let at = |(name, view): (String, View)| {
        SIZES.map(|size| (format!("{name} at {size}"), view.clone(), size, scene(&view, size)))
    };
    views().flat_map(at).collect()
});

fn everywhere(check: impl Fn(&str, &View, Size, &Scene)) {
    EVERYWHERE.iter().for_each(|(name, view, size, scene)| check(name, view, *size, scene));
}

fn texts(scene: &Scene) -> impl Iterator<Item = (Rectangle, &Text)> {
    scene.widgets.iter().filter_map(|widget| match &widget.look {
        Look::Text(text) => Some((widget.area, text)),
        Look::Panel(_) | Look::Qr { .. } | Look::Bar { .. } => None,
    })
}

fn buttons(scene: &Scene) -> impl Iterator<Item = (Rectangle, Touch)> {
    scene.widgets.iter().filter_map(|widget| Some((widget.area, widget.touch?)))
}

#[test]
fn everything_stands_on_the_screen() {
    everywhere(|name, _, size, scene| {
        let screen = Rectangle::new(Point::zero(), size);
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
    everywhere(|name, _, _, scene| {
        for (area, text) in texts(scene) {
            assert!(text.lines.height() <= area.size.height, "{name}: {text:?} in {area:?}");
            for line in &text.lines.lines {
                let width = width(line, text.style.face, text.lines.em);
                assert!(width <= area.size.width, "{name}: {line} is {width} wide in {area:?}");
            }
        }
    });
}

/// Only the operator's names may end in "…": what we say ourselves is short enough everywhere.
#[test]
fn our_own_words_are_never_cut() {
    everywhere(|name, view, _, scene| {
        let longest = shelf(7).pop().unwrap().name;
        for (_, text) in texts(scene).filter(|(_, text)| !text.lines.whole) {
            let shown = text.lines.lines.concat().replace([' ', '…'], "");
            let full = longest.in_language(view.language).replace(' ', "");
            assert!(full.starts_with(&shown), "{name}: {text:?}");
        }
    });
}

#[test]
fn texts_do_not_lie_on_each_other() {
    everywhere(|name, _, _, scene| {
        let texts = texts(scene).collect::<Vec<_>>();
        for (index, (area, text)) in texts.iter().enumerate() {
            let mut others = texts.iter().skip(index + 1);
            let other = others.find(|(other, _)| !other.intersection(area).is_zero_sized());
            assert!(other.is_none(), "{name}: {text:?} and {other:?}");
        }
    });
}

#[test]
fn buttons_are_large_enough_and_apart() {
    everywhere(|name, _, _, scene| {
        let buttons = buttons(scene).collect::<Vec<_>>();
        for (index, (area, touch)) in buttons.iter().enumerate() {
            let smaller_side = area.size.width.min(area.size.height);
            assert!(smaller_side >= BUTTON_MIN, "{name}: {touch:?} at {area:?}");
            let mut others = buttons.iter().skip(index + 1);
            let other = others.find(|(other, _)| !other.intersection(area).is_zero_sized());
            assert!(other.is_none(), "{name}: {touch:?} and {other:?}");
        }
    });
}

#[test]
fn a_touch_anywhere_on_a_button_is_that_button() {
    everywhere(|name, view, size, scene| {
        for (area, meaning) in buttons(scene) {
            let corner = area.bottom_right().unwrap();
            for at in [area.top_left, corner] {
                assert_eq!(scene.touch(at), Some(meaning), "{name}: {at}");
            }
            let beside = corner + Point::new(1, 1);
            assert_ne!(scene.touch(beside), Some(meaning), "{name}: {beside}");
            assert_eq!(touch(view, size, area.center()), Some(meaning), "{name}");
        }
    });
}

#[test]
fn every_screen_leads_to_the_other_language() {
    everywhere(|name, view, _, scene| {
        let switch = Touch::Language(view.language.other());
        assert_eq!(buttons(scene).filter(|(_, touch)| *touch == switch).count(), 1, "{name}");
    });
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
    let scene = scene(&View { language, screen }, Size::new(800, 480));
    texts(&scene).map(|(_, text)| text.lines.lines.join(" ")).collect()
}

#[test]
fn a_refund_names_its_amount_and_its_order() {
    for language in Language::ALL {
        refunds(language, |trouble, _, said| {
            assert_eq!(said.iter().filter(|line| line.contains("¥3.50")).count(), 1, "{trouble:?}");
            assert!(said.contains(&"VM0001-1".to_owned()), "{trouble:?}: {said:?}");
        });
    }
}

#[test]
fn a_refund_that_is_done_is_the_good_news() {
    refunds(Language::English, |trouble, refund, said| {
        let good = said.contains(&"✓".to_owned()) && said.contains(&"Refunded".to_owned());
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
    let scene = scene(&View { language: Language::English, screen }, size);
    let touches = buttons(&scene).map(|(_, touch)| touch);
    touches.filter(|touch| !matches!(touch, Touch::Language(_))).collect()
}

#[test]
fn only_what_can_be_bought_can_be_chosen() {
    let size = Size::new(800, 480);
    let screen = Screen::Catalogue { items: shelf(6), page: 0 };
    assert_eq!(asked(screen, size), [1, 2, 4, 6].map(Touch::Select));
    assert_eq!(asked(payment(cola(), 9), size), [Touch::Cancel]);
    assert_eq!(asked(Screen::Farewell { item: cola() }, size), [Touch::Back]);
    assert_eq!(asked(Screen::Vending { item: cola() }, size), []);
    assert_eq!(asked(Screen::Starting, size), []);
}

#[test]
fn the_pages_of_a_catalogue_show_each_item_once() {
    for size in SIZES {
        let mut chosen = Vec::new();
        let mut page = Some(0);
        while let Some(number) = page {
            let touches = asked(Screen::Catalogue { items: shelf(60), page: number }, size);
            let slot =
                |touch: &Touch| if let Touch::Select(slot) = touch { Some(*slot) } else { None };
            chosen.extend(touches.iter().filter_map(slot));
            page = touches.contains(&Touch::Page(number + 1)).then_some(number + 1);
            assert_eq!(
                number > 0,
                touches.iter().any(|t| matches!(t, Touch::Page(to) if to + 1 == number))
            );
        }
        let expected = shelf(60).into_iter().filter(|item| item.slot != 3 && item.slot != 5);
        assert_eq!(chosen, expected.map(|item| item.slot).collect::<Vec<_>>(), "at {size}");
    }
}

#[test]
fn a_page_beyond_the_last_is_the_last() {
    let size = Size::new(320, 240);
    let page = |page| asked(Screen::Catalogue { items: shelf(20), page }, size);
    assert_eq!(page(u16::MAX), page(3));
    assert!(page(u16::MAX).contains(&Touch::Select(20)));
}

#[test]
fn the_code_is_as_large_as_it_can_be() {
    for (size, module) in SIZES.into_iter().zip([6, 6, 8, 8, 12, 12, 16, 21, 21]) {
        let view = View { language: Language::Chinese, screen: payment(cola(), 72) };
        let scene = scene(&view, size);
        let codes = scene.widgets.iter().filter_map(|widget| match &widget.look {
            Look::Qr { module, .. } => Some((*module, widget.area.size)),
            Look::Panel(_) | Look::Text(_) | Look::Bar { .. } => None,
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
        sizes.iter().for_each(|size| drop(scene(&view, *size)));
    }
    let name = Label { zh: "\u{0}\u{1F600}汉".repeat(500), en: String::new() };
    let item = crate::Item { name, price_fen: u32::MAX, slot: u16::MAX, ..cola() };
    let code_url = "w".repeat(10_000);
    let screens = [
        Screen::Payment { item: item.clone(), code_url, seconds_left: 9, seconds_total: 0 },
        Screen::Catalogue { items: vec![item; 100], page: 99 },
    ];
    for (screen, language) in screens.into_iter().zip(Language::ALL) {
        let view = View { language, screen };
        SIZES.iter().chain(&sizes).for_each(|size| drop(scene(&view, *size)));
    }
}
