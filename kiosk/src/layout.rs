//! Where everything stands on each screen: a function of the view and the size.

use embedded_graphics::geometry::{Point, Size};
use embedded_graphics::primitives::Rectangle;

use crate::scene::Scene;
use crate::{Language, Screen, View};

mod catalogue;
mod header;
mod message;
mod payment;
#[cfg(test)]
mod tests;

use message::Message;

/// The one source of all rectangles: the painter draws them, and `touch` looks a finger up in them.
pub(crate) fn scene(view: &View, size: Size) -> Scene {
    let mut scene = Scene::new(size);
    let page = Page { language: view.language, area: Rectangle::new(Point::zero(), size) };
    match &view.screen {
        Screen::Starting => message::show(&mut scene, page, &Message::starting(view.language)),
        Screen::Catalogue { items, page: number } => {
            catalogue::show(&mut scene, page, items, *number)
        }
        Screen::Preparing { item } => {
            message::show(&mut scene, page, &Message::preparing(view.language, item))
        }
        Screen::Payment { item, code_url, seconds_left, seconds_total } => {
            let countdown = payment::Countdown { left: *seconds_left, total: *seconds_total };
            payment::show(&mut scene, page, item, code_url, countdown);
        }
        Screen::Checking { item } => {
            message::show(&mut scene, page, &Message::checking(view.language, item))
        }
        Screen::Vending { item } => {
            message::show(&mut scene, page, &Message::vending(view.language, item))
        }
        Screen::Farewell { item } => {
            message::show(&mut scene, page, &Message::farewell(view.language, item))
        }
        Screen::Sorry { item, trouble, order, phone } => {
            let numbers = message::Numbers { order, phone };
            let message = Message::sorry(view.language, item, *trouble, numbers);
            message::show(&mut scene, page, &message);
        }
        Screen::OutOfService { reason, phone } => {
            message::show(
                &mut scene,
                page,
                &Message::out_of_service(view.language, *reason, phone),
            );
        }
    }
    scene
}

/// The whole screen, and the language on it.
#[derive(Clone, Copy)]
struct Page {
    language: Language,
    area: Rectangle,
}
