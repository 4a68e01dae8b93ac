//! What a person in front of the machine sees: the panel's picture as it arrives, and a finger.

use std::{
    io,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::JoinHandle,
    time::{Duration, Instant},
};

use hardware::panel::offscreen::{Client, ClientError, Finger};

use crate::{
    timeline::{Timeline, What},
    waiting::{TooLate, Watched},
};

/// How often a dark panel is tried again, and how soon the thread notices that it is to end.
const LOOK_AGAIN: Duration = Duration::from_millis(50);

/// The panel as its watcher knows it; dropping it ends the watching.
#[derive(Debug)]
pub struct Panel {
    shared: Arc<Shared>,
    timeline: Timeline,
    thread: Option<JoinHandle<()>>,
}

impl Panel {
    /// Watches the panel behind `socket`, whenever it is there.
    ///
    /// # Errors
    /// When the thread cannot be started.
    pub fn watch(socket: PathBuf, timeline: Timeline) -> io::Result<Self> {
        let shared = Arc::new(Shared {
            sight: Watched::new(Sight::default()),
            stopping: AtomicBool::new(false),
        });
        let watcher = Arc::clone(&shared);
        let thread = std::thread::Builder::new()
            .name("panel".to_owned())
            .spawn(move || watcher.run(&socket))?;
        Ok(Self { shared, timeline, thread: Some(thread) })
    }

    /// The picture now; `None` while the panel is dark.
    #[must_use]
    pub fn picture(&self) -> Option<Picture> {
        self.shared.sight.read(|sight| sight.picture.clone())
    }

    /// Waits until `look` finds something in the picture.
    ///
    /// # Errors
    /// [`TooLate`] when `limit` passes before.
    pub fn wait<R>(
        &self,
        what: &str,
        limit: Duration,
        mut look: impl FnMut(&Picture) -> Option<R>,
    ) -> Result<R, TooLate> {
        self.shared.sight.wait(what, limit, |sight| look(sight.picture.as_ref()?))
    }

    /// Waits for another picture than number `known`; gives its number, and none when the panel
    /// went dark.
    ///
    /// # Errors
    /// [`TooLate`] when the picture stays as it is for `limit`.
    pub fn next(&self, known: u64, limit: Duration) -> Result<(u64, Option<Picture>), TooLate> {
        self.shared.sight.wait("another picture", limit, |sight| {
            (sight.number != known).then(|| (sight.number, sight.picture.clone()))
        })
    }

    /// Puts a finger on the panel, in panel pixels.
    ///
    /// # Errors
    /// When the panel is dark.
    pub fn touch(&self, x: u32, y: u32) -> io::Result<()> {
        self.timeline.mark(What::Touched { x, y });
        self.shared.sight.read(|sight| match &sight.finger {
            Some(finger) => finger.touch(x, y),
            None => Err(io::Error::new(io::ErrorKind::NotConnected, "the panel is dark")),
        })
    }
}

impl Drop for Panel {
    fn drop(&mut self) {
        self.shared.stopping.store(true, Ordering::SeqCst);
        if let Some(thread) = self.thread.take() {
            // A panic there has been printed by its own thread.
            let _ = thread.join();
        }
    }
}

/// One picture.
#[derive(Debug, Clone)]
pub struct Picture {
    /// Grows with every change, over restarts of the machine too.
    pub number: u64,
    /// When it arrived here.
    pub at: Instant,
    /// Width and height.
    pub size: (u32, u32),
    /// `0x00RRGGBB`, row by row.
    pub pixels: Arc<[u32]>,
}

impl Picture {
    /// As a PNG file.
    ///
    /// # Errors
    /// Never for a picture that came from a panel; the encoder's signature has one.
    pub fn png(&self) -> Result<Vec<u8>, png::EncodingError> {
        let mut file = Vec::new();
        let mut encoder = png::Encoder::new(&mut file, self.size.0, self.size.1);
        encoder.set_color(png::ColorType::Rgb);
        encoder.set_depth(png::BitDepth::Eight);
        encoder.set_compression(png::Compression::Fast);
        let rgb: Vec<u8> = self
            .pixels
            .iter()
            .flat_map(|pixel| {
                let [_, r, g, b] = pixel.to_be_bytes();
                [r, g, b]
            })
            .collect();
        encoder.write_header()?.write_image_data(&rgb)?;
        Ok(file)
    }
}

#[derive(Debug)]
struct Shared {
    sight: Watched<Sight>,
    stopping: AtomicBool,
}

#[derive(Debug, Default)]
struct Sight {
    number: u64,
    picture: Option<Picture>,
    finger: Option<Finger>,
}

impl Shared {
    fn run(&self, socket: &std::path::Path) {
        while !self.stopping.load(Ordering::SeqCst) {
            match Client::connect(socket) {
                Ok(client) => self.follow(client),
                Err(_) => std::thread::sleep(LOOK_AGAIN),
            }
        }
    }

    /// Until the panel goes dark or this watcher is told to end.
    fn follow(&self, mut client: Client) {
        let finger = client.finger().ok();
        if client.set_read_timeout(Some(LOOK_AGAIN)).is_err() {
            return;
        }
        self.sight.change(|sight| {
            sight.finger = finger;
            sight.show(&client);
        });
        while !self.stopping.load(Ordering::SeqCst) {
            match client.read_update() {
                Ok(_) => self.sight.change(|sight| sight.show(&client)),
                Err(ClientError::TimedOut) => {}
                Err(ClientError::Closed | ClientError::Garbled | ClientError::Io(_)) => break,
            }
        }
        self.sight.change(|sight| {
            sight.number += 1;
            sight.picture = None;
            sight.finger = None;
        });
    }
}

impl Sight {
    fn show(&mut self, client: &Client) {
        self.number += 1;
        self.picture = Some(Picture {
            number: self.number,
            at: Instant::now(),
            size: client.size(),
            pixels: Arc::from(client.pixels()),
        });
    }
}
