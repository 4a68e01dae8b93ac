//! kioskd's configuration file, as this world writes it for a machine.

use std::{
    fs::{self, OpenOptions},
    io::{self, Write as _},
    net::SocketAddr,
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
};

use kiosk::{Availability, Item, Label, Language};
use protocol::sign::SignType;
use serde::Serialize;

use super::screen::{ScreenSettings, ScreenTable};
use crate::gateway::APP_SECRET;

/// The merchant of this world, as in the official examples.
pub const APPID: &str = "wx8888888888888888";
/// See [`APPID`].
pub const MCH_ID: &str = "1900000109";
/// The merchant's key: good for nothing outside this world.
pub const API_KEY: &str = "k0000000000000000000000000000002";
/// What the mini-program's back end shows the machine.
pub const TOKEN: &str = "t0000000000000000000000000000003";
/// `[machine] phone`: what the screens tell a customer to call.
pub const PHONE: &str = "400-000-0000";

/// What a test or a person may want to be different.
#[derive(Debug, Clone)]
pub struct MachineSettings {
    /// `[machine] language`.
    pub language: Language,
    /// Panel pixels, width and height.
    pub size: (u32, u32),
    /// Whether there is a panel; without, customers order with their phones.
    pub panel: bool,
    /// `[merchant] sign_type`.
    pub sign_type: SignType,
    /// Whether kioskd listens for notifies; without, it has orderquery alone.
    pub intake: bool,
    /// Whether kioskd takes orders from the operator's mini-program.
    pub mini_program: bool,
    /// Whether kioskd holds the merchant's certificate and pays back by itself.
    pub certificate: bool,
    /// A key that kioskd still believes because it was changed lately.
    pub previous_key: Option<&'static str>,
    /// Another host before the gateway, which is then the backup.
    pub host_before: Option<String>,
    /// `[board] pulse_ms`.
    pub pulse_ms: u32,
    /// `[board] drop_window_ms`.
    pub drop_window_ms: u32,
    /// `[screen]`.
    pub screen: ScreenSettings,
    /// `[sale] payment_seconds`.
    pub payment_seconds: u16,
    /// `[sale] failures_until_blocked`.
    pub failures_until_blocked: u32,
    /// The planogram.
    pub slots: Vec<SlotSettings>,
}

impl Default for MachineSettings {
    /// The demo's machine: eight slots, 800 x 480, English.
    fn default() -> Self {
        Self {
            language: Language::English,
            size: (800, 480),
            panel: true,
            sign_type: SignType::HmacSha256,
            intake: true,
            mini_program: false,
            certificate: true,
            previous_key: None,
            host_before: None,
            pulse_ms: 2500,
            drop_window_ms: 3000,
            screen: ScreenSettings::default(),
            payment_seconds: 90,
            failures_until_blocked: 1,
            slots: demo_slots(),
        }
    }
}

impl MachineSettings {
    /// The items as the customer sees them, in the order of the catalogue.
    #[must_use]
    pub fn items(&self) -> Vec<Item> {
        let item = |slot: &SlotSettings| Item {
            slot: slot.number,
            name: slot.name.clone(),
            price_fen: slot.price_fen,
            availability: Availability::Available,
        };
        let mut items: Vec<Item> = self.slots.iter().map(item).collect();
        if self.screen.cheapest_first {
            items.sort_by_key(|item| item.price_fen);
        }
        items
    }

    /// The coil that turns the motor of `slot`.
    #[must_use]
    pub fn coil_of(&self, slot: u16) -> Option<u16> {
        self.slots.iter().find(|it| it.number == slot).map(|it| it.coil)
    }
}

/// One `[[slot]]`.
#[derive(Debug, Clone, Serialize)]
pub struct SlotSettings {
    /// As the customer reads it.
    pub number: u16,
    /// In all languages.
    pub name: Label,
    /// A file with a picture of the item.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub picture: Option<PathBuf>,
    /// Fen.
    pub price_fen: u32,
    /// The relay of its motor.
    pub coil: u16,
    /// The input of its light beam.
    pub drop_input: u16,
    /// Items in it; `None` is not counted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stock: Option<u32>,
}

/// Where a machine's things are.
#[derive(Debug, Clone)]
pub(super) struct Places {
    pub(super) dir: PathBuf,
    pub(super) config: PathBuf,
    pub(super) panel: PathBuf,
}

impl Places {
    pub(super) fn in_dir(dir: &Path) -> Self {
        Self { dir: dir.to_owned(), config: dir.join("kioskd.toml"), panel: dir.join("panel.sock") }
    }
}

/// What the machine is connected to.
#[derive(Debug, Clone)]
pub struct Connections {
    /// `[gateway] base_url`.
    pub base_url: String,
    /// `[gateway] backup_url`.
    pub backup_url: Option<String>,
    /// `[gateway] session_url`.
    pub session_url: String,
    /// `[gateway] extra_ca_file`.
    pub ca_file: PathBuf,
    /// `[merchant] certificate_file`.
    pub certificate_file: PathBuf,
    /// `[merchant] certificate_key_file`.
    pub certificate_key_file: PathBuf,
    /// `[board] port`.
    pub board: PathBuf,
    /// Where kioskd listens for notifies, and where the gateway posts them.
    pub notify: SocketAddr,
}

/// Writes the configuration, the key's file and the data directory.
pub(super) fn write(
    places: &Places,
    settings: &MachineSettings,
    connections: &Connections,
) -> io::Result<()> {
    let data_dir = places.dir.join("data");
    fs::create_dir_all(&data_dir)?;
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true).mode(0o600);
    let write_key = |name: &str, key: &str| {
        let file = places.dir.join(name);
        writeln!(options.open(&file)?, "{key}")?;
        Ok::<_, io::Error>(file)
    };
    let keys = Keys {
        api_key: write_key("api_key", API_KEY)?,
        previous: settings
            .previous_key
            .map(|key| write_key("previous_api_key", key))
            .transpose()?,
        jsapi: match settings.mini_program {
            true => Some(JsapiTable {
                token_file: write_key("jsapi_token", TOKEN)?,
                app_secret_file: write_key("app_secret", APP_SECRET)?,
            }),
            false => None,
        },
    };
    let file = file(places, settings, connections, data_dir, keys);
    let text = toml::to_string(&file).map_err(io::Error::other)?;
    fs::write(&places.config, text)
}

fn file<'a>(
    places: &Places,
    settings: &'a MachineSettings,
    connections: &'a Connections,
    data_dir: PathBuf,
    keys: Keys,
) -> File<'a> {
    File {
        machine: MachineTable { id: "VM0001", data_dir, language: settings.language, phone: PHONE },
        merchant: MerchantTable {
            appid: APPID,
            mch_id: MCH_ID,
            sign_type: settings.sign_type.as_str(),
            api_key_file: keys.api_key,
            previous_api_key_file: keys.previous,
            certificate_file: settings.certificate.then_some(&connections.certificate_file),
            certificate_key_file: settings.certificate.then_some(&connections.certificate_key_file),
            notify_url: format!("http://{}/notify", connections.notify),
            refund_notify_url: format!("http://{}/refund-notify", connections.notify),
        },
        gateway: GatewayTable {
            base_url: &connections.base_url,
            backup_url: connections.backup_url.as_deref(),
            session_url: &connections.session_url,
            extra_ca_file: &connections.ca_file,
        },
        intake: settings.intake.then_some(IntakeTable { listen: connections.notify }),
        jsapi: keys.jsapi,
        board: BoardTable {
            kind: "waveshare",
            port: &connections.board,
            baud: 9600,
            address: 1,
            coils: 8,
            pulse_ms: settings.pulse_ms,
            drop_window_ms: settings.drop_window_ms,
        },
        panel: if settings.panel {
            let (width, height) = settings.size;
            PanelTable::Offscreen { width, height, socket: places.panel.clone() }
        } else {
            PanelTable::None
        },
        screen: ScreenTable::of(settings),
        sale: SaleTable {
            payment_seconds: settings.payment_seconds,
            failures_until_blocked: settings.failures_until_blocked,
            in_doubt: "refund",
        },
        slot: &settings.slots,
    }
}

/// The files with the merchant's keys.
struct Keys {
    api_key: PathBuf,
    previous: Option<PathBuf>,
    jsapi: Option<JsapiTable>,
}

#[derive(Serialize)]
struct File<'a> {
    machine: MachineTable,
    merchant: MerchantTable<'a>,
    gateway: GatewayTable<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    intake: Option<IntakeTable>,
    #[serde(skip_serializing_if = "Option::is_none")]
    jsapi: Option<JsapiTable>,
    board: BoardTable<'a>,
    panel: PanelTable,
    screen: ScreenTable,
    sale: SaleTable,
    slot: &'a [SlotSettings],
}

#[derive(Serialize)]
struct MachineTable {
    id: &'static str,
    data_dir: PathBuf,
    language: Language,
    phone: &'static str,
}

#[derive(Serialize)]
struct MerchantTable<'a> {
    appid: &'static str,
    mch_id: &'static str,
    sign_type: &'static str,
    api_key_file: PathBuf,
    #[serde(skip_serializing_if = "Option::is_none")]
    previous_api_key_file: Option<PathBuf>,
    #[serde(skip_serializing_if = "Option::is_none")]
    certificate_file: Option<&'a PathBuf>,
    #[serde(skip_serializing_if = "Option::is_none")]
    certificate_key_file: Option<&'a PathBuf>,
    notify_url: String,
    refund_notify_url: String,
}

#[derive(Serialize)]
struct GatewayTable<'a> {
    base_url: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    backup_url: Option<&'a str>,
    session_url: &'a str,
    extra_ca_file: &'a Path,
}

#[derive(Serialize)]
struct IntakeTable {
    listen: SocketAddr,
}

#[derive(Serialize)]
struct JsapiTable {
    token_file: PathBuf,
    app_secret_file: PathBuf,
}

#[derive(Serialize)]
struct BoardTable<'a> {
    kind: &'static str,
    port: &'a Path,
    baud: u32,
    address: u8,
    coils: u16,
    pulse_ms: u32,
    drop_window_ms: u32,
}

#[derive(Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum PanelTable {
    Offscreen { width: u32, height: u32, socket: PathBuf },
    None,
}

#[derive(Serialize)]
struct SaleTable {
    payment_seconds: u16,
    failures_until_blocked: u32,
    in_doubt: &'static str,
}

fn demo_slots() -> Vec<SlotSettings> {
    use Language::{French, Japanese, Korean, Russian};
    #[rustfmt::skip]
    let goods = [
        (350, ["可乐",   "Cola",         "コーラ",             "콜라",          "Кола",            "Cola"]),
        (200, ["矿泉水", "Water",        "ミネラルウォーター", "생수",          "Вода",            "Eau minérale"]),
        (400, ["绿茶",   "Green tea",    "緑茶",               "녹차",          "Зелёный чай",     "Thé vert"]),
        (500, ["橙汁",   "Orange juice", "オレンジジュース",   "오렌지 주스",   "Апельсиновый сок", "Jus d’orange"]),
        (650, ["薯片",   "Crisps",       "ポテトチップス",     "감자칩",        "Чипсы",           "Chips"]),
        (800, ["巧克力", "Chocolate",    "チョコレート",       "초콜릿",        "Шоколад",         "Chocolat"]),
        (990, ["坚果",   "Nuts",         "ナッツ",             "견과류",        "Орехи",           "Noix"]),
        (550, ["饼干",   "Biscuits",     "ビスケット",         "비스킷",        "Печенье",         "Biscuits"]),
    ];
    (1..)
        .zip(goods)
        .map(|(number, (price_fen, [zh, en, ja, ko, ru, fr]))| SlotSettings {
            number,
            name: Label::new(zh, en)
                .with(Japanese, ja)
                .with(Korean, ko)
                .with(Russian, ru)
                .with(French, fr),
            picture: None,
            price_fen,
            coil: number - 1,
            drop_input: 0,
            stock: None,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn the_secrets_are_for_their_owner_alone_and_the_file_names_every_table() {
        let dir = tempfile::tempdir().unwrap();
        let places = Places::in_dir(dir.path());
        let connections = Connections {
            base_url: "https://127.0.0.1:1".to_owned(),
            backup_url: None,
            session_url: "https://127.0.0.1:1".to_owned(),
            ca_file: dir.path().join("ca.pem"),
            certificate_file: dir.path().join("apiclient_cert.pem"),
            certificate_key_file: dir.path().join("apiclient_key.pem"),
            board: dir.path().join("relay"),
            notify: "127.0.0.1:8080".parse().unwrap(),
        };
        let settings = MachineSettings { mini_program: true, ..MachineSettings::default() };
        write(&places, &settings, &connections).unwrap();
        let text = fs::read_to_string(&places.config).unwrap();
        for (name, secret) in
            [("api_key", API_KEY), ("jsapi_token", TOKEN), ("app_secret", APP_SECRET)]
        {
            let mode = fs::metadata(dir.path().join(name)).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600, "{name}");
            assert!(!text.contains(secret), "the {name} stands in its own file");
        }
        let table: toml::Table = toml::from_str(&text).unwrap();
        let names: Vec<_> = table.keys().map(String::as_str).collect();
        let all = "board gateway intake jsapi machine merchant panel sale screen slot";
        assert_eq!(names, all.split(' ').collect::<Vec<_>>());
    }
}
