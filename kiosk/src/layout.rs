//! Where everything stands on each screen: a function of the view, the design and the size.

use std::time::Duration;

use embedded_graphics::geometry::Size;

use crate::scene::Scene;
use crate::stage::Stage;
use crate::{Design, Screen, View};

mod attract;
mod catalogue;
mod frame;
mod keypad;
mod languages;
mod message;
mod payment;
mod product;
#[cfg(test)]
mod tests;
mod vending;

use message::{Message, Numbers};

/// When the screen is looked at.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Moment {
    /// How long it has been there.
    pub(crate) elapsed: Duration,
}

/// The one source of all rectangles: the painter draws them, and `touch` looks a finger up in them.
pub(crate) fn scene(design: &Design, view: &View, size: Size, moment: Moment) -> Scene {
    let mut stage = Stage::new(design, view.language, size);
    if view.choosing_language {
        languages::show(&mut stage);
        return stage.scene;
    }
    let language = view.language;
    match &view.screen {
        Screen::Starting => message::show(&mut stage, &Message::starting(language)),
        Screen::Attract { items } => attract::show(&mut stage, items, moment),
        Screen::Catalogue { items, page, keypad } => {
            catalogue::show(&mut stage, items, *page, *keypad);
        }
        Screen::Keypad { typed, item } => keypad::show(&mut stage, typed, item.as_ref()),
        Screen::Product { item } => product::show(&mut stage, item),
        Screen::Preparing { item } => {
            message::show(&mut stage, &Message::preparing(language, item))
        }
        Screen::Payment { item, code_url, seconds_left, seconds_total } => {
            let countdown = payment::Countdown { left: *seconds_left, total: *seconds_total };
            stage = Stage::light(design, language, size);
            payment::show(&mut stage, item, code_url, countdown);
        }
        Screen::Checking { item } => message::show(&mut stage, &Message::checking(language, item)),
        Screen::Vending { item, progress } => vending::show(&mut stage, item, *progress),
        Screen::Farewell { item } => vending::show_farewell(&mut stage, item),
        Screen::Sorry { item, trouble, order, phone } => {
            let numbers = Numbers { order, phone };
            message::show(&mut stage, &Message::sorry(language, item, *trouble, numbers));
        }
        Screen::OutOfService { reason, phone } => {
            message::show(&mut stage, &Message::out_of_service(language, *reason, phone));
        }
    }
    stage.scene
}
