//! The steps of the script, and the ends of faults that last.

use daemon::sale::Event;

use super::{
    cabinet::Deaf,
    script::Input,
    world::{Happening, World},
};

impl World {
    pub(super) fn input(&mut self, input: Input) {
        match input {
            Input::Customer(way, slot, plan) => self.customer_comes(way, slot, plan),
            Input::Call(mishap) => self.network.calls.push_back(mishap),
            Input::Notify(mishap) => self.network.notifies.push_back(mishap),
            Input::Refund(mishap) => self.network.refunds.push_back(mishap),
            Input::GatewayAway(for_ms) => {
                self.network.gateway_away_until = self.now_ms + for_ms;
            }
            Input::RelayAway(for_ms) => self.network.relay_away_until = self.now_ms + for_ms,
            Input::PowerCut(cut, off_ms) => self.cut(cut, off_ms),
            Input::Killed(off_ms) => {
                if self.wheel.is_some() {
                    self.kill(off_ms);
                }
            }
            Input::Drive(fault, for_ms) => {
                self.drive.set_fault(Some(fault));
                self.after(for_ms, Happening::Ends(input));
            }
            Input::Jam(slot, for_ms) => {
                self.cabinet.jam(slot, true);
                self.after(for_ms, Happening::Ends(input));
            }
            Input::Unplugged(for_ms) => {
                if !self.cabinet.unplugged {
                    let soon = self.cabinet.unplug();
                    self.soon(soon);
                    self.after(for_ms, Happening::Ends(input));
                }
            }
            Input::Deaf { says_unknown, for_ms } => {
                self.cabinet.deaf =
                    Some(if says_unknown { Deaf::SaysUnknown } else { Deaf::Silent });
                self.after(for_ms, Happening::Ends(input));
            }
            Input::Slow(ms) => {
                self.cabinet.slow_ms = ms;
                self.after(60_000, Happening::Ends(input));
            }
            Input::Blocked(slot, for_ms) => {
                let soon = self.cabinet.block(slot, true);
                self.soon(soon);
                self.after(for_ms, Happening::Ends(input));
            }
            Input::Clock(step_ms) => self.clock_off_ms += step_ms,
            Input::ClockSet => self.clock_off_ms = 0,
            Input::SchedulerDies => self.scheduler_dead = true,
            Input::Claim => self.claim(),
            Input::Refill => {
                if self.wheel.is_some() {
                    self.refilling = true;
                    self.hear("stop", Event::StopRequested);
                }
            }
        }
    }

    pub(super) fn ends(&mut self, input: Input) {
        match input {
            Input::Drive(..) => self.drive.set_fault(None),
            Input::Jam(slot, _) => self.cabinet.jam(slot, false),
            Input::Unplugged(_) => {
                let soon = self.cabinet.plug();
                self.soon(soon);
            }
            Input::Deaf { .. } => self.cabinet.deaf = None,
            Input::Slow(_) => self.cabinet.slow_ms = 0,
            Input::Blocked(slot, _) => {
                let soon = self.cabinet.block(slot, false);
                self.soon(soon);
            }
            Input::Customer(..)
            | Input::Call(_)
            | Input::Notify(_)
            | Input::Refund(_)
            | Input::GatewayAway(_)
            | Input::RelayAway(_)
            | Input::PowerCut(..)
            | Input::Killed(_)
            | Input::Clock(_)
            | Input::ClockSet
            | Input::SchedulerDies
            | Input::Claim
            | Input::Refill => {}
        }
    }
}
