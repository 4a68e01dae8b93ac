//! What the panel should show, drawn by the test itself, and where to put a finger on it.

use embedded_graphics::geometry::{Point, Size};
use kiosk::{Item, Language, Outage, Screen, Touch, View, touch};
use tests::machine::PHONE;

use crate::scene::{LIMIT, PATIENCE, Scene};

/// Buttons are looked for on a grid this fine; a finger is wider.
const GRID: usize = 16;

impl Scene {
    /// Waits until the panel shows exactly this.
    pub(crate) fn shows(&self, view: &View) {
        if let Err(error) = self.wait_for_view(view, LIMIT) {
            panic!("{error}; {}", self.story());
        }
    }

    /// Touches `button` of what the panel shows until it shows `next`.
    pub(crate) fn press(&self, view: &View, button: Touch, next: &View) {
        let (x, y) = self.spot(view, button);
        let touch = || self.panel.touch(x, y).unwrap();
        self.insist(touch, || self.wait_for_view(next, PATIENCE).ok());
    }

    /// Waits until the panel says, in the machine's language, why nothing is sold.
    pub(crate) fn shows_outage(&self, reason: Outage) {
        let phone = PHONE.to_owned();
        let screen = Screen::OutOfService { reason, phone };
        self.shows(&View::new(self.settings.language, screen));
    }

    /// A pixel of `button` well inside of it.
    pub(crate) fn spot(&self, view: &View, button: Touch) -> (u32, u32) {
        let (width, height) = self.settings.size;
        let size = Size::new(width, height);
        let grid = |side: u32| (8..side).step_by(GRID);
        let spots = grid(height).flat_map(|y| grid(width).map(move |x| (x, y)));
        let hits = |(x, y): &(u32, u32)| {
            let at = Point::new(i32::try_from(*x).unwrap(), i32::try_from(*y).unwrap());
            touch(&self.design, view, size, at) == Some(button)
        };
        let spots: Vec<_> = spots.filter(hits).collect();
        *spots.get(spots.len() / 2).expect("the screen has this button")
    }

    pub(crate) fn item(&self, slot: u16) -> Item {
        self.settings.items().into_iter().find(|item| item.slot == slot).unwrap()
    }

    /// The first page of the catalogue in `language`.
    pub(crate) fn catalogue(&self, language: Language) -> View {
        let keypad = self.settings.screen.keypad;
        View::new(language, Screen::Catalogue { items: self.settings.items(), page: 0, keypad })
    }
}
