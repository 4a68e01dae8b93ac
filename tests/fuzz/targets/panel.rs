//! The customer's side: the off-screen panel's socket in both directions, and the touch screen.

use std::cell::OnceCell;
use std::io::{Read as _, Write as _};
use std::net::Shutdown;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use evdev::InputEvent;
use hardware::panel::offscreen::Client;
use hardware::panel::{Offscreen, Rotation};
use hardware::touch::{Axis, Calibration, Contact, Decoder, Touched};

use super::place;

/// Nothing here takes longer.
const LIMIT: Duration = Duration::from_secs(10);
/// The panel's sides, small so that its first picture is quickly sent.
const SIDES: (u32, u32) = (16, 9);

thread_local! {
    static PANEL: OnceCell<Watched> = const { OnceCell::new() };
}

/// A panel and what it was told.
struct Watched {
    _panel: Offscreen,
    touches: Arc<Mutex<Vec<Touched>>>,
}

impl Watched {
    fn new() -> Self {
        let panel = Offscreen::new(SIDES.0, SIDES.1, Some(place("panel.sock"))).expect("a panel");
        let touches = Arc::new(Mutex::new(Vec::new()));
        let heard = Arc::clone(&touches);
        panel.on_touch(move |touched| lock(&heard).push(touched));
        Self { _panel: panel, touches }
    }
}

/// A touch is handed on only when a line of its own says so and it lies within the picture.
pub(crate) fn socket(data: &[u8]) -> bool {
    PANEL.with(|panel| {
        let panel = panel.get_or_init(Watched::new);
        lock(&panel.touches).clear();
        let mut stream = UnixStream::connect(place("panel.sock")).expect("somebody listens");
        stream.set_read_timeout(Some(LIMIT)).expect("a limit");
        // It may hang up before it has read everything.
        let _ = stream.write_all(data);
        let _ = stream.shutdown(Shutdown::Write);
        // Its end is when it has read everything and let go of us.
        let mut picture = Vec::new();
        let read = stream.read_to_end(&mut picture);
        let hangs = matches!(&read, Err(error) if error.kind() == std::io::ErrorKind::WouldBlock);
        assert!(!hangs, "it neither reads nor hangs up");
        let touches = lock(&panel.touches).clone();
        let lines = data.split(|byte| *byte == b'\n').count() - 1;
        assert!(touches.len() <= lines, "more touches than lines");
        let inside = |touched: &Touched| touched.x < SIDES.0 && touched.y < SIDES.1;
        assert!(touches.iter().all(inside), "a touch beside the picture: {touches:?}");
        !touches.is_empty()
    })
}

/// Whoever watches a panel takes nothing for a picture that is none.
pub(crate) fn watcher(data: &[u8]) -> bool {
    let path = place("watched.sock");
    // From the run before.
    let _ = std::fs::remove_file(&path);
    let listener = UnixListener::bind(&path).expect("a socket");
    let bytes = data.to_vec();
    let panel = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("the watcher");
        // Who is not believed is left in the middle of a word.
        let _ = stream.write_all(&bytes);
    });
    let pictures = pictures(&path, data.len());
    panel.join().expect("a panel that hangs up");
    pictures > 0
}

fn pictures(path: &Path, most: usize) -> usize {
    let Ok(mut client) = Client::connect(path) else { return 0 };
    let mut pictures = 0;
    loop {
        let (w, h) = client.size();
        assert_eq!(client.pixels().len() as u64, u64::from(w) * u64::from(h), "not {w} x {h}");
        pictures += 1;
        assert!(pictures <= most, "a picture out of nothing");
        if client.read_update().is_err() {
            return pictures;
        }
    }
}

/// Every finger is within the picture, however the screen lies and whatever it says of itself.
pub(crate) fn touch(data: &[u8]) -> bool {
    let mut taken = false;
    let (small, wild) = (Axis { min: 0, max: 4095 }, Axis { min: i32::MAX, max: i32::MIN });
    for rotation in
        [Rotation::None, Rotation::Clockwise90, Rotation::Clockwise180, Rotation::Clockwise270]
    {
        for (contact, axes) in [(Contact::Single, (small, small)), (Contact::Multi, (small, wild))]
        {
            let size = (800, 480);
            let calibration =
                Calibration { size, rotation, swap: true, invert_x: true, invert_y: false };
            let mut decoder = Decoder::new(contact, axes, calibration, (0, 0));
            for touched in events(data).filter_map(|event| decoder.feed(event)) {
                assert!(touched.x < size.0 && touched.y < size.1, "{touched:?} is outside");
                taken = true;
            }
        }
    }
    taken
}

/// As the kernel writes them, without their times: type, code, value.
fn events(data: &[u8]) -> impl Iterator<Item = InputEvent> {
    data.as_chunks::<8>().0.iter().map(|&[t0, t1, c0, c1, v0, v1, v2, v3]| {
        let (kind, code) = (u16::from_le_bytes([t0, t1]), u16::from_le_bytes([c0, c1]));
        InputEvent::new(kind, code, i32::from_le_bytes([v0, v1, v2, v3]))
    })
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
