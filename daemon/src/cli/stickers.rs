//! `kioskd stickers`: a QR code for each slot, ready for the printer.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use kiosk::Fonts;
use kiosk::sticker::{self, LinkTooLong, Options, PER_SHEET, PIXELS_PER_METRE, Picture, Sticker};
use protocol::{Merchant, NonceStr, mode1};

use super::{UNREADABLE, WRONG, complain, fail};
use crate::clock::Clock;
use crate::config::{Config, SlotSettings};
use crate::design::{fonts_of, missing_letters};
use crate::report::Chain;
use crate::sale::{Health, Slot, product_id};

/// Writes the sheets and the single stickers into `dir`, and says what to do with them.
pub(super) fn write(config: &Path, dir: &Path, show_price: bool) -> ExitCode {
    let config = match Config::read(config) {
        Ok(config) => config,
        Err(error) => return fail(UNREADABLE, &error),
    };
    let merchant = match config.merchant() {
        Ok(merchant) => merchant,
        Err(error) => return fail(UNREADABLE, &error),
    };
    let now = Clock::start().now().wall;
    if !Health::clock_is_sane(now) {
        // WeChat takes ten digits (APIv2 mode 1, `time_stamp` String(10)).
        complain("the clock is earlier than this program: set it, it goes into the stickers");
        return ExitCode::from(WRONG);
    }
    let unix_seconds = u64::try_from(now.unix_ms() / 1_000).unwrap_or(0);
    let slots = config.slots.iter();
    let stickers = slots
        .map(|(slot, item)| sticker(&config, &merchant, (*slot, item), unix_seconds))
        .collect::<Vec<_>>();
    // On another computer than the machine the font may be missing, and is seldom needed.
    let fonts = fonts_of(&config).unwrap_or_else(|error| {
        complain(&format!("{}: the stickers do without it", Chain(&error)));
        Fonts::default()
    });
    for (slot, item) in &config.slots {
        let (place, names) =
            (format!("[[slot]] {}, name", slot.number()), [&item.name.zh, &item.name.en]);
        let missing = missing_letters(&config, &fonts, &place, &names.map(String::as_str));
        missing.into_iter().for_each(|missing| complain(&missing));
    }
    let job = Job { dir, stickers: &stickers, options: Options { show_price, fonts } };
    let written = match job.write() {
        Ok(written) => written,
        Err(error @ StickersError::Link(_)) => return fail(WRONG, &error),
        Err(error @ (StickersError::Dir { .. } | StickersError::File { .. })) => {
            return fail(UNREADABLE, &error);
        }
    };
    if config.intake.is_none() {
        complain("no scan will reach this machine: its configuration has no [intake]");
    }
    // A stdout that is gone changes nothing: the files are there.
    let _ = written.tell(&config, &mut io::stdout().lock());
    ExitCode::SUCCESS
}

fn sticker(
    config: &Config,
    merchant: &Merchant,
    (slot, item): (Slot, &SlotSettings),
    unix_seconds: u64,
) -> Sticker {
    // As the intake reads it when the callback brings it back.
    let product_id = product_id(&config.settings.machine, slot);
    Sticker {
        slot: slot.number(),
        name: item.name.clone(),
        price_fen: item.price.get(),
        link: mode1::link(merchant, &product_id, unix_seconds, &NonceStr::random()),
        machine: config.settings.machine.to_string(),
    }
}

/// What is to be written, and where.
struct Job<'a> {
    dir: &'a Path,
    stickers: &'a [Sticker],
    options: Options,
}

/// What was written.
#[derive(Default)]
struct Written {
    /// Each file, and whose codes are in it.
    files: Vec<(PathBuf, String)>,
    /// Files of an earlier run that belong to no slot any more.
    removed: Vec<PathBuf>,
}

/// The stickers cannot be written.
#[derive(Debug, thiserror::Error)]
enum StickersError {
    #[error("the directory {dir:?} cannot be used: name one that this user may write")]
    Dir {
        dir: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error("the picture {path:?} cannot be written")]
    File {
        path: PathBuf,
        #[source]
        source: png::EncodingError,
    },
    #[error(transparent)]
    Link(#[from] LinkTooLong),
}

impl Job<'_> {
    fn write(&self) -> Result<Written, StickersError> {
        let unusable = |source| StickersError::Dir { dir: self.dir.to_owned(), source };
        // Whether every link fits is known before anything is written.
        let sheets = sticker::sheets(self.stickers, &self.options)?;
        fs::create_dir_all(self.dir).map_err(unusable)?;
        let mut written = Written::default();
        for ((number, six), picture) in (1..).zip(self.stickers.chunks(PER_SHEET)).zip(sheets) {
            let slots = six.iter().map(|sticker| sticker.slot.to_string()).collect::<Vec<_>>();
            let what = format!("slots {}", slots.join(", "));
            written.files.push((self.save(&format!("sheet-{number}.png"), &picture)?, what));
        }
        for sticker in self.stickers {
            let picture = sticker::one(sticker, &self.options)?;
            let what = format!("slot {}, {}", sticker.slot, sticker.name.en);
            written
                .files
                .push((self.save(&format!("slot-{:02}.png", sticker.slot), &picture)?, what));
        }
        written.removed = self.remove_others(&written.files).map_err(unusable)?;
        Ok(written)
    }

    fn save(&self, name: &str, picture: &Picture) -> Result<PathBuf, StickersError> {
        let path = self.dir.join(name);
        match save(&path, picture) {
            Ok(()) => Ok(path),
            Err(source) => Err(StickersError::File { path, source }),
        }
    }

    /// A sticker of a slot that is gone, or a sheet too many, would be printed along.
    fn remove_others(&self, files: &[(PathBuf, String)]) -> io::Result<Vec<PathBuf>> {
        let kept = files.iter().map(|(path, _)| path.clone()).collect::<BTreeSet<_>>();
        let mut removed = Vec::new();
        for entry in fs::read_dir(self.dir)? {
            let path = entry?.path();
            if is_ours(&path) && !kept.contains(&path) {
                fs::remove_file(&path)?;
                removed.push(path);
            }
        }
        removed.sort();
        Ok(removed)
    }
}

/// Whether a file has a name that only this command gives: `sheet-1.png`, `slot-01.png`.
fn is_ours(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let number = name
        .strip_suffix(".png")
        .and_then(|name| name.strip_prefix("sheet-").or_else(|| name.strip_prefix("slot-")));
    number.is_some_and(|number| {
        !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())
    })
}

/// With its size on paper: a printer that is told nothing chooses one of its own.
fn save(path: &Path, picture: &Picture) -> Result<(), png::EncodingError> {
    let mut file = BufWriter::new(File::create(path)?);
    let mut encoder = png::Encoder::new(&mut file, picture.width(), picture.height());
    encoder.set_color(png::ColorType::Grayscale);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_compression(png::Compression::High);
    // Flat areas pack best as they are.
    encoder.set_filter(png::Filter::NoFilter);
    encoder.set_pixel_dims(Some(png::PixelDimensions {
        xppu: PIXELS_PER_METRE,
        yppu: PIXELS_PER_METRE,
        unit: png::Unit::Meter,
    }));
    let mut writer = encoder.write_header()?;
    writer.write_image_data(picture.pixels())?;
    writer.finish()?;
    file.flush()?;
    Ok(())
}

impl Written {
    fn tell(&self, config: &Config, out: &mut impl Write) -> io::Result<()> {
        for (path, what) in &self.files {
            writeln!(out, "{}: {what}", path.display())?;
        }
        for path in &self.removed {
            writeln!(out, "{}: removed, it was of an earlier run", path.display())?;
        }
        let machine = &config.settings.machine;
        let intake = match config.intake {
            Some(address) => format!("POST /scan on port {} of {machine}", address.port()),
            None => format!("POST /scan of {machine}, once it has an [intake]"),
        };
        write!(
            out,
            "\n\
             What to do next:\n\
             1. Print the sheets on A4 at 100 % (\"actual size\"), cut along the marks, and glue each\n\
             \x20  sticker to the slot of its number.\n\
             2. Set the callback URL of scans in the merchant platform (product centre, development\n\
             \x20  configuration) to an address that leads to {intake}.\n\
             \x20  It is one URL for the whole merchant: a relay finds the machine in product_id.\n\
             3. Print again when the API key was changed: every code is signed with today's. A new\n\
             \x20  price or item changes nothing in a code.\n"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_files_of_this_command_are_taken_for_its_own() {
        for name in ["sheet-1.png", "sheet-12.png", "slot-01.png", "slot-104.png"] {
            assert!(is_ours(&Path::new("out").join(name)), "{name}");
        }
        for name in
            ["sheet-.png", "slot-1a.png", "slot-01.png.bak", "Slot-01.png", "logo.png", "1.png"]
        {
            assert!(!is_ours(&Path::new("out").join(name)), "{name}");
        }
    }
}
