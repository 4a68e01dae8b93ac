//! Stickers with a QR code for each slot, drawn for a printer: a machine with a dark panel still
//! sells.
//!
//! A sticker is 90 mm square; six of them fill a sheet of A4 with crop marks at its margins. All of
//! it is black on white, at [`DPI`]. Whoever writes a [`Picture`] to a file must say so there (PNG:
//! a pHYs chunk of [`PIXELS_PER_METRE`] both ways), or the printer will choose a size of its own.

use crate::{Fonts, Label};

mod picture;
mod sheet;
mod square;
#[cfg(test)]
mod tests;

pub use picture::Picture;
use square::Ready;

/// Pixels per inch of every picture here.
pub const DPI: u32 = 300;

/// The same per metre, as PNG counts (PNG 3rd edition, 11.3.4.3 pHYs, unit 1).
pub const PIXELS_PER_METRE: u32 = 11_811;

/// Stickers on one sheet.
pub const PER_SHEET: usize = 6;

/// What one sticker says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sticker {
    /// The motor position, as the customer reads it on the shelf.
    pub slot: u16,
    /// The operator's name for the item; both languages are printed. What is longer than two lines
    /// ends in "…".
    pub name: Label,
    /// Price in fen (1 yuan = 100 fen); printed only if [`Options::show_price`] says so.
    pub price_fen: u32,
    /// What the QR code says: the static link of APIv2 mode 1 (`weixin://wxpay/bizpayurl?sign=…`),
    /// some 200 to 250 bytes; 900 are the most that fit.
    pub link: String,
    /// The machine's id, printed small: for the person who glues.
    pub machine: String,
}

/// What the operator may choose.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Options {
    /// Whether to print the price. The phone always shows the true one; a printed price is wrong as
    /// soon as the operator changes it.
    pub show_price: bool,
    /// The letters.
    pub fonts: Fonts,
}

/// A link makes no code that phones would read from a sticker.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the link of slot {slot} has {bytes} bytes, too many for the QR code of a sticker: \
     give the slot a shorter link"
)]
pub struct LinkTooLong {
    /// Whose link it is.
    pub slot: u16,
    /// How long it is.
    pub bytes: usize,
}

/// All stickers in their order, [`PER_SHEET`] on each sheet, row by row; no sheet without stickers.
///
/// Each sheet is drawn when it is asked for: one takes 9 MB, so do not collect them.
///
/// # Errors
///
/// [`LinkTooLong`] for the first such sticker, before anything is drawn.
pub fn sheets(
    stickers: &[Sticker],
    options: &Options,
) -> Result<impl Iterator<Item = Picture>, LinkTooLong> {
    let ready = stickers.iter().map(Ready::new).collect::<Result<Vec<_>, _>>()?;
    let mut ready = ready.into_iter();
    Ok(std::iter::from_fn(move || {
        let six = ready.by_ref().take(PER_SHEET).collect::<Vec<_>>();
        (!six.is_empty()).then(|| sheet::draw(&six, options))
    }))
}

/// One sticker alone, 90 mm square, without crop marks.
///
/// # Errors
///
/// [`LinkTooLong`].
pub fn one(sticker: &Sticker, options: &Options) -> Result<Picture, LinkTooLong> {
    Ok(Ready::new(sticker)?.draw(options))
}

/// Lengths on paper in pixels, rounded.
const fn tenths_of_mm(tenths: u32) -> u32 {
    (tenths * DPI + 127) / 254
}
