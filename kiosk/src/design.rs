//! What the operator chose about how the screens look.

use std::collections::BTreeMap;

use embedded_graphics::pixelcolor::Rgb888;
use serde::Deserialize;

use crate::font::Fonts;
use crate::{Language, Picture};

/// The look of one machine; the default is light, without pictures, Chinese and English.
#[derive(Clone, Debug)]
pub struct Design {
    /// Dark letters on light paper, or the other way round.
    pub appearance: Appearance,
    /// The operator's colour, for what can be pressed; it is made lighter or darker where letters
    /// could not be read otherwise.
    pub accent: Option<Rgb888>,
    /// The operator's logo.
    pub logo: Option<Picture>,
    /// Shown one after the other while nobody is there.
    pub idle_pictures: Vec<Picture>,
    /// A picture of what lies in a slot.
    pub photos: BTreeMap<u16, Picture>,
    /// What customers may choose from, the machine's own language first; none is as Chinese alone.
    pub languages: Vec<Language>,
    /// Letters a quarter larger.
    pub large_type: bool,
    /// Diagonal of the panel in tenths of an inch, from which the size of a fingertip follows;
    /// `None` = what panels of so many pixels usually have.
    pub diagonal: Option<u32>,
    /// Whether pictures move.
    pub motion: Motion,
    /// The letters.
    pub fonts: Fonts,
}

/// Light or dark.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Appearance {
    /// Dark letters on light paper: best in daylight.
    #[default]
    Light,
    /// Light letters on dark paper: best at night and indoors.
    Dark,
}

/// Whether pictures move.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Motion {
    /// Screens fade into each other, rings turn.
    #[default]
    Full,
    /// Each screen is drawn once, and another picture every six seconds while nobody is there: for
    /// panels on a slow bus.
    Still,
}

impl Default for Design {
    fn default() -> Self {
        Self {
            appearance: Appearance::Light,
            accent: None,
            logo: None,
            idle_pictures: Vec::new(),
            photos: BTreeMap::new(),
            languages: vec![Language::Chinese, Language::English],
            large_type: false,
            diagonal: None,
            motion: Motion::Full,
            fonts: Fonts::default(),
        }
    }
}
