//! From the configuration to devices.

use std::sync::Arc;
use std::time::Duration;

use hardware::panel::{Framebuffer, Offscreen, Panel, PanelError, Rotation, framebuffer};
use hardware::touch::{Calibration, Settings as TouchSettings, TouchScreen};
use hardware::waveshare::RelayBoard;

use crate::config::{Config, PanelSettings, TouchFile};
use crate::design::design;
use crate::inbox::Inbox;
use crate::port::panel::{Fingers, PanelPort};
use crate::port::sound::{Sound, Sounds};
use crate::report::Chain;

/// A device that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DeviceError {
    /// The framebuffer.
    #[error("the panel cannot be used: see [panel] in the configuration")]
    Panel(#[source] PanelError),
    /// The off-screen panel.
    #[error("the off-screen panel cannot be used: see [panel] in the configuration")]
    Offscreen(#[source] std::io::Error),
    /// The panel's thread.
    #[error("the panel's thread cannot be started")]
    Thread(#[source] std::io::Error),
    /// The board's thread.
    #[error("the board's thread cannot be started: see [board] in the configuration")]
    Board(#[source] std::io::Error),
}

/// A panel that cannot be opened is tried again so often.
const PANEL_RETRY: Duration = Duration::from_secs(10);

/// The customer's side: the panel on its thread, and the touch screen if there is one.
///
/// The machine sells without it too: phones order by stickers or in the mini-program.
pub(super) struct Front {
    panel: PanelPort,
    touch: Option<TouchScreen>,
    wanted: Wanted,
    inbox: Inbox,
    /// What the screen that is shown sounds like.
    sound: Option<Sound>,
    /// When the panel is tried again, on the monotonic clock; `None` = nothing is missing.
    retry_at: Option<Duration>,
}

/// What the operator says is there.
struct Wanted {
    panel: PanelSettings,
    touch: Option<TouchFile>,
    design: Arc<kiosk::Design>,
    sounds: Sounds,
}

impl Front {
    /// Opens the panel and the touch screen; without them the front is dark and looks for them.
    pub(super) fn open(config: &Config, inbox: &Inbox, now: Duration) -> Self {
        let (panel, inbox) = (PanelPort::dark(), inbox.clone());
        let wanted = Wanted::of(config);
        let mut front = Self { panel, touch: None, wanted, inbox, sound: None, retry_at: None };
        match front.wanted.open(&front.inbox) {
            Ok((panel, touch)) => (front.panel, front.touch) = (panel, touch),
            Err(error) => {
                tracing::warn!(
                    error = %Chain(&error),
                    "the machine goes on without a picture and looks for its panel every {} s",
                    PANEL_RETRY.as_secs()
                );
                front.retry_at = Some(now + PANEL_RETRY);
            }
        }
        front
    }

    /// Shows `view` to whoever can see it, and lets a new screen be heard.
    pub(super) fn show(&mut self, view: kiosk::View) {
        let sound = Sound::of(&view.screen);
        if let Some(sound) = sound.filter(|sound| self.sound != Some(*sound)) {
            self.wanted.sounds.play(sound);
        }
        self.sound = sound;
        self.panel.show(view);
    }

    /// When [`Front::look_for_panel`] has something to do again; `None` = never.
    pub(super) const fn retry_at(&self) -> Option<Duration> {
        self.retry_at
    }

    /// Tries a missing panel again when it is time to. Returns whether there is a new one: it is
    /// black.
    pub(super) fn look_for_panel(&mut self, now: Duration) -> bool {
        if self.retry_at.is_none_or(|at| now < at) {
            return false;
        }
        match self.wanted.open(&self.inbox) {
            Ok((panel, touch)) => {
                tracing::info!("the panel can be used again");
                (self.panel, self.touch, self.retry_at) = (panel, touch, None);
                true
            }
            Err(error) => {
                tracing::debug!(error = %Chain(&error), "the panel still cannot be used");
                self.retry_at = Some(now + PANEL_RETRY);
                false
            }
        }
    }

    /// Draws what is still to be drawn, and ends.
    pub(super) fn stop(self) {
        drop(self.touch);
        self.panel.stop();
    }
}

impl Wanted {
    /// Reads the pictures, which takes its time on a small machine.
    fn of(config: &Config) -> Self {
        let (design, faults) = design(config);
        for fault in faults {
            tracing::warn!(error = %Chain(&fault), "the screens do without it");
        }
        let program = config.screen.sound_program.clone();
        Self {
            panel: config.panel.clone(),
            touch: config.touch.clone(),
            design: Arc::new(design),
            sounds: program.map_or_else(Sounds::silent, Sounds::start),
        }
    }

    fn open(&self, inbox: &Inbox) -> Result<(PanelPort, Option<TouchScreen>), DeviceError> {
        match &self.panel {
            PanelSettings::Offscreen { width, height, socket } => {
                let panel = Offscreen::new(*width, *height, socket.clone())
                    .map_err(DeviceError::Offscreen)?;
                let fingers = self.fingers(panel.size(), inbox);
                let touched = fingers.clone();
                panel.on_touch(move |finger| touched.touched(finger.x, finger.y));
                self.start(Box::new(panel), &fingers, Rotation::None)
            }
            PanelSettings::Framebuffer { device, rotate, console } => {
                let settings = framebuffer::Settings {
                    device: device.clone(),
                    rotation: *rotate,
                    console: console.clone(),
                };
                let panel = Framebuffer::open(&settings).map_err(DeviceError::Panel)?;
                let fingers = self.fingers(panel.size(), inbox);
                self.start(Box::new(panel), &fingers, *rotate)
            }
            PanelSettings::None => Ok((PanelPort::dark(), None)),
        }
    }

    fn fingers(&self, size: (u32, u32), inbox: &Inbox) -> Fingers {
        Fingers::new(size, Arc::clone(&self.design), inbox.clone(), self.sounds.clone())
    }

    fn start(
        &self,
        panel: Box<dyn Panel>,
        fingers: &Fingers,
        rotation: Rotation,
    ) -> Result<(PanelPort, Option<TouchScreen>), DeviceError> {
        let size = panel.size();
        let panel = PanelPort::start(panel, fingers).map_err(DeviceError::Thread)?;
        let Some(touch) = &self.touch else {
            return Ok((panel, None));
        };
        let calibration = Calibration {
            size,
            rotation,
            swap: touch.swap_xy,
            invert_x: touch.invert_x,
            invert_y: touch.invert_y,
        };
        let settings = TouchSettings { device: touch.device.clone(), calibration };
        let fingers = fingers.clone();
        // A device that is not there is looked for by its own thread.
        let touch_screen = TouchScreen::spawn(settings, move |finger| {
            fingers.touched(finger.x, finger.y);
        });
        let touch_screen = touch_screen.inspect_err(|error| {
            let device = touch.device.display();
            tracing::warn!(%device, %error, "the machine goes on without its touch screen");
        });
        Ok((panel, touch_screen.ok()))
    }
}

/// The vending board as the driver wants it.
pub(super) fn board(config: &Config) -> RelayBoard {
    let board = &config.board;
    RelayBoard {
        port: board.port.clone(),
        baud: board.baud,
        address: board.address,
        coils: board.coils,
        inputs: board.inputs,
        unlink_inputs: board.unlink_inputs,
    }
}
