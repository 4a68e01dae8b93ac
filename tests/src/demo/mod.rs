//! The demo: the whole machine in the simulated world, to be played with or to be watched.

mod headless;
mod live;
pub(crate) mod signals;
mod verdict;

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use kiosk::{Appearance, Language, Motion};

pub use self::verdict::Verdict;
use crate::{
    machine::{MachineError, MachineSettings, ProgramError, ScreenSettings, kioskd},
    world::{World, WorldError},
};

/// How long kioskd may take to sell: it opens its log, reaches the board and the gateway.
const READY_LIMIT: Duration = Duration::from_secs(20);

/// What the demo is to show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DemoSettings {
    /// A robot buys; nobody needs to look.
    pub headless: bool,
    /// How many items the robot buys.
    pub sales: u16,
    /// Every notify is lost.
    pub lose_notifies: bool,
    /// Every spiral is jammed.
    pub jam: bool,
    /// The page's port; 0 takes a free one.
    pub port: u16,
    /// Panel pixels.
    pub size: (u32, u32),
    /// Light or dark.
    pub theme: Appearance,
}

/// Runs the demo to its end; whether everything settled as it should.
///
/// # Errors
/// [`DemoError`] when the world or the machine could not be brought up.
pub fn run(settings: &DemoSettings, say: &mut dyn FnMut(&str)) -> Result<Verdict, DemoError> {
    let world = Arc::new(World::new(kioskd()?, machine(settings))?);
    world.gateway.set_moods(|moods| moods.lose_notifies = settings.lose_notifies);
    if settings.jam {
        world.settings.slots.iter().for_each(|slot| world.jam(slot.number, true));
    }
    world.machine.start()?;
    if settings.headless {
        let _signals = signals::clean_up_on_end(&world).map_err(DemoError::Signals)?;
        world.machine.wait_ready(READY_LIMIT)?;
        Ok(headless::run(&world, settings, say))
    } else {
        live::run(&world, settings.port, say)?;
        Ok(Verdict::AsItShould)
    }
}

/// A machine with pictures and all languages; a robot's screens stand still, so that it knows them.
fn machine(settings: &DemoSettings) -> MachineSettings {
    let usual = MachineSettings::default();
    let screen = ScreenSettings {
        appearance: settings.theme,
        languages: Language::ALL.to_vec(),
        motion: if settings.headless { Motion::Still } else { Motion::Full },
        attract_after_seconds: if settings.headless { 0 } else { 60 },
        ..usual.screen
    };
    let mut slots = usual.slots;
    for (slot, name) in slots.iter_mut().zip(PHOTOS) {
        slot.picture = photo(name);
    }
    MachineSettings {
        size: settings.size,
        // A jammed slot would be blocked after its first failure; the robot goes on with it.
        failures_until_blocked: if settings.headless && settings.jam { 0 } else { 1 },
        screen,
        slots,
        ..usual
    }
}

/// What the pictures of the items are called, slot by slot.
pub(crate) const PHOTOS: [&str; 8] =
    ["cola", "water", "tea", "juice", "crisps", "chocolate", "nuts", "biscuits"];

/// The picture of this name; a program that was taken elsewhere does without.
pub(crate) fn photo(name: &str) -> Option<PathBuf> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../kiosk/tests/photos");
    let files = ["png", "jpg"].map(|kind| dir.join(format!("{name}.{kind}")));
    files.into_iter().find(|file| file.is_file())
}

/// The demo cannot be shown.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// No kioskd.
    #[error(transparent)]
    Program(#[from] ProgramError),
    /// No world.
    #[error(transparent)]
    World(#[from] WorldError),
    /// kioskd does not come up.
    #[error(transparent)]
    Machine(#[from] MachineError),
    /// Nobody could end it.
    #[error("cannot listen for signals")]
    Signals(#[source] std::io::Error),
    /// No page.
    #[error("cannot serve the page")]
    Page(#[source] std::io::Error),
}
