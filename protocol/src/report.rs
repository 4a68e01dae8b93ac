//! report: tells WeChat how long a call took and how it ended. Wanted by nobody but their graphs.

use std::net::Ipv4Addr;
use std::time::Duration;

use crate::body::fit;
use crate::call::{Request, UnsignedCall, sealed};
use crate::calls::CallName;
use crate::value::{is_plain, text_value};
use crate::{BeijingTime, DeviceInfo, ErrCode, Fields, Mismatch, OutTradeNo};

/// Longest reason: `return_msg` and `err_code_des` String(128), counted with caution.
const REASON_BYTES_MAX: usize = 127;

/// Longest code. APIv2 report, `err_code` String(32).
const ERR_CODE_BYTES_MAX: usize = 32;

text_value! {
    /// The whole address of the call that is told of. APIv2 report, `interface_url` String(127).
    InterfaceUrl = "interface_url",
    "an https:// address of at most 127 visible ASCII characters without & and =",
    |text| text.len() <= 127
        && text.bytes().all(is_plain)
        && text.strip_prefix("https://").is_some_and(|rest| !rest.is_empty())
}

/// The message. APIv2 payitil/report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// Which call.
    pub interface_url: InterfaceUrl,
    /// How long it took; told in milliseconds.
    pub execute_time: Duration,
    /// How it ended.
    pub outcome: Outcome,
    /// The order it was about.
    pub out_trade_no: Option<OutTradeNo>,
    /// The machine's address. APIv2 report, `user_ip` String(16): too short for IPv6.
    pub user_ip: Ipv4Addr,
    /// When the call was made.
    pub time: Option<BeijingTime>,
    /// The machine.
    pub device_info: Option<DeviceInfo>,
}

/// How a call ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// `result_code` SUCCESS.
    Success,
    /// `return_code` FAIL, or no answer; the reason is cut to 127 bytes.
    Refused(String),
    /// `result_code` FAIL.
    Failed {
        /// WeChat's reason, cut to 32 bytes.
        err_code: ErrCode,
        /// WeChat's reason in words, cut to 127 bytes.
        err_code_des: String,
    },
}

/// WeChat took note.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Noted;

impl sealed::Request for Report {}

impl Request for Report {
    const NAME: CallName = CallName::Report;
    const PATH: &'static str = "/payitil/report";
    const REPEATABLE: bool = true;
    const SIGNED_ANSWER: bool = false;

    fn fields(&self) -> Fields {
        let mut fields = Fields::new();
        fields
            .set("interface_url", self.interface_url.as_str())
            // The table of the documentation spells it with this tail.
            .set("execute_time_", self.execute_time.as_millis().to_string())
            .set("user_ip", self.user_ip.to_string());
        self.outcome.write(&mut fields);
        if let Some(out_trade_no) = &self.out_trade_no {
            fields.set("out_trade_no", out_trade_no.as_str());
        }
        if let Some(time) = self.time {
            fields.set("time", time.to_string());
        }
        if let Some(device_info) = &self.device_info {
            fields.set("device_info", device_info.as_str());
        }
        fields
    }
}

impl Outcome {
    /// Both codes are required; a call that was refused has no result, which is FAIL as well.
    fn write(&self, fields: &mut Fields) {
        let (return_code, result_code) = match self {
            Self::Success => ("SUCCESS", "SUCCESS"),
            Self::Refused(_) => ("FAIL", "FAIL"),
            Self::Failed { .. } => ("SUCCESS", "FAIL"),
        };
        fields.set("return_code", return_code).set("result_code", result_code);
        let mut set = |name, text: &str, bytes_max| {
            if let Some(text) = fit(text, bytes_max) {
                fields.set(name, text);
            }
        };
        match self {
            Self::Success => {}
            Self::Refused(reason) => set("return_msg", reason, REASON_BYTES_MAX),
            Self::Failed { err_code, err_code_des } => {
                set("err_code", err_code.as_str(), ERR_CODE_BYTES_MAX);
                set("err_code_des", err_code_des, REASON_BYTES_MAX);
            }
        }
    }
}

impl UnsignedCall for Report {
    type Answer = Noted;

    fn answer(&self, _answer: &Fields) -> Result<Noted, Mismatch> {
        Ok(Noted)
    }
}
