//! `kioskd check`: says of every setting, file, device and permission whether it will work.

use std::io::{self, Write};
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use hardware::panel::{Framebuffer, GraphicsConsole, Panel as _, framebuffer};
use hardware::touch::TouchScreen;
use protocol::Merchant;

use crate::clock::Clock;
use crate::config::{
    Config, JsapiSettings, PanelSettings, read_app_secret, read_secret_file, read_token,
};
use crate::design::{Files, bare, missing_letters};
use crate::inbox::inbox;
use crate::order_log;
use crate::port::gateway::Gateway;
use crate::report::Chain;
use crate::run::{bare_books, log_dir};
use crate::sale::{Health, order_number};

/// One line of the report.
type Finding = Result<String, String>;

/// Checks the machine configured in `path` and writes a line for each thing to `out`.
pub fn check(path: &Path, out: &mut impl Write) -> ExitCode {
    match report(path, out) {
        Ok(0) => ExitCode::SUCCESS,
        Ok(_) => ExitCode::from(1),
        Err(_closed) => ExitCode::from(2),
    }
}

/// Returns how many things will not work.
fn report(path: &Path, out: &mut impl Write) -> io::Result<usize> {
    let config = match Config::read(path) {
        Ok(config) => config,
        Err(error) => return say(out, "configuration", Err(Chain(&error).to_string())),
    };
    let slots = if config.slots.len() == 1 { "slot" } else { "slots" };
    let read = format!("{}: {} {slots}", path.display(), config.slots.len());
    let mut wrong = say(out, "configuration", Ok(read))?;
    let merchant = match config.merchant() {
        Ok(merchant) => {
            wrong += say(out, "API key", Ok("readable by this user alone".to_owned()))?;
            Some(merchant)
        }
        Err(error) => {
            wrong += say(out, "API key", Err(Chain(&error).to_string()))?;
            None
        }
    };
    wrong += say(out, "clock", clock())?;
    wrong += say(out, "order log", order_log(&config))?;
    wrong += say(out, "board", board(&config))?;
    wrong += say(out, "panel", panel(&config))?;
    if let PanelSettings::Framebuffer { console: Some(console), .. } = &config.panel {
        wrong += say(out, "console", console_of(console))?;
    }
    for fault in screen(&config) {
        wrong += say(out, "screen", Err(fault))?;
    }
    if let Some(program) = &config.screen.sound_program {
        wrong += say(out, "sounds", sound_program(program))?;
    }
    if let Some(touch) = &config.touch {
        wrong += say(out, "touch screen", touch_screen(&touch.device))?;
    }
    wrong += say(out, "intake", intake(config.intake))?;
    wrong += say(out, "refunds", refunds(&config))?;
    if let Some(jsapi) = &config.jsapi {
        wrong += say(out, "mini-program", mini_program(jsapi))?;
    }
    match merchant {
        Some(merchant) => wrong += say(out, "gateway", gateway(&config, merchant))?,
        None => writeln!(out, "-----  {:14} not asked: there is no API key", "gateway")?,
    }
    let verdict = match wrong {
        0 => "all of it will work".to_owned(),
        1 => "one thing will not work".to_owned(),
        more => format!("{more} things will not work"),
    };
    writeln!(out, "{verdict}")?;
    Ok(wrong)
}

fn say(out: &mut impl Write, what: &str, finding: Finding) -> io::Result<usize> {
    let (mark, text, wrong) = match finding {
        Ok(text) => ("ok   ", text, 0),
        Err(text) => ("WRONG", text, 1),
    };
    writeln!(out, "{mark}  {what:14} {text}")?;
    Ok(wrong)
}

fn clock() -> Finding {
    if Health::clock_is_sane(Clock::start().now().wall) {
        Ok("is set".to_owned())
    } else {
        Err("is earlier than this program: set it, or let NTP do it".to_owned())
    }
}

fn order_log(config: &Config) -> Finding {
    let dir = log_dir(config);
    let exists = dir.try_exists().map_err(|error| format!("{}: {error}", dir.display()))?;
    let place = if exists { dir.clone() } else { existing_ancestor(&dir) };
    if rustix::fs::access(&place, rustix::fs::Access::WRITE_OK).is_err() {
        return Err(format!("{} cannot be written by this user", place.display()));
    }
    if !exists {
        return Ok(format!("{} will be made", dir.display()));
    }
    let mut books = bare_books();
    order_log::read(&dir, &mut books).map_err(|error| Chain(&error).to_string())?;
    let (all, open) = (books.sales().count(), books.open_sales().count());
    Ok(format!("{}: {all} sales, {open} of them open", dir.display()))
}

fn existing_ancestor(path: &Path) -> PathBuf {
    let existing = path.ancestors().find(|ancestor| ancestor.exists());
    existing.map_or_else(|| PathBuf::from("."), Path::to_owned)
}

fn board(config: &Config) -> Finding {
    let port = &config.board.port;
    hardware::serial::Port::new(port.clone(), config.board.baud)
        .check()
        .map(|()| format!("{} opens at {} bit/s", port.display(), config.board.baud))
        .map_err(|error| Chain(&error).to_string())
}

fn panel(config: &Config) -> Finding {
    match &config.panel {
        PanelSettings::Framebuffer { device, rotate, .. } => {
            let settings = framebuffer::Settings { device: device.clone(), rotation: *rotate };
            Framebuffer::open(&settings)
                .map(|panel| {
                    let (width, height) = panel.size();
                    format!("{}, {width} by {height} pixels", device.display())
                })
                .map_err(|error| Chain(&error).to_string())
        }
        PanelSettings::Offscreen { width, height, socket } => {
            let size = format!("off-screen, {width} by {height} pixels");
            let Some(socket) = socket else { return Ok(size) };
            let parent = socket.parent().filter(|dir| !dir.as_os_str().is_empty());
            let dir = parent.unwrap_or(Path::new("."));
            match rustix::fs::access(dir, rustix::fs::Access::WRITE_OK) {
                Ok(()) => Ok(format!("{size}, socket {}", socket.display())),
                Err(error) => Err(format!("no socket can be made in {}: {error}", dir.display())),
            }
        }
        PanelSettings::None => Ok("there is none: customers order with their phones".to_owned()),
    }
}

/// The right to switch it may be the service's alone.
fn console_of(path: &Path) -> Finding {
    let shown = path.display();
    match GraphicsConsole::check(path) {
        Ok(true) => Ok(format!("{shown} can be switched to graphics mode")),
        Ok(false) => Ok(format!(
            "{shown} opens; this user may not switch it: its service needs \
             AmbientCapabilities=CAP_SYS_TTY_CONFIG"
        )),
        Err(error) => Err(Chain(&error).to_string()),
    }
}

/// What the screens would have to do without.
fn screen(config: &Config) -> Vec<String> {
    let (mut design, mut faults) = (bare(config), Vec::new());
    // Kept small: it is asked whether they can be read.
    Files::of(config).read(&mut design, (1, 1), |read| {
        if let Err(fault) = read {
            faults.push(Chain(&fault).to_string());
        }
    });
    let missing =
        |place: &str, texts: &[&str]| missing_letters(config, &design.fonts, place, texts);
    for (slot, settings) in &config.slots {
        let languages = config.screen.languages.iter();
        let names = languages.map(|it| settings.name.in_language(*it)).collect::<Vec<_>>();
        faults.extend(missing(&format!("[[slot]] {}, name", slot.number()), &names));
    }
    faults.extend(missing("[machine] phone", &[&config.settings.phone]));
    faults
}

fn sound_program(path: &Path) -> Finding {
    let shown = path.display();
    match rustix::fs::access(path, rustix::fs::Access::EXEC_OK) {
        Ok(()) if path.is_file() => Ok(format!("{shown} can be started")),
        Ok(()) => Err(format!("{shown} is no program")),
        Err(error) if path.exists() => {
            Err(format!("{shown} cannot be started: {error}; it needs chmod +x"))
        }
        Err(error) => Err(format!(
            "{shown} cannot be started: {error}; give the full path of a program, without arguments"
        )),
    }
}

fn touch_screen(path: &Path) -> Finding {
    match TouchScreen::check(path) {
        Ok(()) => Ok(format!("{} opens", path.display())),
        Err(error) => Err(format!("{}: {error}", path.display())),
    }
}

fn intake(address: Option<SocketAddr>) -> Finding {
    let Some(address) = address else {
        return Ok("not configured: payments are found by orderquery alone".to_owned());
    };
    match TcpListener::bind(address) {
        Ok(_) => Ok(format!("{address} is free")),
        Err(error) if error.kind() == io::ErrorKind::AddrInUse => {
            Err(format!("{address} is in use: by a kioskd that runs, or by another program"))
        }
        Err(error) => Err(format!("{address}: {error}")),
    }
}

/// Whether the machine pays back by itself; whether the certificate is good is asked with the
/// gateway.
fn refunds(config: &Config) -> Finding {
    match &config.gateway.certificate {
        Some(certificate) => read_secret_file(&certificate.key_file)
            .map(|_| "the machine pays back by itself".to_owned())
            .map_err(|error| Chain(&error).to_string()),
        None => Ok("no certificate: what is owed is left to the operator".to_owned()),
    }
}

fn mini_program(jsapi: &JsapiSettings) -> Finding {
    let app_secret = jsapi.app_secret_file.as_deref().map(read_app_secret).transpose();
    read_token(&jsapi.token_file)
        .map(drop)
        .and(app_secret.map(drop))
        .map_err(|error| Chain(&error).to_string())?;
    Ok("orders are taken at /jsapi/order".to_owned())
}

/// Asks WeChat for an order that cannot exist.
fn gateway(config: &Config, merchant: Merchant) -> Finding {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| error.to_string())?;
    let (inbox, _outlet) = inbox();
    let clock = Clock::start();
    let number = order_number(&config.settings.machine, 0, &clock.now());
    let tasks = runtime.handle().clone();
    let gateway = Gateway::new(config.gateway.clone(), merchant, inbox, clock, tasks)
        .map_err(|error| Chain(&error).to_string())?;
    let base_url = &config.gateway.base_url;
    let probe = async { tokio::time::timeout(GATEWAY_TIME_MAX, gateway.probe(number)).await };
    match runtime.block_on(probe) {
        Ok(Ok(())) if config.gateway.sandbox.is_some() => {
            Ok(format!("{base_url} answers; it is the sandbox: no money moves"))
        }
        Ok(Ok(())) => Ok(format!("{base_url} answers, merchant and key are right")),
        Ok(Err(fault)) => Err(format!("{base_url}: {}", Chain(&fault))),
        Err(_) => Err(format!("{base_url}: no answer in {} s", GATEWAY_TIME_MAX.as_secs())),
    }
}

/// As long as a customer would wait.
const GATEWAY_TIME_MAX: Duration = Duration::from_secs(10);
