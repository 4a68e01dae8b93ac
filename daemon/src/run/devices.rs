//! From the configuration to devices.

use std::path::PathBuf;

use hardware::panel::{Framebuffer, Offscreen, Panel, PanelError, Rotation, framebuffer};
use hardware::touch::{Calibration, Settings as TouchSettings, TouchScreen};
use hardware::waveshare::RelayBoard;

use crate::config::{Config, PanelSettings};
use crate::inbox::Inbox;
use crate::port::panel::{Fingers, PanelPort};

/// A device that the machine cannot do without.
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
    /// The touch screen.
    #[error("the touch screen {device:?} cannot be used: see [touch] in the configuration")]
    Touch {
        /// As configured.
        device: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
}

/// The customer's side: the panel on its thread, and the touch screen if there is one.
pub(super) struct Front {
    pub(super) panel: PanelPort,
    pub(super) touch: Option<TouchScreen>,
}

/// Opens the panel and the touch screen.
pub(super) fn front(config: &Config, inbox: &Inbox) -> Result<Front, DeviceError> {
    match &config.panel {
        PanelSettings::Offscreen { width, height, socket } => {
            let panel =
                Offscreen::new(*width, *height, socket.clone()).map_err(DeviceError::Offscreen)?;
            let fingers = Fingers::new(panel.size(), inbox.clone());
            let touched = fingers.clone();
            panel.on_touch(move |finger| touched.touched(finger.x, finger.y));
            start(config, Box::new(panel), &fingers, Rotation::None)
        }
        PanelSettings::Framebuffer { device, rotate, console } => {
            let settings = framebuffer::Settings {
                device: device.clone(),
                rotation: *rotate,
                console: console.clone(),
            };
            let panel = Framebuffer::open(&settings).map_err(DeviceError::Panel)?;
            let fingers = Fingers::new(panel.size(), inbox.clone());
            start(config, Box::new(panel), &fingers, *rotate)
        }
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

fn start(
    config: &Config,
    panel: Box<dyn Panel>,
    fingers: &Fingers,
    rotation: Rotation,
) -> Result<Front, DeviceError> {
    let size = panel.size();
    let panel = PanelPort::start(panel, fingers).map_err(DeviceError::Thread)?;
    let Some(touch) = &config.touch else {
        return Ok(Front { panel, touch: None });
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
    let touch_screen = TouchScreen::spawn(settings, move |finger| {
        fingers.touched(finger.x, finger.y);
    });
    let touch = touch_screen
        .map_err(|source| DeviceError::Touch { device: touch.device.clone(), source })?;
    Ok(Front { panel, touch: Some(touch) })
}
