//! A sheet of A4: six stickers side by side, so that one cut serves two, and where to cut.

use embedded_graphics::geometry::{Point, Size};
use embedded_graphics::primitives::Rectangle;

use super::picture::Picture;
use super::square::{Ready, SIDE};
use super::{Options, tenths_of_mm};

/// A4 portrait (ISO 216, 210 mm by 297 mm).
pub(super) const SIZE: Size = Size::new(tenths_of_mm(2100), tenths_of_mm(2970));

const COLUMNS: u32 = 2;
const ROWS: u32 = 3;

/// Paper left and above of the stickers; on the other sides it is the same.
const MARGIN: Size = Size::new((SIZE.width - COLUMNS * SIDE) / 2, (SIZE.height - ROWS * SIDE) / 2);

/// Printers leave so much of the paper blank.
const UNPRINTABLE: u32 = tenths_of_mm(50);
/// Between a mark and the stickers: a cut that is a little off leaves no trace of it.
const APART: u32 = tenths_of_mm(20);
/// Width of a mark.
const HAIRLINE: u32 = tenths_of_mm(2);

/// At most six stickers, row by row.
pub(super) fn draw(stickers: &[Ready<'_>], options: &Options) -> Picture {
    let mut sheet = Picture::blank(SIZE);
    for (sticker, corner) in stickers.iter().zip(corners()) {
        sheet.put(&sticker.draw(options), corner);
    }
    for mark in marks() {
        sheet.blacken(&mark);
    }
    sheet
}

/// The upper left corner of each sticker.
pub(super) fn corners() -> impl Iterator<Item = (u32, u32)> {
    let at = |row| move |column| (MARGIN.width + column * SIDE, MARGIN.height + row * SIDE);
    (0..ROWS).flat_map(move |row| (0..COLUMNS).map(at(row)))
}

/// Short lines in the margins, at both ends of every cut.
pub(super) fn marks() -> impl Iterator<Item = Rectangle> {
    let far = |whole: u32, margin: u32| [UNPRINTABLE, whole - margin + APART];
    let upright = (0..=COLUMNS).flat_map(move |cut| {
        let length = MARGIN.height - UNPRINTABLE - APART;
        let left = MARGIN.width + cut * SIDE - HAIRLINE / 2;
        far(SIZE.height, MARGIN.height).map(|top| area(left, top, HAIRLINE, length))
    });
    let level = (0..=ROWS).flat_map(move |cut| {
        let length = MARGIN.width - UNPRINTABLE - APART;
        let top = MARGIN.height + cut * SIDE - HAIRLINE / 2;
        far(SIZE.width, MARGIN.width).map(|left| area(left, top, length, HAIRLINE))
    });
    upright.chain(level)
}

fn area(left: u32, top: u32, width: u32, height: u32) -> Rectangle {
    let corner = Point::zero() + Size::new(left, top);
    Rectangle::new(corner, Size::new(width, height))
}
