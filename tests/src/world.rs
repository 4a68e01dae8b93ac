//! The whole world around one machine: gateway, board, panel, phone and customer on one timeline.

use std::{
    io,
    net::{Ipv4Addr, SocketAddr, TcpListener},
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU16, Ordering},
    },
    time::Duration,
};

use embedded_graphics::geometry::Size;
use kiosk::{Canvas, Design, Painter, View};
use protocol::sign::ApiKeyError;
use tempfile::TempDir;

use crate::{
    board::{Board, BoardError, BoardSettings, Motion},
    customer::Customer,
    gateway::{Gateway, GatewayError, GatewaySettings, Key},
    machine::{API_KEY, APPID, Connections, MCH_ID, Machine, MachineError, MachineSettings},
    panel::Panel,
    phone::Phone,
    timeline::Timeline,
    waiting::TooLate,
};

/// A world. Its parts are its handles; dropping it ends everything, the machine first.
#[derive(Debug)]
pub struct World {
    /// kioskd, not started yet.
    pub machine: Machine,
    /// The customer's fingers and eyes.
    pub customer: Customer,
    /// The customer's phone.
    pub phone: Phone,
    /// The panel as seen from outside.
    pub panel: Arc<Panel>,
    /// The relay board with the spirals.
    pub board: Board,
    /// WeChat's servers.
    pub gateway: Arc<Gateway>,
    /// What happened when.
    pub timeline: Timeline,
    /// How the machine is set up.
    pub settings: MachineSettings,
    /// How its screens look when nothing moves.
    pub design: Arc<Design>,
    /// Where the machine takes notifies and orders from phones, if it has an intake.
    pub intake: SocketAddr,
    /// Last, so that everything else has let go of its files.
    dir: TempDir,
}

impl World {
    /// Sets everything up; `world.machine.start()` starts the machine.
    ///
    /// # Errors
    /// [`WorldError`] says which part.
    pub fn new(program: PathBuf, settings: MachineSettings) -> Result<Self, WorldError> {
        let dir = tempfile::Builder::new().prefix("vend").tempdir().map_err(WorldError::Dir)?;
        let timeline = Timeline::new();
        let gateway = Arc::new(Gateway::start(
            GatewaySettings {
                listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
                dir: dir.path().to_owned(),
                key: Key::parse(API_KEY)?,
                sign_type: Some(settings.sign_type),
                merchant: Some((APPID.to_owned(), MCH_ID.to_owned())),
            },
            timeline.clone(),
        )?);
        let board = Board::start(board_settings(dir.path(), &settings), timeline.clone())?;
        let own_url = gateway.base_url();
        let (base_url, backup_url) = match &settings.host_before {
            Some(host) => (host.clone(), Some(own_url)),
            None => (own_url, None),
        };
        let notify = free_port().map_err(WorldError::Port)?;
        // One URL for the whole merchant, set by hand in WeChat's merchant platform.
        gateway.set_mode1_callback(&format!("http://{notify}/scan"));
        let connections = Connections {
            base_url,
            backup_url,
            session_url: gateway.base_url(),
            ca_file: gateway.ca_file().to_owned(),
            certificate_file: gateway.client_cert_file().to_owned(),
            certificate_key_file: gateway.client_key_file().to_owned(),
            board: board.link().to_owned(),
            notify,
        };
        let machine = Machine::new(program, dir.path(), &settings, &connections, timeline.clone())?;
        let panel = Panel::watch(machine.panel().to_owned(), timeline.clone());
        let panel = Arc::new(panel.map_err(WorldError::Thread)?);
        let phone = Phone::start(Arc::clone(&gateway), Arc::clone(&panel), timeline.clone())
            .map_err(WorldError::Thread)?;
        let design = Arc::new(settings.design());
        let customer =
            Customer::new(Arc::clone(&panel), timeline.clone(), &settings, Arc::clone(&design))
                .map_err(WorldError::Thread)?;
        Ok(Self {
            machine,
            customer,
            phone,
            panel,
            board,
            gateway,
            timeline,
            settings,
            design,
            intake: notify,
            dir,
        })
    }

    /// Where the machine's files are.
    #[must_use]
    pub fn dir(&self) -> &Path {
        self.dir.path()
    }

    /// Waits until the panel shows exactly this, drawn here for comparison.
    ///
    /// # Errors
    /// [`TooLate`] when `limit` passes before.
    pub fn wait_for_view(&self, view: &View, limit: Duration) -> Result<(), TooLate> {
        let (width, height) = self.settings.size;
        let mut canvas = Canvas::new(Size::new(width, height));
        let mut painter = Painter::new(Arc::clone(&self.design));
        let Ok(_) = painter.draw(view, Duration::ZERO, &mut canvas);
        self.panel.wait(&format!("{:?}", view.screen), limit, |picture| {
            (*picture.pixels == *canvas.pixels()).then_some(())
        })
    }

    /// Jams the spiral of `slot`, or mends it.
    pub fn jam(&self, slot: u16, jammed: bool) {
        if let Some(coil) = self.settings.coil_of(slot) {
            self.board.jam(coil, jammed);
        }
    }
}

/// A part of the world could not be made.
#[derive(Debug, thiserror::Error)]
pub enum WorldError {
    /// The directory for all files.
    #[error("cannot make a directory for the world")]
    Dir(#[source] io::Error),
    /// The merchant's key.
    #[error("the world's key is none")]
    Key(#[from] ApiKeyError),
    /// The gateway.
    #[error(transparent)]
    Gateway(#[from] GatewayError),
    /// The board.
    #[error(transparent)]
    Board(#[from] BoardError),
    /// The machine.
    #[error(transparent)]
    Machine(#[from] MachineError),
    /// A port for the machine's intake.
    #[error("cannot find a free port for the machine's intake")]
    Port(#[source] io::Error),
    /// A thread.
    #[error("cannot start a thread")]
    Thread(#[source] io::Error),
}

/// The pulse is one turn of the spiral, as a technician sets it up.
fn board_settings(dir: &Path, settings: &MachineSettings) -> BoardSettings {
    let turn = Duration::from_millis(settings.pulse_ms.into());
    let usual = Motion::default();
    let mut board = BoardSettings::new(dir.join("vend-relay"));
    board.motion = Motion { turn, fall: usual.fall.min(turn / 2), ..usual };
    for slot in &settings.slots {
        if let Some(input) = board.drop_inputs.get_mut(usize::from(slot.coil)) {
            *input = slot.drop_input;
        }
    }
    board
}

/// kioskd is told its port before it listens, and keeps it over restarts. So it is one that nobody
/// else is given: below those of outgoing connections (Linux: `ip_local_port_range`, from 32768 on),
/// and another for each world.
fn free_port() -> io::Result<SocketAddr> {
    const FIRST: u16 = 20_000;
    const COUNT: u16 = 12_000;
    static NEXT: AtomicU16 = AtomicU16::new(0);
    // Two test programs at once begin at different places.
    let own = u16::try_from(std::process::id() % u32::from(COUNT)).unwrap_or(0);
    let mut tried = Err(io::ErrorKind::AddrInUse.into());
    for _ in 0..COUNT {
        let nth = own.wrapping_add(NEXT.fetch_add(1, Ordering::Relaxed));
        let port = FIRST + nth % COUNT;
        tried = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).and_then(|it| it.local_addr());
        if tried.is_ok() {
            break;
        }
    }
    tried
}
