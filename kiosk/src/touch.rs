//! What a finger on the screen means.

use embedded_graphics::geometry::{Point, Size};

use crate::{Design, Language, View, layout};

/// What the customer asked for by a touch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Touch {
    /// To see what there is.
    Wake,
    /// To have what lies in this slot.
    Select(u16),
    /// To pay for what lies in this slot, having looked at it.
    Buy(u16),
    /// Not to pay after all.
    Cancel,
    /// To leave the last screen of a sale early, or a product, or the keypad.
    Back,
    /// To see the list of languages, or to close it.
    Languages,
    /// To read this language.
    Language(Language),
    /// To see this page of the catalogue, from 0.
    Page(u16),
    /// To enter the number of a slot.
    Keypad,
    /// One digit of it, 0 to 9.
    Digit(u8),
    /// Not the last digit after all.
    Erase,
}

/// What a touch at this point of a screen of this size means; nothing beside the buttons.
///
/// The point is in pixels from the upper left corner, as the picture was drawn.
#[must_use]
pub fn touch(design: &Design, view: &View, size: Size, at: Point) -> Option<Touch> {
    layout::scene(design, view, size, layout::Moment::default()).touch(at)
}
