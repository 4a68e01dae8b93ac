//! `[screen]`: how the customer's screens look and sound, and what they offer.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;

use embedded_graphics::pixelcolor::Rgb888;
use kiosk::{Appearance, Language, Motion};
use serde::Deserialize;
use toml::Spanned;

use super::source::{ConfigError, Source};

/// More pictures than anybody looks at.
const IDLE_PICTURES_MAX: usize = 16;

/// How the screens look and sound; files are not read yet.
#[derive(Clone, Debug)]
pub struct ScreenSettings {
    /// Light or dark.
    pub appearance: Appearance,
    /// The operator's colour.
    pub accent: Option<Rgb888>,
    /// A file with the operator's logo.
    pub logo: Option<PathBuf>,
    /// Files with what is shown while nobody is there.
    pub idle_pictures: Vec<PathBuf>,
    /// What customers may choose from, the machine's own language first.
    pub languages: Vec<Language>,
    /// Letters a quarter larger.
    pub large_type: bool,
    /// Diagonal of the panel in tenths of an inch; `None` = as panels of so many pixels usually
    /// have.
    pub diagonal: Option<u32>,
    /// Whether pictures move.
    pub motion: Motion,
    /// Letters that the program does not have itself; `None` = its own are enough.
    pub font: Option<FontFile>,
    /// What is started to make a sound; `None` = the machine is silent.
    pub sound_program: Option<PathBuf>,
}

/// One font.
#[derive(Clone, Debug)]
pub struct FontFile {
    /// The file.
    pub path: PathBuf,
    /// Which of the fonts in the file, from 0.
    pub index: u32,
}

/// The table as it is written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct ScreenFile {
    theme: Appearance,
    accent: Option<Accent>,
    logo: Option<PathBuf>,
    idle_pictures: Spanned<Vec<PathBuf>>,
    languages: Option<Spanned<Vec<Language>>>,
    large_type: bool,
    diagonal_inches: Option<Diagonal>,
    motion: Motion,
    font: Option<PathBuf>,
    font_index: u32,
    attract_after_seconds: AttractAfter,
    order: CatalogueOrder,
    /// For the middle.
    pub(super) product_page: bool,
    /// For the middle.
    pub(super) keypad: bool,
    sound_program: Option<PathBuf>,
}

/// How the catalogue is sorted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum CatalogueOrder {
    /// By the numbers of the slots.
    #[default]
    Planogram,
    /// By price.
    CheapestFirst,
}

/// A colour, written `#RRGGBB`.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(try_from = "String")]
struct Accent(Rgb888);

impl TryFrom<String> for Accent {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let digits = text.strip_prefix('#').filter(|digits| digits.len() == 6);
        let number = digits
            .filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()))
            .and_then(|digits| u32::from_str_radix(digits, 16).ok());
        let Some(number) = number else {
            return Err(format!("must be a colour such as \"#1A7F5A\", not {text:?}"));
        };
        let [_, red, green, blue] = number.to_be_bytes();
        Ok(Self(Rgb888::new(red, green, blue)))
    }
}

/// In tenths of an inch.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(try_from = "f64")]
struct Diagonal(u32);

impl TryFrom<f64> for Diagonal {
    type Error = String;

    fn try_from(inches: f64) -> Result<Self, String> {
        let off = |tenths: u32| (f64::from(tenths) / 10.0 - inches).abs();
        let nearest = (15..=650).min_by(|a, b| off(*a).total_cmp(&off(*b)));
        nearest
            .filter(|_| (1.5..=65.0).contains(&inches))
            .map(Self)
            .ok_or_else(|| format!("must be 1.5 to 65 inches, not {inches}"))
    }
}

/// Seconds; 0 = never.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(try_from = "i64")]
struct AttractAfter(u32);

impl TryFrom<i64> for AttractAfter {
    type Error = String;

    fn try_from(seconds: i64) -> Result<Self, String> {
        match u32::try_from(seconds) {
            Ok(known @ (0 | 10..=3_600)) => Ok(Self(known)),
            Ok(_) | Err(_) => Err(format!("must be 0 (never) or 10 to 3600, not {seconds}")),
        }
    }
}

impl Default for ScreenFile {
    fn default() -> Self {
        Self {
            theme: Appearance::default(),
            accent: None,
            logo: None,
            idle_pictures: Spanned::new(0..0, Vec::new()),
            languages: None,
            large_type: false,
            diagonal_inches: None,
            motion: Motion::default(),
            font: None,
            font_index: 0,
            attract_after_seconds: AttractAfter(60),
            order: CatalogueOrder::default(),
            product_page: false,
            keypad: false,
            sound_program: None,
        }
    }
}

impl ScreenFile {
    /// How long nobody must have been there; `None` = for ever.
    pub(super) fn attract_after(&self) -> Option<Duration> {
        let AttractAfter(seconds) = self.attract_after_seconds;
        (seconds > 0).then(|| Duration::from_secs(seconds.into()))
    }

    pub(super) fn is_cheapest_first(&self) -> bool {
        self.order == CatalogueOrder::CheapestFirst
    }
}

/// Checks the table for a machine whose own language this is.
pub(super) fn settings(
    source: &Source,
    file: &ScreenFile,
    own: Language,
) -> Result<ScreenSettings, ConfigError> {
    let pictures = file.idle_pictures.get_ref();
    if pictures.len() > IDLE_PICTURES_MAX {
        let reason = format!("idle_pictures: at most {IDLE_PICTURES_MAX}, not {}", pictures.len());
        return Err(source.error(file.idle_pictures.span(), reason));
    }
    if file.font_index > 0 && file.font.is_none() {
        return Err(source.error_in_table("screen", "font_index needs font: which file it is in"));
    }
    let font = file.font.as_ref();
    Ok(ScreenSettings {
        appearance: file.theme,
        accent: file.accent.map(|Accent(color)| color),
        logo: file.logo.as_ref().map(|path| source.resolve(path)),
        idle_pictures: pictures.iter().map(|path| source.resolve(path)).collect(),
        languages: languages(source, file, own)?,
        large_type: file.large_type,
        diagonal: file.diagonal_inches.map(|Diagonal(tenths)| tenths),
        motion: file.motion,
        font: font.map(|path| FontFile { path: source.resolve(path), index: file.font_index }),
        sound_program: file.sound_program.as_ref().map(|path| source.resolve(path)),
    })
}

/// What customers may choose from, the machine's own language first.
fn languages(
    source: &Source,
    file: &ScreenFile,
    own: Language,
) -> Result<Vec<Language>, ConfigError> {
    let usual = vec![own, Language::Chinese, Language::English];
    let chosen = file.languages.as_ref();
    if let Some(spanned) = chosen {
        let at = |reason: String| Err(source.error(spanned.span(), reason));
        let languages = spanned.get_ref();
        let distinct = languages.iter().collect::<BTreeSet<_>>();
        if distinct.len() < languages.len() {
            return at("languages: each of them once".to_owned());
        }
        if !languages.contains(&own) {
            let own = own.code();
            return at(format!("languages: that of [machine], {own:?}, must be one of them"));
        }
    }
    let chosen = chosen.map_or(&usual, |spanned| spanned.get_ref());
    let mut languages = vec![own];
    for language in chosen {
        if !languages.contains(language) {
            languages.push(*language);
        }
    }
    Ok(languages)
}
