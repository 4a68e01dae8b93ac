//! From the configuration to devices.

use std::time::Duration;

use hardware::panel::{
    Framebuffer, GraphicsConsole, Offscreen, Panel, PanelError, Rotation, framebuffer,
};
use hardware::touch::{Calibration, Settings as TouchSettings, TouchScreen};
use hardware::waveshare::RelayBoard;

use crate::config::{Config, PanelSettings, TouchFile};
use crate::design::{Files, bare};
use crate::inbox::Inbox;
use crate::port::panel::{Designer, PanelPort};
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
    console: Option<GraphicsConsole>,
    console_tried: bool,
    touch: Option<TouchScreen>,
    touch_missing: bool,
    wanted: PanelSettings,
    touch_wanted: Option<TouchFile>,
    /// Size and rotation of the panel under the touch screen.
    lies: ((u32, u32), Rotation),
    /// What of the design is still to be read.
    files: Option<Files>,
    sounds: Sounds,
    /// What the screen that is shown sounds like.
    sound: Option<Sound>,
    /// When the panel is looked for, on the monotonic clock; `None` = there shall be none.
    look_at: Option<Duration>,
    missing: bool,
}

impl Front {
    /// Opens the panel and the touch screen; without them the front is dark and looks for them.
    pub(super) fn open(config: &Config, inbox: &Inbox, now: Duration) -> Self {
        let program = config.screen.sound_program.clone();
        let sounds = program.map_or_else(Sounds::silent, Sounds::start);
        let mut front = Self {
            panel: PanelPort::dark(bare(config), inbox.clone(), sounds.clone()),
            console: None,
            console_tried: false,
            touch: None,
            touch_missing: false,
            wanted: config.panel.clone(),
            touch_wanted: config.touch.clone(),
            lies: ((0, 0), Rotation::None),
            files: Some(Files::of(config)),
            sounds,
            sound: None,
            look_at: (!matches!(config.panel, PanelSettings::None)).then_some(now),
            missing: false,
        };
        front.look_for_panel(now);
        front
    }

    /// Shows `view` to whoever can see it, and lets a new screen be heard.
    pub(super) fn show(&mut self, view: kiosk::View) {
        let sound = Sound::of(&view.screen);
        if let Some(sound) = sound.filter(|sound| self.sound != Some(*sound)) {
            self.sounds.play(sound);
        }
        self.sound = sound;
        self.panel.show(view);
    }

    /// When [`Front::look_for_panel`] has something to do again; `None` = never.
    pub(super) const fn look_at(&self) -> Option<Duration> {
        self.look_at
    }

    /// Tries a missing panel again when it is time to, and whatever else has ended.
    pub(super) fn look_for_panel(&mut self, now: Duration) {
        if self.look_at.is_none_or(|at| now < at) {
            return;
        }
        self.look_at = Some(now + PANEL_RETRY);
        if self.panel.is_alive() {
            self.look_for_touch();
            return;
        }
        match self.open_panel() {
            Ok(()) if self.missing => {
                self.missing = false;
                tracing::info!("the panel is open again");
            }
            Ok(()) => {}
            Err(error) if self.missing => {
                tracing::debug!(error = %Chain(&error), "the panel still cannot be used");
            }
            Err(error) => {
                self.missing = true;
                tracing::warn!(
                    error = %Chain(&error),
                    "the machine goes on without a picture and looks for its panel every {} s",
                    PANEL_RETRY.as_secs()
                );
            }
        }
    }

    /// Another program has the machine, and draws on its panel.
    pub(super) fn leave_console(&mut self) {
        if let Some(console) = self.console.take() {
            console.leave();
        }
    }

    /// Draws what is still to be drawn, and ends.
    pub(super) fn stop(self) {
        drop(self.touch);
        drop(self.panel);
    }

    fn open_panel(&mut self) -> Result<(), DeviceError> {
        match &self.wanted {
            PanelSettings::Offscreen { width, height, socket } => {
                let panel = Offscreen::new(*width, *height, socket.clone())
                    .map_err(DeviceError::Offscreen)?;
                let fingers = self.panel.fingers();
                panel.on_touch(move |finger| fingers.touched(finger.x, finger.y));
                self.start(Box::new(panel), Rotation::None)
            }
            PanelSettings::Framebuffer { device, rotate, console } => {
                let rotation = *rotate;
                let settings = framebuffer::Settings { device: device.clone(), rotation };
                let panel = Framebuffer::open(&settings).map_err(DeviceError::Panel)?;
                if let Some(console) = console.as_ref().filter(|_| !self.console_tried) {
                    self.console_tried = true;
                    self.console = GraphicsConsole::open(console)
                        .inspect_err(|error| {
                            let error = Chain(error);
                            tracing::warn!(%error, "text may be drawn over the picture");
                        })
                        .ok();
                }
                self.start(Box::new(panel), rotation)
            }
            PanelSettings::None => Ok(()),
        }
    }

    fn start(&mut self, panel: Box<dyn Panel>, rotation: Rotation) -> Result<(), DeviceError> {
        // One panel's fingers must not be taken for another's.
        self.touch = None;
        let size = panel.size();
        self.lies = (size, rotation);
        self.panel.start(panel).map_err(DeviceError::Thread)?;
        if let Some(files) = self.files.take() {
            read(files, size, self.panel.designer());
        }
        self.look_for_touch();
        Ok(())
    }

    /// Listens to the touch screen, if there is to be one and nobody does.
    fn look_for_touch(&mut self) {
        let Some(touch) = &self.touch_wanted else { return };
        if self.touch.as_ref().is_some_and(TouchScreen::is_alive) {
            return;
        }
        let (size, rotation) = self.lies;
        let calibration = Calibration {
            size,
            rotation,
            swap: touch.swap_xy,
            invert_x: touch.invert_x,
            invert_y: touch.invert_y,
        };
        let settings = TouchSettings { device: touch.device.clone(), calibration };
        let fingers = self.panel.fingers();
        // A device that is not there is looked for by its own thread.
        let touch_screen = TouchScreen::spawn(settings, move |finger| {
            fingers.touched(finger.x, finger.y);
        });
        match touch_screen {
            Ok(screen) => {
                if self.touch.replace(screen).is_some() {
                    tracing::warn!("the touch screen's thread had died: it is started anew");
                }
                self.touch_missing = false;
            }
            Err(error) if self.touch_missing => tracing::debug!(%error, "touch screen"),
            Err(error) => {
                self.touch_missing = true;
                let device = touch.device.display();
                tracing::warn!(%device, %error, "the machine goes on without its touch screen");
            }
        }
    }
}

/// Reads pictures and letters on a thread of its own: the machine sells without them meanwhile.
fn read(files: Files, panel: (u32, u32), designer: Designer) {
    let read_all = move || {
        // Linux counts niceness by threads: what sells goes first.
        let _ = rustix::process::nice(10);
        files.read(&mut designer.design(), panel, |read| match read {
            Ok(design) => designer.redesign(design),
            Err(fault) => {
                tracing::warn!(error = %Chain(&fault), "a file of the screens: they do without it")
            }
        });
    };
    if let Err(error) = std::thread::Builder::new().name("pictures".to_owned()).spawn(read_all) {
        tracing::warn!(%error, "the machine goes on without its pictures");
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
