//! From the configuration to the look of the screens: pictures and letters are read from their
//! files.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use kiosk::{Design, FontError, Fonts, Picture, PictureError};

use crate::config::Config;

/// A larger file is not what it is said to be.
const BYTES_MAX: u64 = 32 << 20;

/// The most memory for all pictures together, in bytes: forty of 640 pixels a side.
const PICTURES_MAX: u64 = 64 << 20;

/// The look of the machine, and what of it cannot be used: the screens do without that.
pub fn design(config: &Config) -> (Design, Vec<DesignError>) {
    let mut faults = Vec::new();
    let screen = &config.screen;
    let mut left = Left { bytes: PICTURES_MAX };
    let mut picture = |path: &PathBuf| left.picture(path).map_err(|fault| faults.push(fault)).ok();
    let logo = screen.logo.as_ref().and_then(&mut picture);
    let photos = config
        .slots
        .iter()
        .filter_map(|(slot, settings)| Some((slot.number(), picture(settings.picture.as_ref()?)?)));
    let photos = photos.collect();
    let idle_pictures = screen.idle_pictures.iter().filter_map(&mut picture).collect();
    let font = screen.font.as_ref();
    let fonts = font
        .and_then(|font| fonts(&font.path, font.index).map_err(|fault| faults.push(fault)).ok());
    let design = Design {
        appearance: screen.appearance,
        accent: screen.accent,
        logo,
        idle_pictures,
        photos,
        languages: screen.languages.clone(),
        large_type: screen.large_type,
        diagonal: screen.diagonal,
        motion: screen.motion,
        fonts: fonts.unwrap_or_default(),
    };
    (design, faults)
}

/// What is left for pictures.
struct Left {
    bytes: u64,
}

impl Left {
    fn picture(&mut self, path: &Path) -> Result<Picture, DesignError> {
        let owned = || path.to_owned();
        let bytes = read(path)?;
        let picture = Picture::decode(&bytes)
            .map_err(|source| DesignError::Picture { path: owned(), source })?;
        let size = picture.size();
        let bytes = u64::from(size.width) * u64::from(size.height) * 4;
        self.bytes =
            self.bytes.checked_sub(bytes).ok_or_else(|| DesignError::TooMany { path: owned() })?;
        Ok(picture)
    }
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
    /// There is no memory for it.
    #[error(
        "the picture {path:?} is one too many: all together may take 64 megabytes, 4 bytes a pixel; \
         make the pictures smaller, 640 pixels a side are plenty"
    )]
    TooMany {
        /// The file.
        path: PathBuf,
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
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("good.png");
        fs::write(&path, two_pixels()).unwrap();
        let mut left = Left { bytes: 20 };
        let kept = (0..4).filter(|_| left.picture(&path).is_ok());
        assert_eq!(kept.count(), 2, "of 8 bytes each");
        assert!(matches!(left.picture(&path), Err(DesignError::TooMany { .. })));
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

        let (design, faults) = design(&Config::read(&place("kioskd.toml")).unwrap());
        assert_eq!(design.appearance, kiosk::Appearance::Dark);
        assert!(design.accent.is_some() && design.logo.is_none());
        let sizes = design.idle_pictures.iter().map(Picture::size).collect::<Vec<_>>();
        assert_eq!(sizes, [Size::new(2, 1)]);
        assert_eq!(design.photos.keys().collect::<Vec<_>>(), [&7]);
        let told = faults.iter().map(|fault| Chain(fault).to_string()).collect::<Vec<_>>();
        let wanted = [
            ("missing.png", "cannot be read"),
            ("damaged.png", "cannot be shown"),
            ("/dev/zero", "it is no file"),
            ("large.png", "more than 32 megabytes"),
            ("damaged.png", "the font"),
        ];
        assert_eq!(told.len(), wanted.len(), "{told:#?}");
        for (told, (file, why)) in told.iter().zip(wanted) {
            assert!(told.contains(file) && told.contains(why), "{told}");
        }
    }
}
