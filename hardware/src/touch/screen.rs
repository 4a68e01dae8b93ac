//! The thread that listens to a touch screen, and finds it again when it was away.

use std::{
    io,
    os::fd::AsFd,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
    time::Instant,
};

use evdev::{AbsoluteAxisCode, Device};
use rustix::event::PollFlags;

use super::{Axis, Calibration, Contact, Decoder, Touched};
use crate::{
    backoff::Backoff,
    waker::{self, Waker},
};

/// Which touch screen, and how it lies on the panel.
#[derive(Clone, Debug)]
pub struct Settings {
    /// A name that does not change with the plug order: `/dev/input/by-path/...-event`.
    pub device: PathBuf,
    /// How it lies on the panel.
    pub calibration: Calibration,
}

/// A running touch screen; dropping it ends its thread.
#[derive(Debug)]
pub struct TouchScreen {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug)]
struct Shared {
    stop: AtomicBool,
    waker: Waker,
}

impl TouchScreen {
    /// Listens on a thread of its own. A missing device is looked for until it comes.
    ///
    /// # Errors
    /// When no thread can be started.
    pub fn spawn(
        settings: Settings,
        on_touch: impl Fn(Touched) + Send + 'static,
    ) -> io::Result<Self> {
        let shared = Arc::new(Shared { stop: AtomicBool::new(false), waker: Waker::new()? });
        let thread = thread::Builder::new().name("touch".into()).spawn({
            let shared = Arc::clone(&shared);
            move || shared.run(&settings, &on_touch)
        })?;
        Ok(Self { shared, thread: Some(thread) })
    }

    /// Whether `device` is a touch screen that can be opened, without taking it from a program that
    /// listens to it.
    ///
    /// # Errors
    /// It cannot be opened, or is none.
    pub fn check(device: &Path) -> io::Result<()> {
        Reports::of(&Device::open(device)?).map(drop)
    }

    /// Whether its thread lives: one that panicked, such as in `on_touch`, does not come back.
    #[must_use]
    pub fn is_alive(&self) -> bool {
        self.thread.as_ref().is_some_and(|thread| !thread.is_finished())
    }
}

impl Drop for TouchScreen {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::SeqCst);
        self.shared.waker.ring();
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}

impl Shared {
    /// The life of the thread: open, listen, wait, again.
    fn run(&self, settings: &Settings, on_touch: &impl Fn(Touched)) {
        let mut backoff = Backoff::new();
        let mut complained = false;
        let device = settings.device.display();
        while !self.stop.load(Ordering::SeqCst) {
            let error = match open(settings) {
                Ok((screen, decoder)) => {
                    let name = screen.name().unwrap_or("unnamed");
                    tracing::info!(%device, name, "touch screen open");
                    backoff.succeeded();
                    complained = false;
                    match self.listen(screen, decoder, on_touch) {
                        Ok(()) => return,
                        Err(error) => error,
                    }
                }
                Err(error) => error,
            };
            if !complained {
                tracing::warn!(%device, %error, "touch screen lost; looking for it");
                complained = true;
            }
            backoff.failed(Instant::now());
            self.pause(&backoff);
        }
    }

    /// Until the device fails, or `Ok` when asked to stop.
    fn listen(
        &self,
        mut screen: Device,
        mut decoder: Decoder,
        on_touch: &impl Fn(Touched),
    ) -> io::Result<()> {
        while !self.stop.load(Ordering::SeqCst) {
            waker::wait(Some((screen.as_fd(), PollFlags::IN)), Some(&self.waker), None)?;
            match screen.fetch_events() {
                // The crate meets SYN_DROPPED by reading the state again and telling it as events.
                Ok(events) => events.filter_map(|event| decoder.feed(event)).for_each(on_touch),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    fn pause(&self, backoff: &Backoff) {
        while !backoff.is_due(Instant::now()) && !self.stop.load(Ordering::SeqCst) {
            // The bell rings for `stop` alone and is left ringing.
            drop(waker::wait(None, Some(&self.waker), backoff.due()));
        }
    }
}

/// Opens the device for us alone: touches must not reach the console behind the picture.
fn open(settings: &Settings) -> io::Result<(Device, Decoder)> {
    let mut screen = Device::open(&settings.device)?;
    screen.grab()?;
    screen.set_nonblocking(true)?;
    let Reports { contact, x, y } = Reports::of(&screen)?;
    let decoder = Decoder::new(contact, (x.0, y.0), settings.calibration.clone(), (x.1, y.1));
    Ok((screen, decoder))
}

/// How a screen tells of fingers, and where its axes stand.
struct Reports {
    contact: Contact,
    x: (Axis, i32),
    y: (Axis, i32),
}

impl Reports {
    fn of(screen: &Device) -> io::Result<Self> {
        let axes = screen.supported_absolute_axes();
        let has = |axis| axes.is_some_and(|axes| axes.contains(axis));
        let multi = has(AbsoluteAxisCode::ABS_MT_SLOT) && has(AbsoluteAxisCode::ABS_MT_POSITION_X);
        let (contact, x, y) = if multi {
            let (x, y) = (AbsoluteAxisCode::ABS_MT_POSITION_X, AbsoluteAxisCode::ABS_MT_POSITION_Y);
            (Contact::Multi, x, y)
        } else {
            (Contact::Single, AbsoluteAxisCode::ABS_X, AbsoluteAxisCode::ABS_Y)
        };
        Ok(Self { contact, x: axis(screen, x)?, y: axis(screen, y)? })
    }
}

/// The range of an axis and where it stands.
fn axis(screen: &Device, wanted: AbsoluteAxisCode) -> io::Result<(Axis, i32)> {
    let info = screen.get_absinfo()?.find(|(axis, _)| *axis == wanted).map(|(_, info)| info);
    let info =
        info.ok_or_else(|| io::Error::other(format!("no touch screen: it has no {wanted:?}")))?;
    Ok((Axis { min: info.minimum(), max: info.maximum() }, info.value()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::panel::Rotation;

    #[test]
    fn a_missing_screen_is_looked_for_and_the_thread_can_be_ended() -> io::Result<()> {
        let size = (800, 480);
        let calibration = Calibration {
            size,
            rotation: Rotation::None,
            swap: false,
            invert_x: false,
            invert_y: false,
        };
        for device in ["/nonexistent/touch", "/dev/null"] {
            let settings = Settings { device: device.into(), calibration: calibration.clone() };
            assert!(open(&settings).is_err());
            assert!(TouchScreen::check(device.as_ref()).is_err());
            let screen = TouchScreen::spawn(settings, |_| {})?;
            assert!(screen.is_alive());
        }
        Ok(())
    }
}
