//! `[screen]` of kioskd's configuration, and the same look for whoever compares pictures.

use std::{collections::BTreeMap, fs};

use daemon::design::pixels_of_each;
use kiosk::{Appearance, Design, Language, Motion, Picture};
use serde::Serialize;

use super::MachineSettings;

/// How the screens look and what they offer. The default is what can be compared pixel by pixel: no
/// picture, and nothing that moves.
#[derive(Debug, Clone)]
pub struct ScreenSettings {
    /// `theme`.
    pub appearance: Appearance,
    /// `motion`.
    pub motion: Motion,
    /// `languages`, besides the machine's own.
    pub languages: Vec<Language>,
    /// `attract_after_seconds`; 0 = never.
    pub attract_after_seconds: u16,
    /// `order`.
    pub cheapest_first: bool,
    /// `product_page`.
    pub product_page: bool,
    /// `keypad`.
    pub keypad: bool,
}

impl Default for ScreenSettings {
    fn default() -> Self {
        Self {
            appearance: Appearance::Light,
            motion: Motion::Still,
            languages: vec![Language::Chinese, Language::English],
            attract_after_seconds: 0,
            cheapest_first: false,
            product_page: false,
            keypad: false,
        }
    }
}

impl MachineSettings {
    /// What customers may choose from, the machine's own language first.
    fn languages(&self) -> Vec<Language> {
        let others = self.screen.languages.iter().filter(|it| **it != self.language);
        [self.language].into_iter().chain(others.copied()).collect()
    }

    /// The look of the machine, as it stands when nothing moves. As in the machine, a picture that
    /// cannot be read is left out.
    #[must_use]
    pub fn design(&self) -> Design {
        let side = self.size.0.max(self.size.1);
        let pixels = pixels_of_each(self.slots.iter().filter(|it| it.picture.is_some()).count());
        let photos = self.slots.iter().filter_map(|slot| {
            let bytes = fs::read(slot.picture.as_ref()?).ok()?;
            Some((slot.number, Picture::decode_within(&bytes, side, pixels).ok()?))
        });
        Design {
            appearance: self.screen.appearance,
            languages: self.languages(),
            motion: Motion::Still,
            photos: photos.collect::<BTreeMap<_, _>>(),
            ..Design::default()
        }
    }
}

/// The table as it is written.
#[derive(Debug, Serialize)]
pub(super) struct ScreenTable {
    theme: &'static str,
    motion: &'static str,
    languages: Vec<Language>,
    attract_after_seconds: u16,
    order: &'static str,
    product_page: bool,
    keypad: bool,
}

impl ScreenTable {
    pub(super) fn of(settings: &MachineSettings) -> Self {
        let screen = &settings.screen;
        Self {
            theme: match screen.appearance {
                Appearance::Light => "light",
                Appearance::Dark => "dark",
            },
            motion: match screen.motion {
                Motion::Full => "full",
                Motion::Still => "still",
            },
            languages: settings.languages(),
            attract_after_seconds: screen.attract_after_seconds,
            order: if screen.cheapest_first { "cheapest_first" } else { "planogram" },
            product_page: screen.product_page,
            keypad: screen.keypad,
        }
    }
}
