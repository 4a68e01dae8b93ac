//! The configuration of one machine: a TOML file, checked whole before anything starts.

mod file;
mod ranged;
mod screen;
mod secret;
mod source;

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use hardware::panel::Rotation;
use protocol::getsignkey::Sandbox;
use protocol::sign::SignType;
use protocol::{AppId, Fen, MchId, Merchant};

pub use file::TouchFile;
pub use screen::{FontFile, ScreenSettings};
pub use secret::{
    KeySource, SecretError, read_app_secret, read_key, read_secret_file, read_token,
    read_unguarded_key,
};
pub use source::ConfigError;
use source::Source;

use crate::port::gateway::{Certificate, Gateway, GatewaySettings};
use crate::port::intake::MiniProgram;
use crate::port::vending::{START_MAX, Wiring};
use crate::sale::{Load, Planogram, Position, Retention, Settings, Slot};

/// Everything the operator chose; every value is within its range.
#[derive(Debug)]
pub struct Config {
    /// The rules for the middle.
    pub settings: Settings,
    /// Where the order log lies.
    pub data_dir: PathBuf,
    /// How long settled sales stay in it.
    pub retention: Retention,
    /// Whose money it is.
    pub appid: AppId,
    /// Whose money it is.
    pub mch_id: MchId,
    /// How messages are signed.
    pub sign_type: SignType,
    /// Where the API key is.
    pub key: KeySource,
    /// The key before the present one, while WeChat may still sign with it.
    pub previous_key: Option<KeySource>,
    /// WeChat.
    pub gateway: GatewaySettings,
    /// Where notifies are taken; `None` = polling alone.
    pub intake: Option<SocketAddr>,
    /// Orders from the operator's mini-program; `None` = there is none.
    pub jsapi: Option<JsapiSettings>,
    /// The vending board.
    pub board: BoardSettings,
    /// The display.
    pub panel: PanelSettings,
    /// The touch screen; `None` = touches come from the panel itself.
    pub touch: Option<TouchFile>,
    /// How the screens look and sound.
    pub screen: ScreenSettings,
    /// What lies where.
    pub slots: BTreeMap<Slot, SlotSettings>,
}

/// What the operator's mini-program needs.
#[derive(Clone, Debug)]
pub struct JsapiSettings {
    /// Holds what its back end shows us; nobody else may read it.
    pub token_file: PathBuf,
    /// Holds the mini-program's AppSecret; nobody else may read it. `None` = its back end finds out
    /// the openid by itself.
    pub app_secret_file: Option<PathBuf>,
}

/// The vending board's port.
#[derive(Clone, Debug)]
pub struct BoardSettings {
    /// The serial device, best a name that survives replugging such as `/dev/serial/by-path/...`.
    pub port: PathBuf,
    /// Bits per second.
    pub baud: u32,
    /// Modbus address.
    pub address: u8,
    /// Relays: 8, 16 or 32.
    pub coils: u16,
    /// Discrete inputs.
    pub inputs: u16,
    /// Switch the inputs' own link to the relays off ("(D)" variants).
    pub unlink_inputs: bool,
}

/// The display.
#[derive(Clone, Debug)]
pub enum PanelSettings {
    /// A Linux framebuffer.
    Framebuffer {
        /// Such as `/dev/fb0`.
        device: PathBuf,
        /// How the panel is mounted.
        rotate: Rotation,
        /// The virtual terminal that is kept from drawing over it, such as `/dev/tty1`.
        console: Option<PathBuf>,
    },
    /// Pixels in memory, to be looked at and touched through a Unix socket.
    Offscreen {
        /// Pixels.
        width: u32,
        /// Pixels.
        height: u32,
        /// The socket.
        socket: Option<PathBuf>,
    },
    /// There is none: customers order with their phones.
    None,
}

/// One slot.
#[derive(Clone, Debug)]
pub struct SlotSettings {
    /// The item's name.
    pub name: kiosk::Label,
    /// A file with a picture of it.
    pub picture: Option<PathBuf>,
    /// What one costs.
    pub price: Fen,
    /// How it is wired.
    pub wiring: Wiring,
    /// What was last filled in; `None` = not counted.
    pub stock: Option<Load>,
}

impl Config {
    /// Reads and checks the file. Relative paths in it are relative to its directory.
    ///
    /// # Errors
    ///
    /// Names the file, the line, the key and what is allowed there.
    pub fn read(path: &Path) -> Result<Self, ConfigError> {
        let source = Source::read(path)?;
        let file: file::File = source.parse()?;
        build(&source, file)
    }

    /// The merchant with its key.
    ///
    /// # Errors
    ///
    /// When the key's file is missing, unreadable, open to others, or holds no key.
    pub fn merchant(&self) -> Result<Merchant, SecretError> {
        Ok(Merchant {
            appid: self.appid.clone(),
            mch_id: self.mch_id.clone(),
            key: read_key(&self.key)?,
            previous_key: self.previous_key.as_ref().map(read_key).transpose()?,
            sign_type: self.sign_type,
        })
    }

    /// The door for the operator's mini-program, with its secrets.
    ///
    /// # Errors
    ///
    /// When a secret's file is missing, unreadable, open to others, or holds none.
    pub fn mini_program(&self, gateway: &Gateway) -> Result<Option<MiniProgram>, SecretError> {
        let Some(jsapi) = &self.jsapi else { return Ok(None) };
        let secret = jsapi.app_secret_file.as_deref().map(read_app_secret).transpose()?;
        Ok(Some(MiniProgram {
            token: read_token(&jsapi.token_file)?,
            secret,
            gateway: gateway.clone(),
        }))
    }

    /// The slots as the middle sees them.
    pub fn planogram(&self) -> Planogram {
        Planogram::new(self.slots.iter().map(|(slot, settings)| {
            let position = Position {
                name_zh: settings.name.zh.clone(),
                name_en: settings.name.en.clone(),
                price: settings.price,
                drop_input: settings.wiring.drop_input,
                configured_stock: settings.stock.clone(),
                stock: None,
                loaded: None,
                failures_in_row: 0,
            };
            (*slot, position)
        }))
    }

    /// The slots as the board sees them.
    pub fn wiring(&self) -> BTreeMap<Slot, Wiring> {
        self.slots.iter().map(|(slot, settings)| (*slot, settings.wiring)).collect()
    }
}

/// How long bad news stays on the panel.
const SORRY: Duration = Duration::from_secs(20);

/// How long "take your item" stays on the panel.
const FAREWELL: Duration = Duration::from_secs(6);

/// How long a payment still counts when the countdown is over.
const GRACE: Duration = Duration::from_secs(6);

/// Beyond start, pulse and drop window a board has 5 s to find out; and the line may be slow.
const VEND_MARGIN: Duration = Duration::from_secs(10);

const DAY_SECONDS: u32 = 24 * 60 * 60;

fn build(source: &Source, file: file::File) -> Result<Config, ConfigError> {
    let slots = slots(source, &file)?;
    let longest = slots.values().map(|slot| slot.wiring.pulse + slot.wiring.drop_window).max();
    let key = key_source(source, &file)?;
    let certificate = certificate(source, &file)?;
    let gateway = gateway(source, &file, certificate)?;
    if file.panel.kind == file::PanelKind::None {
        without_panel(source, &file)?;
    }
    let seconds = |seconds: u32| Duration::from_secs(u64::from(seconds));
    let screen = screen::settings(source, &file.screen, file.machine.language)?;
    let settings = Settings {
        machine: file.machine.id,
        appid: file.merchant.appid.clone(),
        mch_id: file.merchant.mch_id.clone(),
        payment_window: seconds(file.sale.payment_seconds.get()),
        grace: GRACE,
        farewell: FAREWELL,
        sorry: SORRY,
        vend_limit: START_MAX + longest.unwrap_or_default() + VEND_MARGIN,
        failures_until_blocked: file.sale.failures_until_blocked.get(),
        in_doubt: file.sale.in_doubt,
        can_refund: gateway.certificate.is_some(),
        language: file.machine.language,
        phone: file.machine.phone,
        attract_after: file.screen.attract_after(),
        product_page: file.screen.product_page,
        keypad: file.screen.keypad,
        cheapest_first: file.screen.is_cheapest_first(),
        names: slots.iter().map(|(slot, settings)| (*slot, settings.name.clone())).collect(),
    };
    let panel = panel(source, file.panel)?;
    Ok(Config {
        settings,
        data_dir: source.resolve(&file.machine.data_dir),
        retention: Retention {
            keep: seconds(file.machine.keep_days.get() * DAY_SECONDS),
            newest: Retention::NEWEST,
        },
        appid: file.merchant.appid,
        mch_id: file.merchant.mch_id,
        sign_type: file.merchant.sign_type,
        key,
        previous_key: file
            .merchant
            .previous_api_key_file
            .map(|path| KeySource::File(source.resolve(&path))),
        gateway,
        jsapi: jsapi(source, &file.intake, file.jsapi)?,
        intake: file.intake.map(|intake| intake.listen),
        board: BoardSettings {
            port: source.resolve(&file.board.port),
            baud: file.board.baud.0,
            address: u8::try_from(file.board.address.get()).unwrap_or(u8::MAX),
            coils: file.board.coils.into(),
            inputs: u16::try_from(file.board.inputs.get()).unwrap_or(u16::MAX),
            unlink_inputs: file.board.unlink_inputs,
        },
        panel,
        touch: file.touch,
        screen,
        slots,
    })
}

fn slots(source: &Source, file: &file::File) -> Result<BTreeMap<Slot, SlotSettings>, ConfigError> {
    let mut slots = BTreeMap::new();
    let mut coils = BTreeSet::new();
    let coil_count = u32::from(u16::from(file.board.coils));
    for spanned in &file.slot {
        let at = |reason: String| source.error(spanned.span(), reason);
        let slot = spanned.get_ref();
        if slot.coil.get() >= coil_count {
            let last = coil_count - 1;
            return Err(at(format!("coil = {}: the board has coils 0 to {last}", slot.coil.get())));
        }
        if slot.drop_input.get() >= file.board.inputs.get() {
            let last = file.board.inputs.get() - 1;
            let input = slot.drop_input.get();
            return Err(at(format!("drop_input = {input}: the board has inputs 0 to {last}")));
        }
        if slot.name.zh.trim().is_empty() || slot.name.en.trim().is_empty() {
            return Err(at("name: both zh and en must say something".to_owned()));
        }
        let names = BTreeMap::from(slot.name.clone());
        if let Some((language, _)) = names.iter().find(|(_, name)| name.trim().is_empty()) {
            let reason = format!("name: {} must say something, or be left out", language.code());
            return Err(at(reason));
        }
        if slot.filled.is_some() && slot.stock.is_none() {
            return Err(at("filled needs stock: how many lie in the slot now".to_owned()));
        }
        let pulse_ms = slot.pulse_ms.unwrap_or(file.board.pulse_ms).get();
        if !pulse_ms.is_multiple_of(100) {
            return Err(at(format!("pulse_ms = {pulse_ms}: the board counts in steps of 100 ms")));
        }
        if !coils.insert(slot.coil.get()) {
            return Err(at(format!("coil = {}: another slot has this coil", slot.coil.get())));
        }
        if slots.insert(slot.number, slot_settings(source, file, slot)).is_some() {
            return Err(at(format!("number = {}: another slot has this number", slot.number)));
        }
    }
    if slots.is_empty() {
        return Err(source.error(0..0, "there is no [[slot]]: the machine has nothing to sell"));
    }
    Ok(slots)
}

fn slot_settings(source: &Source, file: &file::File, slot: &file::SlotFile) -> SlotSettings {
    let ms = |ms: u32| Duration::from_millis(u64::from(ms));
    let u16 = |number: u32| u16::try_from(number).unwrap_or(u16::MAX);
    SlotSettings {
        name: slot.name.clone(),
        picture: slot.picture.as_ref().map(|path| source.resolve(path)),
        price: slot.price(),
        wiring: Wiring {
            coil: u16(slot.coil.get()),
            drop_input: u16(slot.drop_input.get()),
            pulse: ms(slot.pulse_ms.unwrap_or(file.board.pulse_ms).get()),
            drop_window: ms(file.board.drop_window_ms.get()),
        },
        stock: slot.stock.map(|count| Load { count: count.get(), filled: slot.filled.clone() }),
    }
}

fn gateway(
    source: &Source,
    file: &file::File,
    certificate: Option<Certificate>,
) -> Result<GatewaySettings, ConfigError> {
    let base_url = https_root(source, "base_url", &file.gateway.base_url)?;
    let backup_url = match &file.gateway.backup_url {
        Some(url) => Some(https_root(source, "backup_url", url)?),
        // The backup belongs to WeChat's own primary, not to another root of the same paths.
        None => (base_url == file::WECHAT).then(|| file::WECHAT_BACKUP.to_owned()),
    };
    Ok(GatewaySettings {
        machine: file.machine.id.clone(),
        base_url,
        backup_url,
        extra_ca_file: file.gateway.extra_ca_file.as_ref().map(|path| source.resolve(path)),
        certificate,
        sandbox: file.gateway.sandbox.map(|sandbox| match sandbox {
            file::SandboxFile::Old => Sandbox::Old,
            file::SandboxFile::New => Sandbox::New,
        }),
        notify_url: file.merchant.notify_url.clone(),
        refund_notify_url: file.merchant.refund_notify_url.clone(),
        spbill_create_ip: file.gateway.spbill_create_ip,
        session_url: https_root(source, "session_url", &file.gateway.session_url)?,
    })
}

fn certificate(source: &Source, file: &file::File) -> Result<Option<Certificate>, ConfigError> {
    match (&file.merchant.certificate_file, &file.merchant.certificate_key_file) {
        (Some(certificate), Some(key)) => Ok(Some(Certificate {
            certificate_file: source.resolve(certificate),
            key_file: source.resolve(key),
        })),
        (None, None) => Ok(None),
        (Some(_), None) | (None, Some(_)) => Err(source.error_in_table(
            "merchant",
            "certificate_file and certificate_key_file belong together: give both or neither",
        )),
    }
}

fn jsapi(
    source: &Source,
    intake: &Option<file::IntakeFile>,
    jsapi: Option<file::JsapiFile>,
) -> Result<Option<JsapiSettings>, ConfigError> {
    let Some(jsapi) = jsapi else { return Ok(None) };
    if intake.is_none() {
        return Err(
            source.error_in_table("jsapi", "orders come in over [intake], which is missing")
        );
    }
    Ok(Some(JsapiSettings {
        token_file: source.resolve(&jsapi.token_file),
        app_secret_file: jsapi.app_secret_file.map(|path| source.resolve(&path)),
    }))
}

fn key_source(source: &Source, file: &file::File) -> Result<KeySource, ConfigError> {
    match (&file.merchant.api_key_file, &file.merchant.api_key_credential) {
        (Some(path), None) => Ok(KeySource::File(source.resolve(path))),
        (None, Some(name)) => Ok(KeySource::Credential(name.clone())),
        (None, None) | (Some(_), Some(_)) => Err(source.error_in_table(
            "merchant",
            "give either api_key_file (a path) or api_key_credential (a systemd credential's name)",
        )),
    }
}

fn https_root(
    source: &Source,
    key: &str,
    url: &toml::Spanned<String>,
) -> Result<String, ConfigError> {
    let text = url.get_ref().trim_end_matches('/');
    let host = text.strip_prefix("https://").unwrap_or_default();
    if host.is_empty() || host.contains(['?', '#', ' ']) {
        let reason = format!("{key} = {text:?}: must be https://HOST[:PORT][/PREFIX]");
        return Err(source.error(url.span(), reason));
    }
    Ok(text.to_owned())
}

fn panel(source: &Source, panel: file::PanelTable) -> Result<PanelSettings, ConfigError> {
    let wrong = |reason: &str| Err(source.error_in_table("panel", reason));
    let file::PanelTable { kind, device, rotate, console, width, height, socket } = panel;
    match (kind, device, width, height) {
        (file::PanelKind::Framebuffer, Some(device), None, None) if socket.is_none() => {
            Ok(PanelSettings::Framebuffer { device, rotate: rotate.unwrap_or_default(), console })
        }
        (file::PanelKind::Framebuffer, ..) => {
            wrong("kind = \"framebuffer\" needs device, and allows rotate and console only")
        }
        (file::PanelKind::Offscreen, None, Some(width), Some(height))
            if rotate.is_none() && console.is_none() =>
        {
            let socket = socket.map(|socket| source.resolve(&socket));
            Ok(PanelSettings::Offscreen { width: width.get(), height: height.get(), socket })
        }
        (file::PanelKind::Offscreen, ..) => {
            wrong("kind = \"offscreen\" needs width and height, and allows socket only")
        }
        (file::PanelKind::None, None, None, None)
            if rotate.is_none() && console.is_none() && socket.is_none() =>
        {
            Ok(PanelSettings::None)
        }
        (file::PanelKind::None, ..) => wrong("kind = \"none\" allows nothing else"),
    }
}

/// Without a panel customers order with their phones, and there is nothing to put a finger on.
fn without_panel(source: &Source, file: &file::File) -> Result<(), ConfigError> {
    if file.intake.is_none() {
        let reason = "kind = \"none\": orders come in over [intake] alone, which is missing";
        return Err(source.error_in_table("panel", reason));
    }
    if file.touch.is_some() {
        let reason = "a touch screen lies on a panel, but [panel] has kind = \"none\"";
        return Err(source.error_in_table("touch", reason));
    }
    Ok(())
}

#[cfg(test)]
mod tests;
