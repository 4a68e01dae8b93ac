//! Tests of the off-screen panel and its socket.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::{
    io::{Read, Write},
    os::unix::{fs::PermissionsExt, net::UnixStream},
    sync::mpsc,
    time::{Duration, Instant},
};

use super::*;

/// Longer than anything here takes, shorter than a person's patience.
const LIMIT: Duration = Duration::from_secs(20);

const WHOLE: Rect = Rect { x: 0, y: 0, w: 4, h: 3 };

fn panel() -> (tempfile::TempDir, PathBuf, Offscreen) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("panel.sock");
    let panel = Offscreen::new(4, 3, Some(path.clone())).unwrap();
    (dir, path, panel)
}

fn until(mut condition: impl FnMut() -> bool) {
    let start = Instant::now();
    while !condition() {
        assert!(start.elapsed() < LIMIT, "waited too long");
        std::thread::yield_now();
    }
}

#[test]
fn a_watcher_sees_the_whole_picture_then_what_changes() {
    let (_dir, path, mut panel) = panel();
    let mut picture: Vec<u32> = (0..12).collect();
    panel.show(&picture, &[WHOLE]).unwrap();
    let mut watchers = [Client::connect(&path).unwrap(), Client::connect(&path).unwrap()];
    assert_eq!(watchers.each_ref().map(Client::size), [(4, 3); 2]);
    assert!(watchers.iter().all(|watcher| watcher.pixels() == picture));

    picture.iter_mut().for_each(|pixel| *pixel += 0x0010_2030);
    let corner = Rect { x: 2, y: 1, w: 2, h: 2 };
    panel.show(&picture, &[Rect { w: 99, h: 99, ..corner }]).unwrap();
    for watcher in &mut watchers {
        assert_eq!(watcher.read_update().unwrap(), corner);
        assert_eq!(watcher.pixels(), panel.pixels().snapshot());
        assert_eq!(watcher.pixels().first(), Some(&0));
        assert_eq!(watcher.pixels().last(), Some(&0x0010_203B));
    }
}

#[test]
fn touches_inside_the_panel_are_handed_on() {
    let (_dir, path, panel) = panel();
    let (sender, touches) = mpsc::channel();
    panel.on_touch(move |touched| sender.send(touched).unwrap());
    let client = Client::connect(&path).unwrap();
    client.touch(4, 0).unwrap();
    client.touch(3, 2).unwrap();
    client.finger().unwrap().touch(1, 0).unwrap();
    assert_eq!(touches.recv_timeout(LIMIT), Ok(Touched { x: 3, y: 2 }));
    assert_eq!(touches.recv_timeout(LIMIT), Ok(Touched { x: 1, y: 0 }));
}

#[test]
fn a_watcher_that_talks_nonsense_is_dropped() {
    for nonsense in [&b"hello\n"[..], &[b'x'; 100], &[0xFF, 0xFE, b'\n']] {
        let (_dir, path, _panel) = panel();
        let mut stream = UnixStream::connect(&path).unwrap();
        stream.set_read_timeout(Some(LIMIT)).unwrap();
        stream.write_all(nonsense).unwrap();
        let mut rest = Vec::new();
        // Reset instead of a clean end when some of the nonsense was never read.
        match stream.read_to_end(&mut rest) {
            Ok(_) => {}
            Err(error) => assert_eq!(error.kind(), io::ErrorKind::ConnectionReset),
        }
    }
}

#[test]
fn a_slow_watcher_is_dropped_and_never_waited_for() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("panel.sock");
    let mut panel = Offscreen::new(320, 240, Some(path.clone())).unwrap();
    let mut slow = Client::connect(&path).unwrap();
    let mut quick = Client::connect(&path).unwrap();
    let picture = vec![0x00FF_FFFF; 320 * 240];
    let all = [Rect { x: 0, y: 0, w: 320, h: 240 }];
    for _ in 0..200 {
        panel.show(&picture, &all).unwrap();
        quick.read_update().unwrap();
    }
    let mut seen = 0;
    let error = loop {
        match slow.read_update() {
            Ok(_) => seen += 1,
            Err(error) => break error,
        }
    };
    assert!(matches!(error, ClientError::Closed), "{error}");
    assert!(seen < 200);
}

#[test]
fn a_ninth_watcher_is_turned_away_until_one_leaves() {
    let (_dir, path, _panel) = panel();
    let mut watchers: Vec<_> = (0..8).map(|_| Client::connect(&path).unwrap()).collect();
    assert!(Client::connect(&path).is_err());
    watchers.pop();
    until(|| Client::connect(&path).is_ok());
}

#[test]
fn nothing_new_within_the_limit_is_a_time_out_and_no_loss() {
    let (_dir, path, mut panel) = panel();
    let mut client = Client::connect(&path).unwrap();
    client.set_read_timeout(Some(Duration::from_millis(5))).unwrap();
    assert!(matches!(client.read_update(), Err(ClientError::TimedOut)));
    panel.show(&[7; 12], &[WHOLE]).unwrap();
    until(|| client.read_update().is_ok());
    assert_eq!(client.pixels(), [7; 12]);
}

#[test]
fn the_socket_is_ours_alone_and_one_panels_at_a_time() {
    let (_dir, path, panel) = panel();
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    let error = Offscreen::new(4, 3, Some(path.clone())).err().unwrap();
    assert_eq!(error.kind(), io::ErrorKind::AddrInUse);
    assert!(error.to_string().contains("panel.sock"), "{error}");
    let mut client = Client::connect(&path).unwrap();
    drop(panel);
    assert!(matches!(client.read_update(), Err(ClientError::Closed)));
    assert!(!path.exists());
}

#[test]
fn a_socket_left_by_a_killed_program_is_replaced() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("panel.sock");
    drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
    assert!(path.exists());
    let _panel = Offscreen::new(4, 3, Some(path.clone())).unwrap();
    assert_eq!(Client::connect(&path).unwrap().size(), (4, 3));
}

#[test]
fn the_picture_is_a_png_file() {
    let mut panel = Offscreen::new(2, 1, None).unwrap();
    panel.show(&[0x0011_2233, 0x00FF_8000], &[Rect { x: 0, y: 0, w: 2, h: 1 }]).unwrap();
    let file = panel.pixels().png().unwrap();
    let mut reader = png::Decoder::new(io::Cursor::new(file)).read_info().unwrap();
    let mut rgb = vec![0; 6];
    let info = reader.next_frame(&mut rgb).unwrap();
    assert_eq!((info.width, info.height), (2, 1));
    assert_eq!(rgb, [0x11, 0x22, 0x33, 0xFF, 0x80, 0x00]);
}

#[test]
fn an_impossible_size_is_refused() {
    for (w, h) in [(0, 10), (10, 0), (4097, 10), (10, 70_000)] {
        assert!(Offscreen::new(w, h, None).is_err());
    }
}
