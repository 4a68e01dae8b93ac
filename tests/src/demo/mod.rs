//! The demo: the whole machine in the simulated world, to be played with or to be watched.

mod headless;
mod live;
pub(crate) mod signals;
mod verdict;

use std::{sync::Arc, time::Duration};

pub use self::verdict::Verdict;
use crate::{
    machine::{MachineError, MachineSettings, ProgramError, kioskd},
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
}

/// Runs the demo to its end; whether everything settled as it should.
///
/// # Errors
/// [`DemoError`] when the world or the machine could not be brought up.
pub fn run(settings: &DemoSettings, say: &mut dyn FnMut(&str)) -> Result<Verdict, DemoError> {
    let machine = MachineSettings {
        size: settings.size,
        // A jammed slot would be blocked after its first failure; the robot goes on with it.
        failures_until_blocked: if settings.headless && settings.jam { 0 } else { 1 },
        ..MachineSettings::default()
    };
    let world = Arc::new(World::new(kioskd()?, machine)?);
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
