//! From the configuration to the look of the screens: pictures and letters are read from their
//! files.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use kiosk::{Design, FontError, Fonts, Picture, PictureError};

use crate::config::{Config, FontFile};

/// A larger file is not what it is said to be.
const BYTES_MAX: u64 = 32 << 20;

/// Memory for the pictures of all items together, in bytes: the more there are, the smaller each is
/// kept.
const PHOTOS_MAX: u64 = 40 << 20;

/// And for all idle pictures.
const IDLE_MAX: u64 = 24 << 20;

/// The look of the machine without what is in files.
pub fn bare(config: &Config) -> Design {
    let screen = &config.screen;
    Design {
        appearance: screen.appearance,
        accent: screen.accent,
        languages: screen.languages.clone(),
        large_type: screen.large_type,
        diagonal: screen.diagonal,
        motion: screen.motion,
        ..Design::default()
    }
}

/// The files of the design.
pub struct Files {
    font: Option<FontFile>,
    logo: Option<PathBuf>,
    photos: Vec<(u16, PathBuf)>,
    idle_pictures: Vec<PathBuf>,
}

impl Files {
    /// As they are named in the configuration.
    pub fn of(config: &Config) -> Self {
        let screen = &config.screen;
        let photos = config.slots.iter();
        Self {
            font: screen.font.clone(),
            logo: screen.logo.clone(),
            photos: photos
                .filter_map(|(slot, it)| Some((slot.number(), it.picture.clone()?)))
                .collect(),
            idle_pictures: screen.idle_pictures.clone(),
        }
    }

    /// Reads them into the design, for a panel of so many pixels, one after the other, which takes
    /// its time on a small machine. `told` is given the design each time it has more, and each
    /// file that the screens have to do without.
    pub fn read(
        &self,
        design: &mut Design,
        (width, height): (u32, u32),
        mut told: impl FnMut(Result<&Design, DesignError>),
    ) {
        if let Some(font) = &self.font {
            told(fonts(&font.path, font.index).map(|it| design.fonts = it).map(|()| &*design));
        }
        // None is wider than the panel's shorter side: each is shown as a whole, beside words.
        let shown = width.min(height);
        if let Some(logo) = &self.logo {
            told(picture(logo, shown).map(|it| design.logo = Some(it)).map(|()| &*design));
        }
        let side = shown.min(side_of_each(PHOTOS_MAX, self.photos.len()));
        for (slot, path) in &self.photos {
            let photo = picture(path, side).map(|it| design.photos.insert(*slot, it));
            told(photo.map(|_| &*design));
        }
        let side = side_of_each(IDLE_MAX, self.idle_pictures.len());
        for path in &self.idle_pictures {
            let idle = picture(path, side).map(|it| design.idle_pictures.push(it));
            told(idle.map(|()| &*design));
        }
    }
}

/// The side of the largest square, in pixels of 4 bytes, of which so many take no more memory.
fn side_of_each(bytes: u64, count: usize) -> u32 {
    let pixels = bytes / 4 / u64::try_from(count).unwrap_or(u64::MAX).max(1);
    u32::try_from(pixels.isqrt()).unwrap_or(u32::MAX)
}

fn picture(path: &Path, side: u32) -> Result<Picture, DesignError> {
    Picture::decode_within(&read(path)?, side)
        .map_err(|source| DesignError::Picture { path: path.to_owned(), source })
}

fn fonts(path: &Path, index: u32) -> Result<Fonts, DesignError> {
    let bytes = read(path)?;
    Fonts::with_full(bytes, index)
        .map_err(|source| DesignError::Font { path: path.to_owned(), source })
}

/// A file as a whole, if it is one that ends.
fn read(path: &Path) -> Result<Vec<u8>, DesignError> {
    let unreadable = |source| DesignError::Unreadable { path: path.to_owned(), source };
    let other = |why: &str| unreadable(io::Error::other(why));
    // Not opened if it is something else: a pipe would wait for its other end.
    if !fs::metadata(path).map_err(unreadable)?.is_file() {
        return Err(other("it is no file"));
    }
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(unreadable)?;
    file.take(BYTES_MAX + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 > BYTES_MAX {
        return Err(other("it has more than 32 megabytes"));
    }
    Ok(bytes)
}

/// A file of the configuration that the screens have to do without.
#[derive(Debug, thiserror::Error)]
pub enum DesignError {
    /// It cannot be read.
    #[error("{path:?} cannot be read")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// It holds no picture.
    #[error("the picture {path:?} cannot be shown")]
    Picture {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: PictureError,
    },
    /// It holds no font.
    #[error("the font {path:?} cannot be used")]
    Font {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: FontError,
    },
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use embedded_graphics::geometry::Size;

    use super::*;
    use crate::report::Chain;

    const CONFIG: &str = r##"
[machine]
id = "VM0001"
data_dir = "data"

[merchant]
appid = "wx8888888888888888"
mch_id = "1900000109"
api_key_file = "api_key"
notify_url = "https://relay.example.com/notify/VM0001"

[board]
kind = "waveshare"
port = "/dev/vend-relay"

[panel]
kind = "offscreen"
width = 800
height = 480

[screen]
theme = "dark"
accent = "#1A7F5A"
logo = "missing.png"
idle_pictures = ["good.png", "damaged.png", "/dev/zero", "large.png"]
font = "damaged.png"

[[slot]]
number = 7
name = { zh = "可乐", en = "Cola" }
picture = "good.png"
price_fen = 350
coil = 0
drop_input = 0

[[slot]]
number = 8
name = { zh = "水", en = "Water" }
price_fen = 200
coil = 1
drop_input = 1
"##;

    /// A picture in a file: red and blue.
    fn two_pixels() -> Vec<u8> {
        let mut good = Vec::new();
        let mut encoder = png::Encoder::new(&mut good, 2, 1);
        encoder.set_color(png::ColorType::Rgb);
        let mut writer = encoder.write_header().unwrap();
        writer.write_image_data(&[255, 0, 0, 0, 0, 255]).unwrap();
        writer.finish().unwrap();
        good
    }

    #[test]
    fn pictures_take_no_more_memory_than_there_is() {
        for (count, side) in [(0, 3_238), (1, 3_238), (40, 512), (200, 228), (usize::MAX, 0)] {
            assert_eq!(side_of_each(PHOTOS_MAX, count), side, "{count}");
        }
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("good.png");
        fs::write(&path, two_pixels()).unwrap();
        let photos = vec![(1, path)];
        let files = Files { font: None, logo: None, photos, idle_pictures: Vec::new() };
        for (panel, size) in [((800, 480), Size::new(2, 1)), ((800, 1), Size::new_equal(1))] {
            let mut design = Design::default();
            files.read(&mut design, panel, |it| assert!(it.is_ok()));
            assert_eq!(design.photos.get(&1).unwrap().size(), size, "on {panel:?}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_told_and_left_out() {
        let dir = tempfile::tempdir().unwrap();
        let place = |name: &str| dir.path().join(name);
        fs::write(place("kioskd.toml"), CONFIG).unwrap();
        let good = two_pixels();
        fs::write(place("damaged.png"), good.get(..40).unwrap()).unwrap();
        fs::write(place("good.png"), good).unwrap();
        File::create(place("large.png")).unwrap().set_len(BYTES_MAX + 1).unwrap();

        let config = Config::read(&place("kioskd.toml")).unwrap();
        let (mut design, mut faults, mut more) = (bare(&config), Vec::new(), 0);
        Files::of(&config).read(&mut design, (800, 480), |it| match it {
            Ok(_) => more += 1,
            Err(fault) => faults.push(fault),
        });
        assert_eq!(more, 2, "as often as there is more to be seen");
        assert_eq!(design.appearance, kiosk::Appearance::Dark);
        assert!(design.accent.is_some() && design.logo.is_none());
        let sizes = design.idle_pictures.iter().map(Picture::size).collect::<Vec<_>>();
        assert_eq!(sizes, [Size::new(2, 1)]);
        assert_eq!(design.photos.keys().collect::<Vec<_>>(), [&7]);
        let told = faults.iter().map(|fault| Chain(fault).to_string()).collect::<Vec<_>>();
        let wanted = [
            ("damaged.png", "the font"),
            ("missing.png", "cannot be read"),
            ("damaged.png", "cannot be shown"),
            ("/dev/zero", "it is no file"),
            ("large.png", "more than 32 megabytes"),
        ];
        assert_eq!(told.len(), wanted.len(), "{told:#?}");
        for (told, (file, why)) in told.iter().zip(wanted) {
            assert!(told.contains(file) && told.contains(why), "{told}");
        }
    }
}
