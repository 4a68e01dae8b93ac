//! Sounds: the operator's program is started for each, on a thread that nobody waits for.

use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use kiosk::Screen;
use rustix::process::{Pid, Signal, kill_process_group};

/// A program that takes longer is killed, and all that it has started.
const TIME_MAX: Duration = Duration::from_secs(5);

/// How often it is looked after.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// What is heard, as the program is told it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sound {
    /// A finger was understood.
    Touch,
    /// The customer can pay.
    Code,
    /// The payment was received.
    Paid,
    /// The item fell.
    Take,
    /// The sale did not end as it should.
    Sorry,
    /// The machine does not sell now.
    OutOfService,
}

impl Sound {
    /// Its name, the program's only argument.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Touch => "touch",
            Self::Code => "code",
            Self::Paid => "paid",
            Self::Take => "take",
            Self::Sorry => "sorry",
            Self::OutOfService => "out-of-service",
        }
    }

    /// What is heard when this screen appears.
    pub const fn of(screen: &Screen) -> Option<Self> {
        match screen {
            Screen::Payment { .. } => Some(Self::Code),
            Screen::Vending { .. } => Some(Self::Paid),
            Screen::Farewell { .. } => Some(Self::Take),
            Screen::Sorry { .. } => Some(Self::Sorry),
            Screen::OutOfService { .. } => Some(Self::OutOfService),
            Screen::Starting
            | Screen::Attract { .. }
            | Screen::Keypad { .. }
            | Screen::Product { .. }
            | Screen::Catalogue { .. }
            | Screen::Preparing { .. }
            | Screen::Checking { .. } => None,
        }
    }
}

/// The port: sounds in, nothing out.
#[derive(Clone, Debug)]
pub struct Sounds {
    /// `None`: the machine is silent.
    next: Option<Next>,
}

/// What is played next: only the newest, for a sound that comes late means something else.
#[derive(Clone, Debug)]
struct Next {
    state: Arc<Mutex<State>>,
    /// There is one.
    there: SyncSender<()>,
}

#[derive(Debug, Default)]
struct State {
    next: Option<Sound>,
    playing: bool,
}

impl Sounds {
    /// A machine that makes no sound.
    pub const fn silent() -> Self {
        Self { next: None }
    }

    /// Starts the thread that starts `program` for each sound. The thread ends with the last clone
    /// of what is returned; without one the machine is silent.
    pub fn start(program: PathBuf) -> Self {
        let (there, wake) = sync_channel(1);
        let next = Next { state: Arc::default(), there };
        let state = Arc::clone(&next.state);
        let thread = std::thread::Builder::new().name("sound".to_owned());
        match thread.spawn(move || play_all(&program, &state, &wake)) {
            Ok(_) => Self { next: Some(next) },
            Err(error) => {
                tracing::warn!(%error, "the machine goes on without sounds");
                Self::silent()
            }
        }
    }

    /// Plays it after the one that is played now, unless a newer one comes before. A touch is heard
    /// at once or not at all.
    pub fn play(&self, sound: Sound) {
        let Some(next) = &self.next else { return };
        {
            let mut state = lock(&next.state);
            if sound == Sound::Touch && (state.playing || state.next.is_some()) {
                return;
            }
            state.next = Some(sound);
        }
        // Full: the thread is told already. Disconnected: it was told why.
        let _ = next.there.try_send(());
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

fn play_all(program: &Path, state: &Mutex<State>, wake: &Receiver<()>) {
    let mut broken = false;
    while let Ok(()) = wake.recv() {
        let next = lock(state).begin();
        let Some(sound) = next else { continue };
        let started = Command::new(program)
            .arg(sound.name())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn();
        match started {
            Ok(child) => {
                broken = false;
                wait(child, sound);
            }
            Err(error) if broken => tracing::debug!(%error, "sound"),
            Err(error) => {
                broken = true;
                let program = program.display();
                tracing::warn!(%program, %error, "the sound program cannot be started");
            }
        }
        lock(state).playing = false;
    }
}

impl State {
    /// Takes what is to be played.
    fn begin(&mut self) -> Option<Sound> {
        self.playing = self.next.is_some();
        self.next.take()
    }
}

/// Waits for the program's end, and makes one when it takes too long.
fn wait(mut child: Child, sound: Sound) {
    let mut waited = Duration::ZERO;
    while matches!(child.try_wait(), Ok(None)) {
        if waited >= TIME_MAX {
            let group = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
            let killed = group.map(|group| kill_process_group(group, Signal::KILL));
            let sound = sound.name();
            tracing::debug!(sound, ?killed, "the sound program took too long");
            // An end like this is none that anybody wants to know of.
            let _ = child.wait();
            return;
        }
        std::thread::park_timeout(LOOK_EVERY);
        waited += LOOK_EVERY;
    }
}

#[cfg(test)]
mod tests;
