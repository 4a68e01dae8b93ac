//! Every code on every sheet is read, nothing lies where the knife goes, and nothing is cut off.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may panic")]

use embedded_graphics::geometry::{Point, Size};
use embedded_graphics::primitives::Rectangle;

use super::square::{MARGIN, MODULE_MIN, SIDE};
use super::*;
use crate::scene::Look;
use crate::specimens::shelf;

/// A link of mode 1 of this many bytes.
fn link(slot: u16, bytes: usize) -> String {
    let link = format!(
        "weixin://wxpay/bizpayurl?sign=C1C6A9CEEFE7E5F8FF5C3A94A2F3E9A1&appid=wx8888888888888888\
         &mch_id=1900000109&product_id=VM0001-{slot}&time_stamp=1763716131&nonce_str="
    );
    let mut nonce = "0123456789abcdefghijklmnopqrstuvwxyz".chars().cycle();
    let missing = bytes.saturating_sub(link.len());
    nonce.by_ref().take(missing).fold(link, |mut link, letter| {
        link.push(letter);
        link
    })
}

fn stickers(count: u16, bytes: usize) -> Vec<Sticker> {
    let sticker = |item: crate::Item| Sticker {
        slot: item.slot,
        name: item.name,
        price_fen: item.price_fen,
        link: link(item.slot, bytes),
        machine: "VM0001".to_owned(),
    };
    shelf(count).into_iter().map(sticker).collect()
}

/// What a phone reads that is held before one sticker after the other.
fn read(picture: &Picture, corners: impl Iterator<Item = (u32, u32)>) -> Vec<String> {
    corners.flat_map(|corner| read_one(picture, corner)).collect()
}

/// What it reads on the sticker whose upper left corner is here. With all of a sheet before it, the
/// scanner mixes up the corners of neighbouring codes.
fn read_one(picture: &Picture, (left, top): (u32, u32)) -> Vec<String> {
    let width = picture.width() as usize;
    let offset = top as usize * width + left as usize;
    let pixel = |x, y| picture.pixels()[offset + y * width + x];
    let side = SIDE as usize;
    let mut image = rqrr::PreparedImage::prepare_from_greyscale(side, side, pixel);
    image.detect_grids().iter().map(|code| code.decode().unwrap().1).collect()
}

#[test]
fn a_phone_reads_every_code_on_every_sheet() {
    for (count, sheet_count) in [(0, 0), (1, 1), (6, 1), (7, 2), (60, 10)] {
        let stickers = stickers(count, 226);
        let options = Options::default();
        let sheets = sheets(&stickers, &options).unwrap();
        let mut sheets_left = sheet_count;
        for (sheet, six) in sheets.zip(stickers.chunks(PER_SHEET)) {
            let links = six.iter().map(|sticker| sticker.link.as_str()).collect::<Vec<_>>();
            assert_eq!(read(&sheet, sheet::corners()), links);
            assert_eq!((sheet.width(), sheet.height()), (2480, 3508), "A4");
            sheets_left -= 1;
        }
        assert_eq!(sheets_left, 0, "{count} slots");
    }
}

#[test]
fn a_phone_reads_codes_of_any_length() {
    for bytes in [170, 200, 226, 250, 300, 400, 900] {
        for sticker in stickers(1, bytes) {
            let picture =
                one(&sticker, &Options { show_price: true, ..Options::default() }).unwrap();
            assert_eq!(read_one(&picture, (0, 0)), [sticker.link], "{bytes} bytes");
        }
    }
}

#[test]
fn a_scratched_code_is_read() {
    let sticker = stickers(1, 226).remove(0);
    let mut picture = one(&sticker, &Options::default()).unwrap();
    let middle = i32::try_from(SIDE / 2).unwrap();
    for scratch in 0..5 {
        let corner = Point::new(middle - 60, middle + 24 * scratch);
        let size = Size::new(200, 8);
        picture.blacken(&Rectangle::new(corner, size));
    }
    assert_eq!(read_one(&picture, (0, 0)), [sticker.link]);
}

#[test]
fn a_link_that_phones_would_not_read_is_refused_by_name() {
    let mut all = stickers(8, 226);
    all[7].link = link(104, 1000);
    let refused = LinkTooLong { slot: 104, bytes: 1000 };
    assert_eq!(sheets(&all, &Options::default()).err(), Some(refused));
    assert_eq!(one(&all[7], &Options::default()), Err(refused));
    assert!(refused.to_string().starts_with("the link of slot 104 has 1000 bytes"));
}

#[test]
fn modules_are_large_enough_for_any_printer() {
    assert!(f64::from(MODULE_MIN) * 25.4 / f64::from(DPI) >= 0.5);
    let sizes = [170, 226, 250, 900].map(|bytes| {
        let sticker = stickers(1, bytes).remove(0);
        Ready::new(&sticker).unwrap().module
    });
    assert_eq!(sizes, [10, 9, 9, 6]);
}

#[test]
fn nothing_stands_where_the_knife_goes() {
    for sticker in stickers(7, 250) {
        let picture = one(&sticker, &Options { show_price: true, ..Options::default() }).unwrap();
        let side = SIDE as usize;
        let inside = MARGIN as usize..side - MARGIN as usize;
        for (y, row) in picture.pixels().chunks(side).enumerate() {
            for (x, pixel) in row.iter().enumerate() {
                let blank = *pixel == u8::MAX;
                assert!(blank || inside.contains(&x) && inside.contains(&y), "{x}, {y}");
            }
        }
    }
}

#[test]
fn marks_stand_at_the_corners_of_the_stickers_and_not_on_them() {
    let corners = sheet::corners().collect::<Vec<_>>();
    let marks = sheet::marks().collect::<Vec<_>>();
    assert_eq!(marks.len(), 14);
    for (left, top) in corners {
        let sticker = Rectangle::new(Point::zero() + Size::new(left, top), Size::new_equal(SIDE));
        assert!(marks.iter().all(|mark| mark.intersection(&sticker).is_zero_sized()));
        let at = |edge: u32, mark: i32| (mark - i32::try_from(edge).unwrap()).abs() <= 2;
        for edge in [left, left + SIDE] {
            assert_eq!(marks.iter().filter(|mark| at(edge, mark.top_left.x)).count(), 2);
        }
        for edge in [top, top + SIDE] {
            assert_eq!(marks.iter().filter(|mark| at(edge, mark.top_left.y)).count(), 2);
        }
    }
}

#[test]
fn no_word_is_cut_off() {
    let mut all = stickers(7, 226);
    all[0].slot = u16::MAX;
    all[0].machine = "ABCDEFGH01".to_owned();
    for (sticker, show_price) in all.iter().flat_map(|sticker| [(sticker, false), (sticker, true)])
    {
        let (scene, _) =
            Ready::new(sticker).unwrap().lay_out(&Options { show_price, ..Options::default() });
        for widget in &scene.widgets {
            if let Look::Text(text) = &widget.look {
                assert!(text.lines.whole, "{text:?}");
            }
        }
    }
}

#[test]
fn odd_names_are_survived() {
    let mut sticker = stickers(1, 226).remove(0);
    sticker.name = Label::new("\u{0}\u{1F600}汉".repeat(500), "");
    sticker.machine = "W".repeat(500);
    sticker.price_fen = u32::MAX;
    assert_eq!(
        read_one(
            &one(&sticker, &Options { show_price: true, ..Options::default() }).unwrap(),
            (0, 0)
        ),
        [sticker.link]
    );
}
