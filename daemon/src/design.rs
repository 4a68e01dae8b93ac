//! From the configuration to the look of the screens: pictures and letters are read from their
//! files.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use kiosk::{Design, FontError, Fonts, Picture, PictureError};

use crate::config::{Config, FontFile};

/// A larger file is not what it is said to be.
const BYTES_MAX: u64 = 32 << 20;

/// Memory for the pictures of all items together, in bytes, and as much for all idle pictures: the
/// more there are, the smaller each is kept.
const PICTURES_MAX: u64 = 32 << 20;

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
            let read = fonts(&font.path, font.index).map(|it| design.fonts = it);
            told(read.map(|()| &*design).map_err(at("[screen] font", &font.path)));
        }
        let side = width.max(height);
        if let Some(path) = &self.logo {
            let read = picture(path, side, pixels_of_each(1)).map(|it| design.logo = Some(it));
            told(read.map(|()| &*design).map_err(at("[screen] logo", path)));
        }
        let pixels = pixels_of_each(self.photos.len());
        for (slot, path) in &self.photos {
            let read = picture(path, side, pixels).map(|it| design.photos.insert(*slot, it));
            let key = format!("[[slot]] {slot}, picture");
            told(read.map(|_| &*design).map_err(at(&key, path)));
        }
        let pixels = pixels_of_each(self.idle_pictures.len());
        for path in &self.idle_pictures {
            // Whatever of its height or width is cut off.
            let read = picture(path, Picture::KEPT_SIDE_MAX, pixels);
            let read = read.map(|it| design.idle_pictures.push(it));
            told(read.map(|()| &*design).map_err(at("[screen] idle_pictures", path)));
        }
    }
}

/// What of these texts no font can write, if anything, with advice; `place` is where they stand.
pub fn missing_letters(
    config: &Config,
    fonts: &Fonts,
    place: &str,
    texts: &[&str],
) -> Option<String> {
    let letters = texts.iter().flat_map(|it| it.chars()).filter(|it| !fonts.has(*it));
    let letters = letters.collect::<BTreeSet<_>>().into_iter().collect::<String>();
    let other = if config.screen.font.is_some() { "another" } else { "a" };
    (!letters.is_empty()).then(|| {
        format!(
            "{place}: there are no letters for {letters:?}, a box is drawn instead; choose other \
             words, or name {other} font that has them under [screen] font"
        )
    })
}

/// So many pixels, of 4 bytes, each of so many pictures may have.
pub fn pixels_of_each(count: usize) -> u32 {
    let pixels = PICTURES_MAX / 4 / u64::try_from(count).unwrap_or(u64::MAX).max(1);
    u32::try_from(pixels).unwrap_or(u32::MAX)
}

fn picture(path: &Path, side: u32, pixels: u32) -> Result<Picture, Unusable> {
    Ok(Picture::decode_within(&read(path)?, side, pixels)?)
}

/// The letters as the operator wants them.
///
/// # Errors
///
/// The font that is named under `[screen]` cannot be used.
pub fn fonts_of(config: &Config) -> Result<Fonts, DesignError> {
    let Some(font) = &config.screen.font else { return Ok(Fonts::default()) };
    fonts(&font.path, font.index).map_err(at("[screen] font", &font.path))
}

fn fonts(path: &Path, index: u32) -> Result<Fonts, Unusable> {
    Ok(Fonts::with_full(read(path)?, index)?)
}

fn at(key: &str, path: &Path) -> impl FnOnce(Unusable) -> DesignError {
    move |source| DesignError { key: key.to_owned(), path: path.to_owned(), source }
}

/// A file as a whole, if it is one that ends.
fn read(path: &Path) -> io::Result<Vec<u8>> {
    let other = |why: &str| io::Error::other(why);
    // Not opened if it is something else: a pipe would wait for its other end.
    if !fs::metadata(path)?.is_file() {
        return Err(other("it is no file"));
    }
    let mut bytes = Vec::new();
    File::open(path)?.take(BYTES_MAX + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > BYTES_MAX {
        return Err(other("it has more than 32 megabytes"));
    }
    Ok(bytes)
}

/// A file of the configuration that the screens have to do without.
#[derive(Debug, thiserror::Error)]
#[error("{key}: {} cannot be used", path.display())]
pub struct DesignError {
    /// Where it is named.
    key: String,
    path: PathBuf,
    source: Unusable,
}

/// Why a file cannot be used.
#[derive(Debug, thiserror::Error)]
enum Unusable {
    #[error(transparent)]
    Io(#[from] io::Error),
    #[error(transparent)]
    Picture(#[from] PictureError),
    #[error(transparent)]
    Font(#[from] FontError),
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
picture = "damaged.png"
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
        for count in [1, 40, 200] {
            let bytes = u64::from(pixels_of_each(count)) * 4 * count as u64;
            assert!((PICTURES_MAX - 4 * count as u64..=PICTURES_MAX).contains(&bytes), "{count}");
        }
        assert_eq!(pixels_of_each(0), pixels_of_each(1));
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("good.png");
        fs::write(&path, two_pixels()).unwrap();
        let photos = vec![(1, path)];
        let files = Files { font: None, logo: None, photos, idle_pictures: Vec::new() };
        for (panel, size) in [((800, 480), Size::new(2, 1)), ((1, 1), Size::new_equal(1))] {
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
            ("[screen] font", "damaged.png", "no TrueType"),
            ("[screen] logo", "missing.png", "No such file"),
            ("[screen] idle_pictures", "damaged.png", "damaged"),
            ("[screen] idle_pictures", "/dev/zero", "it is no file"),
            ("[screen] idle_pictures", "large.png", "more than 32 megabytes"),
            ("[[slot]] 8, picture", "damaged.png", "damaged"),
        ];
        assert_eq!(told.len(), wanted.len(), "{told:#?}");
        for words in wanted {
            let all = |told: &&String| {
                told.starts_with(words.0) && told.contains(words.1) && told.contains(words.2)
            };
            assert!(told.iter().any(|it| all(&it)), "{words:?} of {told:#?}");
        }
    }
}
