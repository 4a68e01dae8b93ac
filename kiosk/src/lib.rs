//! The customer's side: screens drawn with embedded-graphics, and what a touch on them means.
//!
//! A [`View`] is a value. [`Painter::draw`] turns it into a picture and [`touch`] says what a
//! finger at a point of that picture means; both ask the same layout, so a button is where it is
//! drawn. [`sticker`] draws what the operator glues to the machine. Nothing here knows rules about
//! money, devices, clocks or files.

mod area;
mod brush;
mod canvas;
mod dirty;
mod font;
mod glyphs;
mod language;
mod layout;
mod painter;
mod price;
mod qr;
mod scene;
#[cfg(test)]
mod specimens;
pub mod sticker;
mod text;
mod theme;
mod touch;
mod view;
mod words;

pub use canvas::Canvas;
pub use language::{Label, Language};
pub use painter::Painter;
pub use touch::{Touch, touch};
pub use view::{Availability, Item, Outage, Refund, Screen, Trouble, View};
