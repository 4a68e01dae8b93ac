//! What a finger on the screen means.

use embedded_graphics::geometry::{Point, Size};

use crate::{Language, View, layout};

/// What the customer asked for by a touch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Touch {
    /// To buy what lies in this slot.
    Select(u16),
    /// Not to pay after all.
    Cancel,
    /// To leave the last screen of a sale early.
    Back,
    /// To read this language.
    Language(Language),
    /// To see this page of the catalogue, from 0.
    Page(u16),
}

/// What a touch at this point of a screen of this size means; nothing beside the buttons.
///
/// The point is in pixels from the upper left corner, as the picture was drawn.
#[must_use]
pub fn touch(view: &View, size: Size, at: Point) -> Option<Touch> {
    layout::scene(view, size).touch(at)
}
