//! What customers do who look around, and how the machine is set up for them, in the dialogues'
//! words.

use std::time::Duration;

use hardware::board::BoardEvent;
use kiosk::{Item, Language, Screen, Touch};

use super::World;
use crate::sale::{Event, Slot};

impl World {
    /// A line about the machine or the time; returns whether it was one.
    pub(super) fn set_up(&mut self, line: &str) -> bool {
        match line.split(' ').collect::<Vec<_>>().as_slice() {
            ["attract", "after", seconds] => {
                let seconds = seconds.parse().unwrap();
                self.settings.attract_after = Some(Duration::from_secs(seconds));
            }
            ["product", "page"] => self.settings.product_page = true,
            ["with", "keypad"] => self.settings.keypad = true,
            ["cheapest", "first"] => self.settings.cheapest_first = true,
            ["names"] => {
                let cola = kiosk::Label::new("Cola", "Cola").with(Language::Japanese, "コーラ");
                let other = kiosk::Label::new("Milk", "Milk").with(Language::Japanese, "牛乳");
                let slots = [(1, cola), (2, other)];
                let slots = slots.map(|(slot, name)| (Slot::try_from(slot).unwrap(), name));
                self.settings.names = slots.into();
            }
            ["list"] => {
                self.lists_items = true;
                return true;
            }
            ["pass", seconds] => {
                self.pass(seconds);
                return true;
            }
            _ => return false,
        }
        self.machine = self.restarted();
        true
    }

    /// A finger, or the word that a motor turns.
    pub(super) fn browsing_event(&self, words: &[&str]) -> Option<Event> {
        Some(Event::Touched(match words {
            ["wake"] => Touch::Wake,
            ["buy", slot] => Touch::Buy(slot.parse().unwrap()),
            ["page", page] => Touch::Page(page.parse().unwrap()),
            ["keypad"] => Touch::Keypad,
            ["digit", digit] => Touch::Digit(digit.parse().unwrap()),
            ["erase"] => Touch::Erase,
            ["languages"] => Touch::Languages,
            ["english"] => Touch::Language(Language::English),
            ["japanese"] => Touch::Language(Language::Japanese),
            ["started"] => return Some(Event::Board(BoardEvent::VendStarted { tag: self.tag() })),
            ["other", "started"] => {
                let tag = self.tag() + 1;
                return Some(Event::Board(BoardEvent::VendStarted { tag }));
            }
            _ => return None,
        }))
    }
}

/// The items of a screen, as they are called and in their order.
pub(super) fn item_names(screen: &Screen, language: Language) -> String {
    let items: &[Item] = match screen {
        Screen::Catalogue { items, .. } | Screen::Attract { items } => items,
        Screen::Preparing { item } => std::slice::from_ref(item),
        _ => &[],
    };
    let names = items.iter();
    let names = names.map(|item| format!(" {} {}", item.slot, item.name.in_language(language)));
    names.collect()
}

#[test]
fn the_loop_is_woken_for_whatever_changes_by_itself() {
    let seconds = Duration::from_secs;
    let mut world = World::new();
    for line in ["attract after 60", "with keypad", "board up", "later 0 audit"] {
        world.hear(line);
    }
    let wakes = |world: &World| world.machine.next_wake(&world.now).unwrap();
    assert_eq!(wakes(&world), seconds(60), "nobody has been there since the start");
    world.hear("languages");
    assert_eq!(wakes(&world), seconds(1 + 15), "the list closes");
    world.hear("languages");
    assert_eq!(wakes(&world), seconds(1 + 60), "nobody has been there since the touch");
    world.hear("keypad");
    assert_eq!(wakes(&world), seconds(1 + 45), "the keypad closes");
    world.hear("pass 10");
    world.hear("digit 1");
    assert_eq!(wakes(&world), seconds(11 + 45), "the keypad closes after the last digit");
    world.hear("wait 45");
    assert_eq!(wakes(&world), seconds(11 + 60));
    world.hear("pass 15");
    assert!(wakes(&world) > seconds(11 + 60), "what has come is not waited for");
}
