//! A sticker is drawn as its picture in `tests/stickers/` shows it.
//!
//! `UPDATE_GOLDEN=1 cargo test -p kiosk` draws the pictures anew: look at them before a commit.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::fs;
use std::path::{Path, PathBuf};

use kiosk::Label;
use kiosk::sticker::{Options, PIXELS_PER_METRE, Picture, Sticker, one, sheets};

#[test]
fn stickers_look_as_they_were_approved() {
    let update = std::env::var_os("UPDATE_GOLDEN").is_some();
    let mut wrong = Vec::new();
    let kept = [("plain", cola(), false), ("long", water(), false), ("price", water(), true)];
    for (name, sticker, show_price) in kept {
        let picture = one(&sticker, &Options { show_price, ..Options::default() }).unwrap();
        let file = format!("{name}.png");
        let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/stickers").join(&file);
        if update {
            write(&golden, &picture);
        } else if read(&golden).as_deref() != Some(picture.pixels()) {
            wrong.push(format!("{} is drawn as {}", golden.display(), kept_apart(&file, &picture)));
        }
    }
    assert!(wrong.is_empty(), "{}\nUPDATE_GOLDEN=1 accepts what is drawn now", wrong.join("\n"));
}

/// Too large to keep: it is written where somebody who wants to can look at it.
#[test]
fn a_sheet_can_be_looked_at() {
    let stickers = [cola(), water(), cola(), water(), cola()];
    let sheet = sheets(&stickers, &Options::default()).unwrap().next().unwrap();
    let file = kept_apart("sheet.png", &sheet);
    assert_eq!(read(Path::new(&file)).as_deref(), Some(sheet.pixels()), "{file}");
}

fn cola() -> Sticker {
    sticker(1, "可口可乐", "Coca-Cola", 350)
}

fn water() -> Sticker {
    let (zh, en) =
        ("农夫山泉饮用天然矿泉水五百五十毫升瓶装", "Natural mineral water from the spring, 550 ml");
    sticker(104, zh, en, 128_050)
}

fn sticker(slot: u16, zh: &str, en: &str, price_fen: u32) -> Sticker {
    let link = format!(
        "weixin://wxpay/bizpayurl?sign=C1C6A9CEEFE7E5F8FF5C3A94A2F3E9A1&appid=wx8888888888888888\
         &mch_id=1900000109&product_id=VM0001-{slot}&time_stamp=1763716131\
         &nonce_str=5K8264ILTKCH16CQ2502SI8ZNMTM67VS"
    );
    let name = Label::new(zh, en);
    Sticker { slot, name, price_fen, link, machine: "VM0001".to_owned() }
}

fn kept_apart(file: &str, picture: &Picture) -> String {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(file);
    write(&path, picture);
    path.display().to_string()
}

fn write(path: &Path, picture: &Picture) {
    let file = fs::File::create(path).unwrap();
    let mut encoder = png::Encoder::new(file, picture.width(), picture.height());
    encoder.set_color(png::ColorType::Grayscale);
    encoder.set_compression(png::Compression::High);
    // Flat areas pack best as they are.
    encoder.set_filter(png::Filter::NoFilter);
    encoder.set_pixel_dims(Some(png::PixelDimensions {
        xppu: PIXELS_PER_METRE,
        yppu: PIXELS_PER_METRE,
        unit: png::Unit::Meter,
    }));
    encoder.write_header().unwrap().write_image_data(picture.pixels()).unwrap();
}

/// The pixels of a picture in a file, when there is one.
fn read(path: &Path) -> Option<Vec<u8>> {
    let file = std::io::BufReader::new(fs::File::open(path).ok()?);
    let mut reader = png::Decoder::new(file).read_info().unwrap();
    let mut bytes = vec![0; reader.output_buffer_size().unwrap()];
    let _ = reader.next_frame(&mut bytes).unwrap();
    Some(bytes)
}
