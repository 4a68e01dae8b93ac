//! Tests of a board's thread on real pseudo terminals, against a board that answers.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::{
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    sync::{
        atomic::{AtomicBool, AtomicUsize, Ordering},
        mpsc::{self, Receiver},
    },
    time::{Duration, Instant},
};

use super::*;
use crate::{
    board::{Fault, VendRequest},
    testing::{LIMIT, Pty},
};

/// Reads of the inputs after a flash until the item falls.
const FALLS_AT_READ: usize = 3;

/// A board on the far end of a line. Dropping it pulls the plug.
struct Far {
    shared: Arc<FarState>,
    path: PathBuf,
    thread: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct FarState {
    pulled: AtomicBool,
    jammed: AtomicBool,
    flashes: AtomicUsize,
    reads_since_flash: AtomicUsize,
}

impl Far {
    fn plug_in() -> Self {
        let pty = Pty::open();
        let (path, shared) = (pty.path(), Arc::new(FarState::default()));
        let thread = thread::spawn({
            let shared = Arc::clone(&shared);
            move || shared.serve(&pty)
        });
        Self { shared, path, thread: Some(thread) }
    }

    fn flashes(&self) -> usize {
        self.shared.flashes.load(Ordering::SeqCst)
    }
}

impl Drop for Far {
    fn drop(&mut self) {
        self.shared.pulled.store(true, Ordering::SeqCst);
        drop(self.thread.take().map(JoinHandle::join));
    }
}

impl FarState {
    fn serve(&self, pty: &Pty) {
        let mut pending = Vec::new();
        let mut coil_on_until = Instant::now();
        while !self.pulled.load(Ordering::SeqCst) {
            pending.extend(pty.read_some(Instant::now() + Duration::from_millis(20)));
            // Every request that is sent here has eight bytes.
            if let Some((request, rest)) = pending.split_first_chunk::<8>() {
                let (request, rest) = (*request, rest.to_vec());
                pty.write(&self.answer(&request, &mut coil_on_until));
                pending = rest;
            }
        }
    }

    fn answer(&self, request: &[u8; 8], coil_on_until: &mut Instant) -> Vec<u8> {
        let [_, function, high, _, value @ .., _, _] = *request;
        let data = match function {
            0x01 => vec![1, u8::from(Instant::now() < *coil_on_until)],
            0x02 => vec![1, self.inputs()],
            0x03 => vec![2, 0, 200],
            _ => {
                if high == 0x02 {
                    let pulse = 100 * u64::from(u16::from_be_bytes(value));
                    *coil_on_until = Instant::now() + Duration::from_millis(pulse);
                    self.reads_since_flash.store(0, Ordering::SeqCst);
                    self.flashes.fetch_add(1, Ordering::SeqCst);
                }
                return request.to_vec();
            }
        };
        let frame = [vec![1, function], data].concat();
        let check = crc::Crc::<u16>::new(&crc::CRC_16_MODBUS).checksum(&frame).to_le_bytes();
        [frame, check.to_vec()].concat()
    }

    fn inputs(&self) -> u8 {
        let reads = self.reads_since_flash.fetch_add(1, Ordering::SeqCst) + 1;
        let falls = self.flashes.load(Ordering::SeqCst) > 0
            && !self.jammed.load(Ordering::SeqCst)
            && reads == FALLS_AT_READ;
        u8::from(falls)
    }
}

fn start(port: &Path) -> (BoardHandle, Receiver<BoardEvent>) {
    let (sender, events) = mpsc::channel();
    let board = RelayBoard::new(port.to_owned());
    (spawn(board, move |event| drop(sender.send(event))).unwrap(), events)
}

/// The next event that is not about an idle sensor.
fn next(events: &Receiver<BoardEvent>) -> BoardEvent {
    loop {
        let event = events.recv_timeout(LIMIT).unwrap();
        if !matches!(event, BoardEvent::DropSensor { .. }) {
            return event;
        }
    }
}

fn expect_up(events: &Receiver<BoardEvent>) {
    let event = next(events);
    let BoardEvent::Up { identity } = &event else { unreachable!("{event:?}") };
    assert!(identity.contains("firmware 2.00"), "{identity}");
}

fn expect_down(events: &Receiver<BoardEvent>, reason: &str) {
    let event = next(events);
    let BoardEvent::Down { reason: told } = &event else { unreachable!("{event:?}") };
    assert!(told.contains(reason), "{told}");
}

fn vend(tag: u64) -> BoardCommand {
    let short = Duration::from_millis(100);
    BoardCommand::Vend(VendRequest {
        tag,
        coil: 0,
        drop_input: 0,
        pulse: short,
        drop_window: short,
        not_after: Instant::now() + Duration::from_secs(15),
    })
}

fn stop(board: BoardHandle) {
    board.send(BoardCommand::Stop).unwrap();
    assert!(board.join());
}

#[test]
fn vends_run_through_the_thread() {
    let far = Far::plug_in();
    let (board, events) = start(&far.path);
    expect_up(&events);
    for tag in [1, 2] {
        board.send(vend(tag)).unwrap();
        assert_eq!(next(&events), BoardEvent::VendStarted { tag });
        assert_eq!(next(&events), BoardEvent::VendSucceeded { tag });
        assert_eq!(next(&events), BoardEvent::Idle);
    }
    far.shared.jammed.store(true, Ordering::SeqCst);
    board.send(vend(3)).unwrap();
    assert_eq!(next(&events), BoardEvent::VendStarted { tag: 3 });
    assert_eq!(next(&events), BoardEvent::VendFailed { tag: 3, fault: Fault::NoDrop });
    assert_eq!(next(&events), BoardEvent::Idle);
    stop(board);
    assert_eq!(far.flashes(), 3);
}

#[test]
fn an_unplugged_board_comes_back_behind_its_link() {
    let dir = tempfile::tempdir().unwrap();
    let link = dir.path().join("vend-relay");
    let (board, events) = start(&link);
    expect_down(&events, "is not there");

    let far = Far::plug_in();
    symlink(&far.path, &link).unwrap();
    expect_up(&events);
    drop(far);
    expect_down(&events, "was unplugged");
    board.send(vend(1)).unwrap();
    assert_eq!(next(&events), BoardEvent::VendFailed { tag: 1, fault: Fault::BoardDown });

    let far = Far::plug_in();
    std::fs::remove_file(&link).unwrap();
    symlink(&far.path, &link).unwrap();
    expect_up(&events);
    board.send(vend(2)).unwrap();
    assert_eq!(next(&events), BoardEvent::VendStarted { tag: 2 });
    assert_eq!(next(&events), BoardEvent::VendSucceeded { tag: 2 });
    stop(board);
}

#[test]
fn unplugged_during_a_vend_is_unknown_and_the_motor_turns_once() {
    let dir = tempfile::tempdir().unwrap();
    let link = dir.path().join("vend-relay");
    let far = Far::plug_in();
    far.shared.jammed.store(true, Ordering::SeqCst);
    symlink(&far.path, &link).unwrap();
    let (board, events) = start(&link);
    expect_up(&events);
    board.send(vend(1)).unwrap();
    assert_eq!(next(&events), BoardEvent::VendStarted { tag: 1 });
    assert_eq!(far.flashes(), 1);
    drop(far);
    expect_down(&events, "was unplugged");

    let far = Far::plug_in();
    std::fs::remove_file(&link).unwrap();
    symlink(&far.path, &link).unwrap();
    let why = "the board was disconnected during the vend".into();
    assert_eq!(next(&events), BoardEvent::VendUnknown { tag: 1, why });
    expect_up(&events);
    stop(board);
    assert_eq!(far.flashes(), 0);
}

#[test]
fn a_port_that_another_program_has_is_down_with_its_name() {
    let far = Far::plug_in();
    let (first, first_events) = start(&far.path);
    expect_up(&first_events);
    let (second, second_events) = start(&far.path);
    expect_down(&second_events, "in use by another program");
    stop(first);
    expect_up(&second_events);
    stop(second);
}

#[test]
fn an_ended_thread_takes_no_command() {
    let (board, events) = start(Path::new("/nonexistent/vend-relay"));
    expect_down(&events, "is not there");
    board.send(BoardCommand::Stop).unwrap();
    // The events' sender goes away with the thread.
    assert!(events.recv_timeout(LIMIT).is_err());
    assert_eq!(board.send(vend(1)), Err(NotSent::Ended));
    assert!(board.join());
}

#[test]
fn a_handle_that_is_joined_without_a_stop_stops() {
    let far = Far::plug_in();
    let (board, events) = start(&far.path);
    expect_up(&events);
    assert!(board.join());
}

#[test]
fn wrong_settings_are_refused() {
    let board = RelayBoard { coils: 0, ..RelayBoard::new("/dev/vend-relay".into()) };
    let error = spawn(board, |_| {}).err().unwrap().to_string();
    assert!(error.contains("coils"), "{error}");
}
