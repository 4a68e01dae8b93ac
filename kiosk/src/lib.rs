//! The customer's side: screens drawn with embedded-graphics, and what a touch on them means.
//!
//! A [`View`] is a value, a [`Design`] is what the operator chose. [`Painter::draw`] turns both
//! into a picture and [`touch`] says what a finger at a point of that picture means; both ask the
//! same layout, so a button is where it is drawn. [`sticker`] draws what the operator glues to the
//! machine. Nothing here knows rules about money, devices, clocks or files.

mod area;
mod band;
mod brush;
mod canvas;
mod color;
mod damage;
mod design;
mod dirty;
mod fade;
mod font;
mod glyphs;
mod icon;
mod language;
mod layout;
mod painter;
mod picture;
mod price;
mod qr;
mod scaled;
mod scene;
mod shape;
#[cfg(test)]
mod specimens;
mod stage;
pub mod sticker;

mod text;
mod theme;
mod touch;
mod view;
mod words;

pub use canvas::Canvas;
pub use design::{Appearance, Design, Motion};
pub use font::{FontError, Fonts};
pub use language::{Label, Language};
pub use painter::Painter;
pub use picture::{Picture, PictureError};
pub use touch::{Touch, touch};
pub use view::{Availability, Item, Outage, Progress, Refund, Screen, Trouble, View};
