//! The socket of an off-screen panel: sends what changes to every watcher, takes their touches.

use std::{
    fs::{self, Permissions},
    io::{self, BufRead, BufReader, Read, Write},
    net::Shutdown,
    os::{
        fd::AsFd,
        unix::{
            fs::PermissionsExt,
            net::{UnixListener, UnixStream},
        },
    },
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
        mpsc::{Receiver, SyncSender, sync_channel},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use rustix::event::PollFlags;

use super::{Pixels, message};
use crate::{
    panel::Rect,
    touch::Touched,
    waker::{self, Waker},
};

/// Watchers at a time: a page, a phone, a test, and some to spare. Each costs two threads.
const WATCHERS_MAX: usize = 8;
/// Messages that wait for one watcher. Who is further behind is dropped.
const QUEUE_MAX: usize = 64;
/// A watcher that takes no byte for so long is gone.
const WRITE_TIMEOUT: Duration = Duration::from_secs(2);

type HandOn = Box<dyn Fn(Touched) + Send + Sync>;
type Message = Arc<Vec<u8>>;

/// The listening socket and its watchers.
pub(super) struct Server {
    path: PathBuf,
    shared: Arc<Shared>,
    accepting: Option<JoinHandle<()>>,
}

struct Shared {
    panel: (u16, u16),
    pixels: Pixels,
    watchers: Mutex<Watchers>,
    hand_on: Mutex<Option<HandOn>>,
    stop: AtomicBool,
    waker: Waker,
}

#[derive(Default)]
struct Watchers {
    sequence: u32,
    welcomed: u64,
    all: Vec<Watcher>,
}

struct Watcher {
    number: u64,
    queue: SyncSender<Message>,
    stream: UnixStream,
}

impl Server {
    /// Listens at `path`, in the place of a socket that nobody listens at any more.
    pub(super) fn listen(path: PathBuf, panel: (u16, u16), pixels: &Pixels) -> io::Result<Self> {
        let listener = bind(&path).map_err(|error| at(&path, &error))?;
        let shared = Arc::new(Shared {
            panel,
            pixels: pixels.clone(),
            watchers: Mutex::default(),
            hand_on: Mutex::new(None),
            stop: AtomicBool::new(false),
            waker: Waker::new()?,
        });
        let accepting = thread::Builder::new().name("panel-socket".into()).spawn({
            let shared = Arc::clone(&shared);
            move || shared.accept(&listener)
        })?;
        Ok(Self { path, shared, accepting: Some(accepting) })
    }

    pub(super) fn on_touch(&self, hand_on: HandOn) {
        *lock(&self.shared.hand_on) = Some(hand_on);
    }

    /// Queues a part of the picture for every watcher; never waits for one.
    pub(super) fn send(&self, picture: &[u32], rect: Rect) {
        let mut watchers = lock(&self.shared.watchers);
        if watchers.all.is_empty() {
            return;
        }
        let message = Arc::new(watchers.next_message(picture, rect, self.shared.panel));
        watchers.all.retain(|watcher| watcher.send(&message));
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::SeqCst);
        self.shared.waker.ring();
        if let Some(accepting) = self.accepting.take() {
            drop(accepting.join());
        }
        lock(&self.shared.watchers).all.clear();
        // A newer panel may have taken the path over; then this removes its name, which is a
        // mistake of the setup.
        drop(fs::remove_file(&self.path));
    }
}

impl Shared {
    /// The life of the listening thread.
    fn accept(self: &Arc<Self>, listener: &UnixListener) {
        loop {
            // First: what is rung for afterwards is not missed.
            self.waker.hush();
            if self.stop.load(Ordering::SeqCst) {
                return;
            }
            match listener.accept() {
                Ok((stream, _)) => {
                    if let Err(error) = self.welcome(stream) {
                        tracing::debug!(%error, "a watcher of the panel was not let in");
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    drop(waker::wait(
                        Some((listener.as_fd(), PollFlags::IN)),
                        Some(&self.waker),
                        None,
                    ));
                }
                Err(error) => {
                    // Out of descriptors, say: the panel goes on, and a watcher that leaves makes
                    // room.
                    tracing::warn!(%error, "the panel's socket cannot take a watcher in");
                    let pause = std::time::Instant::now() + WRITE_TIMEOUT;
                    drop(waker::wait(None, Some(&self.waker), Some(pause)));
                }
            }
        }
    }

    /// Queues the whole picture and starts the watcher's two threads.
    fn welcome(self: &Arc<Self>, stream: UnixStream) -> io::Result<()> {
        stream.set_nonblocking(false)?;
        stream.set_write_timeout(Some(WRITE_TIMEOUT))?;
        let (reading, writing) = (stream.try_clone()?, stream.try_clone()?);
        let (queue, messages) = sync_channel(QUEUE_MAX);
        // The picture is locked before the watchers, here as in `Offscreen::show`.
        let picture = self.pixels.lock();
        let mut watchers = lock(&self.watchers);
        if watchers.all.len() >= WATCHERS_MAX {
            return Err(io::Error::other(format!("{WATCHERS_MAX} are watching already")));
        }
        let whole = Rect { x: 0, y: 0, w: self.panel.0.into(), h: self.panel.1.into() };
        let message = Arc::new(watchers.next_message(&picture, whole, self.panel));
        watchers.welcomed += 1;
        let number = watchers.welcomed;
        let watcher = Watcher { number, queue, stream };
        watcher.send(&message);
        thread::Builder::new()
            .name("panel-frames".into())
            .spawn(move || write_all(writing, &messages))?;
        let shared = Arc::clone(self);
        thread::Builder::new()
            .name("panel-touches".into())
            .spawn(move || shared.read_touches(&reading, number))?;
        watchers.all.push(watcher);
        Ok(())
    }

    /// The life of a watcher's reading thread; its end is the watcher's end.
    fn read_touches(&self, stream: &UnixStream, number: u64) {
        let mut lines = BufReader::new(stream);
        let mut line = String::new();
        loop {
            line.clear();
            let limit = u64::try_from(message::LINE_MAX).unwrap_or(u64::MAX);
            match lines.by_ref().take(limit).read_line(&mut line) {
                Ok(1..) if line.ends_with('\n') => {}
                Ok(_) | Err(_) => break,
            }
            let Some(touched) = message::parse_touch(&line) else { break };
            let inside = touched.x < self.panel.0.into() && touched.y < self.panel.1.into();
            if let Some(hand_on) = lock(&self.hand_on).as_ref().filter(|_| inside) {
                hand_on(touched);
            }
        }
        drop(stream.shutdown(Shutdown::Both));
        lock(&self.watchers).all.retain(|watcher| watcher.number != number);
    }
}

impl Watchers {
    fn next_message(&mut self, picture: &[u32], rect: Rect, panel: (u16, u16)) -> Vec<u8> {
        self.sequence = self.sequence.wrapping_add(1);
        message::frame(self.sequence, picture, rect, panel)
    }
}

impl Watcher {
    /// Whether it is still worth keeping.
    fn send(&self, message: &Message) -> bool {
        self.queue.try_send(Arc::clone(message)).is_ok()
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        // Ends both threads: their reads and writes fail from now on.
        drop(self.stream.shutdown(Shutdown::Both));
    }
}

/// The life of a watcher's writing thread; ends with its queue or with its socket.
fn write_all(mut stream: UnixStream, messages: &Receiver<Message>) {
    for message in messages {
        if stream.write_all(&message).is_err() {
            break;
        }
    }
    drop(stream.shutdown(Shutdown::Both));
}

/// Makes the socket under another name first: it is never there with more rights than 0600, and an
/// old one is replaced in one step.
fn bind(path: &Path) -> io::Result<UnixListener> {
    if UnixStream::connect(path).is_ok() {
        return Err(io::Error::new(io::ErrorKind::AddrInUse, "another program listens there"));
    }
    let mut new = path.as_os_str().to_owned();
    new.push(".new");
    let new = PathBuf::from(new);
    if let Err(error) = fs::remove_file(&new)
        && error.kind() != io::ErrorKind::NotFound
    {
        return Err(error);
    }
    let listener = UnixListener::bind(&new)?;
    fs::set_permissions(&new, Permissions::from_mode(0o600))?;
    listener.set_nonblocking(true)?;
    fs::rename(&new, path)?;
    Ok(listener)
}

fn at(path: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("cannot listen at {}: {error}", path.display()))
}

/// Nothing behind these locks can be left half done by a panic.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
