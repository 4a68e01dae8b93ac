//! What a service manager hears: ready, how the machine is, that it lives, that it ends.

use std::{
    os::unix::net::UnixDatagram,
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use tests::{machine::MachineSettings, waiting::Watched};

use crate::{
    permissions::stand_in,
    scene::{LIMIT, Scene, quick},
    stalls::hold,
    tools::find,
};

/// The fixture's watchdog waits two seconds; half of that, and what a busy machine needs.
const PAT_MAX: Duration = Duration::from_millis(1_000 + 700);

#[test]
fn the_service_manager_is_told_that_the_machine_sells_and_lives() {
    let Some(python) = find("python3", "python3") else { return };
    let dir = tempfile::tempdir().unwrap();
    let heard = listen(dir.path());
    let settings = MachineSettings { intake: false, ..quick() };
    let scene = Scene::with_program(stand_in("service", dir.path()), settings);
    scene.start();
    wait_for(&heard, "READY=1", 1);
    let first = heard.read(|heard| heard.iter().map(|it| it.text.clone()).collect::<Vec<_>>());
    let place = |text: &str| first.iter().position(|it| it == text);
    assert!(place("STATUS=selling") < place("READY=1"), "{first:?}");
    wait_for(&heard, "WATCHDOG=1", 5);
    assert!(longest_pause(&heard) < PAT_MAX, "{:?}", longest_pause(&heard));

    // A serial port that never comes back from a call.
    let Some(held) = hold(&python, &scene, "board", 1) else { return };
    scene.wait_for_warning("no progress: the board's thread");
    let pats = count(&heard, "WATCHDOG=1");
    let status = heard.wait("silence", PAT_MAX * 2, |heard| {
        (heard.iter().filter(|it| it.text == "WATCHDOG=1").count() > pats).then_some(())
    });
    assert!(status.is_err(), "it was patted although the board's thread is stuck");
    held.release();
    wait_for(&heard, "WATCHDOG=1", pats + 2);
    assert_eq!(scene.wait_for_warning("no progress"), 1);

    scene.board.unplug().unwrap();
    wait_for(&heard, "STATUS=out of service: the vending board does not answer", 1);
    scene.board.plug().unwrap();
    wait_for(&heard, "STATUS=selling", 2);
    scene.buy(1);
    assert_eq!(count(&heard, "READY=1"), 1);
    assert!(scene.machine.terminate().unwrap().success());
    wait_for(&heard, "STOPPING=1", 1);
}

/// One message.
struct Message {
    text: String,
    at: Instant,
}

fn listen(dir: &std::path::Path) -> Arc<Watched<Vec<Message>>> {
    let socket = UnixDatagram::bind(dir.join("notify")).unwrap();
    let heard = Arc::new(Watched::new(Vec::new()));
    let told = Arc::clone(&heard);
    // It ends with the test program.
    thread::spawn(move || {
        let mut bytes = [0; 512];
        while let Ok(length) = socket.recv(&mut bytes) {
            let text = String::from_utf8_lossy(bytes.get(..length).unwrap()).into_owned();
            told.change(|heard| heard.push(Message { text, at: Instant::now() }));
        }
    });
    heard
}

fn wait_for(heard: &Watched<Vec<Message>>, text: &str, times: usize) {
    let found = heard.wait(text, LIMIT, |heard| {
        (heard.iter().filter(|it| it.text == text).count() >= times).then_some(())
    });
    let all = heard.read(|heard| heard.iter().map(|it| it.text.clone()).collect::<Vec<_>>());
    assert!(found.is_ok(), "{text} not {times} times in {all:?}");
}

fn count(heard: &Watched<Vec<Message>>, text: &str) -> usize {
    heard.read(|heard| heard.iter().filter(|it| it.text == text).count())
}

fn longest_pause(heard: &Watched<Vec<Message>>) -> Duration {
    heard.read(|heard| {
        let pats: Vec<_> = heard.iter().filter(|it| it.text == "WATCHDOG=1").collect();
        let pauses = pats.iter().zip(pats.iter().skip(1)).map(|(one, next)| next.at - one.at);
        pauses.max().unwrap()
    })
}
