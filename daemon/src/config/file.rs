//! The configuration file as it is written: its tables, keys, ranges and defaults.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use hardware::panel::Rotation;
use protocol::sign::SignType;
use protocol::{AppId, Fen, MchId, NotifyUrl};
use serde::{Deserialize, Deserializer, de};
use toml::Spanned;

use super::ranged::Ranged;
use super::screen::ScreenFile;
use crate::sale::{InDoubt, MachineId, Slot};

/// A motor runs 100 ms to 60 s.
pub(super) type PulseMs = Ranged<100, 60_000>;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    pub(super) machine: MachineFile,
    pub(super) merchant: MerchantFile,
    #[serde(default)]
    pub(super) gateway: GatewayFile,
    pub(super) intake: Option<IntakeFile>,
    pub(super) jsapi: Option<JsapiFile>,
    pub(super) board: BoardFile,
    pub(super) panel: PanelTable,
    pub(super) touch: Option<TouchFile>,
    #[serde(default)]
    pub(super) screen: ScreenFile,
    #[serde(default)]
    pub(super) sale: SaleFile,
    #[serde(default)]
    pub(super) slot: Vec<Spanned<SlotFile>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct MachineFile {
    #[serde(deserialize_with = "machine_id")]
    pub(super) id: MachineId,
    pub(super) data_dir: PathBuf,
    /// WeChat keeps a day's bill for three months: any of them can be reconciled.
    #[serde(default = "Ranged::new::<100>")]
    pub(super) keep_days: Ranged<7, 3_650>,
    #[serde(default = "chinese")]
    pub(super) language: kiosk::Language,
    #[serde(default)]
    pub(super) phone: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct MerchantFile {
    pub(super) appid: AppId,
    pub(super) mch_id: MchId,
    #[serde(default = "hmac")]
    pub(super) sign_type: SignType,
    pub(super) api_key_file: Option<PathBuf>,
    pub(super) api_key_credential: Option<String>,
    pub(super) previous_api_key_file: Option<PathBuf>,
    pub(super) certificate_file: Option<PathBuf>,
    pub(super) certificate_key_file: Option<PathBuf>,
    pub(super) notify_url: NotifyUrl,
    pub(super) refund_notify_url: Option<NotifyUrl>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct GatewayFile {
    #[serde(default = "wechat")]
    pub(super) base_url: Spanned<String>,
    pub(super) backup_url: Option<Spanned<String>>,
    pub(super) sandbox: Option<SandboxFile>,
    #[serde(default = "sessions")]
    pub(super) session_url: Spanned<String>,
    pub(super) extra_ca_file: Option<PathBuf>,
    #[serde(default = "loopback")]
    pub(super) spbill_create_ip: IpAddr,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct IntakeFile {
    pub(super) listen: SocketAddr,
}

/// Which of WeChat's sandboxes.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum SandboxFile {
    /// Below `/sandboxnew`.
    Old,
    /// Below `/xdc/apiv2sandbox`.
    New,
}

/// Orders from the operator's mini-program.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct JsapiFile {
    pub(super) token_file: PathBuf,
    pub(super) app_secret_file: Option<PathBuf>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct BoardFile {
    /// The only kind so far; said in the file so that a later kind needs no guess.
    #[serde(rename = "kind")]
    pub(super) _kind: BoardKind,
    pub(super) port: PathBuf,
    #[serde(default = "as_delivered")]
    pub(super) baud: Baud,
    #[serde(default = "Ranged::new::<1>")]
    pub(super) address: Ranged<1, 247>,
    #[serde(default = "eight")]
    pub(super) coils: Coils,
    #[serde(default = "Ranged::new::<8>")]
    pub(super) inputs: Ranged<1, 32>,
    #[serde(default)]
    pub(super) unlink_inputs: bool,
    #[serde(default = "Ranged::new::<2_500>")]
    pub(super) pulse_ms: PulseMs,
    #[serde(default = "Ranged::new::<3_000>")]
    pub(super) drop_window_ms: Ranged<0, 30_000>,
}

/// What speaks at the other end of the serial line.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum BoardKind {
    /// Waveshare Modbus RTU Relay, 8, 16 or 32 channels, with discrete inputs.
    Waveshare,
}

/// A speed that the boards know (Waveshare wiki, register 0x2000).
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(try_from = "i64")]
pub(super) struct Baud(pub(super) u32);

impl TryFrom<i64> for Baud {
    type Error = String;

    fn try_from(baud: i64) -> Result<Self, String> {
        const KNOWN: [u32; 8] = [4_800, 9_600, 19_200, 38_400, 57_600, 115_200, 128_000, 256_000];
        let known = KNOWN.into_iter().find(|known| i64::from(*known) == baud);
        known.map(Self).ok_or_else(|| format!("must be one of {KNOWN:?}, not {baud}"))
    }
}

/// How many relays a board has.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(try_from = "i64")]
pub(super) struct Coils(u16);

impl TryFrom<i64> for Coils {
    type Error = String;

    fn try_from(count: i64) -> Result<Self, String> {
        match count {
            8 => Ok(Self(8)),
            16 => Ok(Self(16)),
            32 => Ok(Self(32)),
            _ => Err(format!("must be 8, 16 or 32, not {count}")),
        }
    }
}

impl From<Coils> for u16 {
    fn from(coils: Coils) -> u16 {
        coils.0
    }
}

/// The display, as it is written: which keys belong to which kind is checked after.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PanelTable {
    pub(super) kind: PanelKind,
    pub(super) device: Option<PathBuf>,
    pub(super) rotate: Option<Rotation>,
    pub(super) console: Option<PathBuf>,
    pub(super) width: Option<Side>,
    pub(super) height: Option<Side>,
    pub(super) socket: Option<PathBuf>,
}

/// What kind of display.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum PanelKind {
    /// A Linux framebuffer.
    Framebuffer,
    /// Pixels in memory.
    Offscreen,
    /// There is none: customers order with their phones.
    None,
}

/// A side of the picture in pixels.
pub(super) type Side = Ranged<240, 1_920>;

/// The touch screen.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TouchFile {
    /// Such as `/dev/input/by-path/...-event`.
    pub device: PathBuf,
    /// X and y are exchanged.
    #[serde(default)]
    pub swap_xy: bool,
    /// Left is right.
    #[serde(default)]
    pub invert_x: bool,
    /// Up is down.
    #[serde(default)]
    pub invert_y: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct SaleFile {
    pub(super) payment_seconds: Ranged<20, 600>,
    pub(super) failures_until_blocked: Ranged<0, 100>,
    pub(super) in_doubt: InDoubt,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SlotFile {
    pub(super) number: Slot,
    pub(super) name: kiosk::Label,
    pub(super) picture: Option<PathBuf>,
    pub(super) price_fen: Ranged<1, 10_000_000>,
    pub(super) coil: Ranged<0, 31>,
    pub(super) drop_input: Ranged<0, 31>,
    pub(super) pulse_ms: Option<PulseMs>,
    pub(super) stock: Option<Ranged<0, 1_000>>,
    pub(super) filled: Option<String>,
}

impl SlotFile {
    pub(super) fn price(&self) -> Fen {
        Fen::new(self.price_fen.get())
    }
}

impl Default for GatewayFile {
    fn default() -> Self {
        Self {
            base_url: wechat(),
            backup_url: None,
            sandbox: None,
            session_url: sessions(),
            extra_ca_file: None,
            spbill_create_ip: loopback(),
        }
    }
}

impl Default for SaleFile {
    fn default() -> Self {
        Self {
            payment_seconds: Ranged::new::<90>(),
            failures_until_blocked: Ranged::new::<1>(),
            in_doubt: InDoubt::Refund,
        }
    }
}

fn machine_id<'de, D: Deserializer<'de>>(deserializer: D) -> Result<MachineId, D::Error> {
    MachineId::parse(&String::deserialize(deserializer)?).map_err(de::Error::custom)
}

fn chinese() -> kiosk::Language {
    kiosk::Language::Chinese
}

fn hmac() -> SignType {
    SignType::HmacSha256
}

/// APIv2, hosts: the primary for the mainland.
pub(super) const WECHAT: &str = "https://api.mch.weixin.qq.com";

/// APIv2, hosts: the backup, in another city.
pub(super) const WECHAT_BACKUP: &str = "https://api2.mch.weixin.qq.com";

fn wechat() -> Spanned<String> {
    Spanned::new(0..0, WECHAT.to_owned())
}

/// Where mini-programs log in; not the pay gateway.
fn sessions() -> Spanned<String> {
    Spanned::new(0..0, protocol::jscode2session::BASE_URL.to_owned())
}

/// WeChat accepts it from machines that do not know their address.
fn loopback() -> IpAddr {
    IpAddr::V4(Ipv4Addr::LOCALHOST)
}

fn as_delivered() -> Baud {
    Baud(9_600)
}

fn eight() -> Coils {
    Coils(8)
}
