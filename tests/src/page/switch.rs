//! The switches of the page: how a person at the desk disturbs the world.

use serde::Deserialize;

use crate::{
    gateway::{GatewayError, Mood},
    machine::MachineError,
    timeline::What,
    waiting::TooLate,
    world::World,
};

/// The merchant has nothing to pay back with.
const BALANCE_EMPTY: Mood = Mood::Fail { err_code: "NOTENOUGH", times: u32::MAX };
/// Refunds are made, but nobody hears of it.
pub(super) const LOSE_REFUND_ANSWERS: Mood = Mood::LoseAnswer;

/// Whether refunds are refused for want of money, however many were already.
pub(super) const fn is_balance_empty(refund: Mood) -> bool {
    matches!(refund, Mood::Fail { .. })
}

/// One switch and its new position.
#[derive(Debug, Deserialize)]
#[serde(tag = "name", rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum Switch {
    /// Notifies are lost on the way.
    LoseNotifies { on: bool },
    /// Answers to refunds are lost.
    LoseRefundAnswers { on: bool },
    /// Refunds are refused for want of money.
    BalanceEmpty { on: bool },
    /// The gateway refuses connections.
    GatewayDown { on: bool },
    /// The spiral of this slot turns without anything coming off.
    Jam { slot: u16, on: bool },
    /// The adapter of the board is plugged in.
    Board { on: bool },
    /// Off: SIGKILL. On: kioskd starts again.
    Power { on: bool },
}

impl Switch {
    pub(super) fn turn(&self, world: &World) -> Result<(), SwitchError> {
        world.timeline.mark(What::Switched(self.describe()));
        match *self {
            Self::LoseNotifies { on } => {
                world.gateway.set_moods(|moods| moods.lose_notifies = on);
            }
            Self::LoseRefundAnswers { on } => set_refund(world, on, LOSE_REFUND_ANSWERS),
            Self::BalanceEmpty { on } => set_refund(world, on, BALANCE_EMPTY),
            Self::GatewayDown { on } => world.gateway.set_down(on)?,
            Self::Jam { slot, on } => world.jam(slot, on),
            Self::Board { on: true } => world.board.plug()?,
            Self::Board { on: false } => world.board.unplug()?,
            Self::Power { on: true } => world.machine.start()?,
            Self::Power { on: false } => world.machine.kill()?,
        }
        Ok(())
    }

    fn describe(&self) -> String {
        match self {
            Self::LoseNotifies { on: true } => "notifies are lost".to_owned(),
            Self::LoseNotifies { on: false } => "notifies arrive".to_owned(),
            Self::LoseRefundAnswers { on: true } => "answers to refunds are lost".to_owned(),
            Self::LoseRefundAnswers { on: false } => "answers to refunds arrive".to_owned(),
            Self::BalanceEmpty { on: true } => "the merchant's balance is empty".to_owned(),
            Self::BalanceEmpty { on: false } => "the merchant's balance is filled".to_owned(),
            Self::GatewayDown { on: true } => "gateway down".to_owned(),
            Self::GatewayDown { on: false } => "gateway up".to_owned(),
            Self::Jam { slot, on: true } => format!("slot {slot} jammed"),
            Self::Jam { slot, on: false } => format!("slot {slot} mended"),
            Self::Board { on: true } => "board plugged in".to_owned(),
            Self::Board { on: false } => "board pulled out".to_owned(),
            Self::Power { on: true } => "power on".to_owned(),
            Self::Power { on: false } => "power cut (SIGKILL)".to_owned(),
        }
    }
}

fn set_refund(world: &World, on: bool, mood: Mood) {
    world.gateway.set_moods(|moods| moods.refund = if on { mood } else { Mood::Normal });
}

/// A switch did not do what it says.
#[derive(Debug, thiserror::Error)]
pub(super) enum SwitchError {
    #[error(transparent)]
    Gateway(#[from] GatewayError),
    #[error(transparent)]
    Board(#[from] TooLate),
    #[error(transparent)]
    Machine(#[from] MachineError),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_speaks_in_switches() {
        #[rustfmt::skip]
        let table = [
            (r#"{"name":"lose_notifies","on":true}"#,   Some("notifies are lost")),
            (r#"{"name":"balance_empty","on":true}"#,   Some("the merchant's balance is empty")),
            (r#"{"name":"gateway_down","on":false}"#,   Some("gateway up")),
            (r#"{"name":"jam","slot":3,"on":true}"#,    Some("slot 3 jammed")),
            (r#"{"name":"board","on":false}"#,          Some("board pulled out")),
            (r#"{"name":"power","on":false}"#,          Some("power cut (SIGKILL)")),
            (r#"{"name":"jam","on":true}"#,             None),
            (r#"{"name":"explode","on":true}"#,         None),
        ];
        for (json, text) in table {
            let switch: Option<Switch> = serde_json::from_str(json).ok();
            assert_eq!(switch.map(|it| it.describe()).as_deref(), text, "{json}");
        }
    }
}
