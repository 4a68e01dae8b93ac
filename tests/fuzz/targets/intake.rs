//! The intake's door: bytes to a socket, as anybody on the network can send them.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{LazyLock, Mutex, PoisonError};
use std::time::Duration;

use daemon::clock::Clock;
use daemon::inbox::{Outlet, inbox};
use daemon::port::gateway::Gateway;
use daemon::port::intake::{Intake, MiniProgram};
use daemon::sale::{Event, MachineId, NotifyReply, RemoteOrder};
use protocol::sign::SignType;
use protocol::{OutTradeNo, PrepayId};
use tokio::runtime::{Builder, Runtime};

use super::wechat::{KEY, merchant};
use super::{config::settings, keeps_secret};

/// What the back end of the mini-program shows.
const TOKEN: &str = "t0000000000000000000000000000003";
/// The door closes on whoever is slow after 5 s.
const LIMIT: Duration = Duration::from_secs(10);

/// The loop's stand-in has let so many through: each was signed, or came with the token.
static LET_THROUGH: AtomicUsize = AtomicUsize::new(0);

/// What came through although nobody may send it.
static WRONG: Mutex<Option<String>> = Mutex::new(None);

/// One at a time: what comes through belongs to the one that was sent.
static TURN: Mutex<()> = Mutex::new(());

static DOOR: LazyLock<(SocketAddr, Runtime)> = LazyLock::new(|| {
    let tasks = Builder::new_multi_thread().worker_threads(1).enable_all().build();
    let tasks = tasks.expect("threads");
    let (inbox, outlet) = inbox();
    let (clock, merchant) = (Clock::start(), merchant(SignType::HmacSha256));
    let gateway = Gateway::new(
        settings(None),
        merchant.clone(),
        inbox.clone(),
        clock.clone(),
        tasks.handle().clone(),
    );
    let gateway = gateway.expect("a gateway");
    let mini_program = MiniProgram { token: TOKEN.to_owned().into(), secret: None, gateway };
    let machine = MachineId::parse("VM1").expect("an id");
    let intake = Intake::new(machine, merchant, Some(mini_program), inbox, clock);
    let address = tasks.block_on(intake.listen("127.0.0.1:0".parse().expect("an address")));
    std::thread::spawn(move || answer_all(&intake, &outlet));
    (address.expect("a port"), tasks)
});

/// Nobody is told SUCCESS whose message did not reach the loop, nothing stops the door, and no
/// answer shows a secret.
pub(crate) fn intake(data: &[u8]) -> bool {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let before = LET_THROUGH.load(Ordering::SeqCst);
    let mut stream = TcpStream::connect(DOOR.0).expect("the door is open");
    stream.set_read_timeout(Some(LIMIT)).expect("a limit");
    // It may be shut before all is said.
    let _ = stream.write_all(data);
    let _ = stream.shutdown(Shutdown::Write);
    let mut said = Vec::new();
    if let Err(error) = stream.read_to_end(&mut said) {
        let hangs = matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut);
        assert!(!hangs, "the door neither answers nor shuts");
    }
    let said = String::from_utf8_lossy(&said);
    let wrong = WRONG.lock().unwrap_or_else(PoisonError::into_inner).take();
    assert!(wrong.is_none(), "{}", wrong.unwrap_or_default());
    keeps_secret(&said, KEY);
    keeps_secret(&said, TOKEN);
    let let_through = LET_THROUGH.load(Ordering::SeqCst) - before;
    // A scan that is understood and refused says SUCCESS and FAIL.
    let refused = said.contains("<result_code>FAIL<");
    let taken =
        (said.contains("<return_code>SUCCESS<") && !refused) || said.contains("\"paySign\"");
    assert!(!taken || let_through > 0, "told SUCCESS without being heard: {said}");
    assert!(!said.starts_with("HTTP/1.1 500"), "{said}");
    taken
}

/// Stands for the loop; it says yes to everything that it is asked.
fn answer_all(intake: &Intake, outlet: &Outlet) {
    loop {
        let Some(event) = outlet.take(LIMIT) else { continue };
        LET_THROUGH.fetch_add(1, Ordering::SeqCst);
        match event {
            Event::Notified { ticket, payment } => {
                if payment.out_trade_no.as_str() != "VM1-7" {
                    wrong(format!("{payment:?} is not the one that was signed"));
                }
                intake.answer(ticket, NotifyReply::Success);
            }
            Event::RefundNotified { ticket, .. } => intake.answer(ticket, NotifyReply::Success),
            Event::RemoteOrdered { ticket, .. } => {
                let order = RemoteOrder {
                    out_trade_no: OutTradeNo::parse("VM1-8").expect("a number"),
                    prepay_id: PrepayId::parse("wx1").expect("an id"),
                };
                intake.answer_remote(ticket, Ok(order));
            }
            other => wrong(format!("the door has nothing to do with {other:?}")),
        }
    }
}

/// A panic here, in a thread of its own, would be nobody's.
fn wrong(what: String) {
    WRONG.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(what);
}
