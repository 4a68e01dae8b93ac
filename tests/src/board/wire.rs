//! The board's thread: bytes in, the cabinet asked, replies out, and the clock that moves it all.

use std::{
    collections::VecDeque,
    fs, io,
    path::PathBuf,
    sync::Arc,
    time::{Duration, Instant},
};

use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    io::Errno,
};

use super::{
    BoardState, Fall, Pulse, Shared, VendFrame,
    cabinet::Change,
    frame::{
        Ear, Exception, Heard, Request, bits_reply, exception_reply, registers_reply, written_reply,
    },
    pty::Line,
};
use crate::timeline::{Timeline, What};

/// Bits of one character on the line at 8N1.
const CHARACTER_BITS: u32 = 10;
/// The longest sleep: how stale a claim on the line may become.
const NAP_MAX: Duration = Duration::from_millis(100);

pub(super) struct Wire {
    shared: Arc<Shared>,
    link: PathBuf,
    baud: Option<u32>,
    timeline: Timeline,
    line: Option<Line>,
    ear: Ear,
    replies: VecDeque<(Instant, Vec<u8>)>,
}

impl Wire {
    pub(super) fn new(
        shared: Arc<Shared>,
        link: PathBuf,
        baud: Option<u32>,
        timeline: Timeline,
    ) -> Self {
        Self {
            shared,
            link,
            baud,
            timeline,
            line: None,
            ear: Ear::default(),
            replies: VecDeque::new(),
        }
    }

    /// Makes the line and its name.
    pub(super) fn plug(&mut self) -> io::Result<()> {
        self.line = Some(Line::open(&self.link)?);
        self.shared.state.change(|state| state.plugged = true);
        Ok(())
    }

    /// Until the handle is dropped.
    pub(super) fn run(mut self) {
        loop {
            let now = Instant::now();
            let (changes, next, plug_wanted, stopping) = self.shared.state.change(|state| {
                let changes = state.cabinet.advance(now);
                state.count(&changes);
                let next = state.cabinet.next_timeout();
                (changes, next, state.plug_wanted, state.stopping)
            });
            self.tell(&changes);
            if stopping {
                self.unplug();
                return;
            }
            self.follow_plug(plug_wanted);
            self.send_due(now);
            self.sleep(next);
            self.listen();
        }
    }

    fn follow_plug(&mut self, wanted: bool) {
        if wanted == self.line.is_some() {
            return;
        }
        if wanted {
            // Out of ptys: whoever waits for the plug is told so by its limit.
            if self.plug().is_err() {
                return;
            }
        } else {
            self.unplug();
        }
        self.timeline.mark(What::BoardPlugged(wanted));
    }

    fn unplug(&mut self) {
        self.line = None;
        self.ear = Ear::default();
        self.replies.clear();
        // The name may already be gone with its folder.
        let _ = fs::remove_file(&self.link);
        self.shared.state.change(|state| state.plugged = false);
    }

    fn send_due(&mut self, now: Instant) {
        while self.replies.front().is_some_and(|(due, _)| *due <= now) {
            if let (Some((_, reply)), Some(line)) = (self.replies.pop_front(), &self.line) {
                // A line full of unread replies loses some, as a real one does.
                let _ = rustix::io::write(&line.master, &reply);
            }
        }
    }

    /// Until bytes come, a handle rings, or something is due.
    fn sleep(&self, next: Option<Instant>) {
        let due = self.replies.front().map(|(due, _)| *due);
        let until = [next, due].into_iter().flatten().min();
        let now = Instant::now();
        let nap = until.map_or(NAP_MAX, |until| until.saturating_duration_since(now).min(NAP_MAX));
        let timeout = Timespec::try_from(nap).ok();
        let bell = &self.shared.bell;
        let mut waits = vec![PollFd::new(bell, PollFlags::IN)];
        waits.extend(self.line.as_ref().map(|line| PollFd::new(&line.master, PollFlags::IN)));
        // Interrupted or not, the loop looks at everything anyway.
        let _ = poll(&mut waits, timeout.as_ref());
        let _ = rustix::io::read(bell, &mut [0_u8; 8]);
    }

    fn listen(&mut self) {
        let now = Instant::now();
        let Some(line) = &self.line else { return };
        let mut buffer = [0; 512];
        match rustix::io::read(&line.master, &mut buffer) {
            Ok(count) => self.ear.hear(buffer.get(..count).unwrap_or_default(), now),
            Err(Errno::AGAIN) => line.forget_claim(),
            Err(_) => {}
        }
        while let Some(heard) = self.ear.next_frame() {
            self.serve(&heard, now);
        }
    }

    fn serve(&mut self, heard: &Heard, now: Instant) {
        let (changes, reply) = self.shared.state.change(|state| {
            let (changes, reply) = state.serve(heard, now);
            state.count(&changes);
            (changes, reply)
        });
        for change in &changes {
            if let Change::On(coil, _) = change {
                self.timeline.mark_at(heard.first_byte_at, What::VendFrame(*coil));
            }
        }
        self.tell(&changes);
        if let Some(reply) = reply {
            let bytes = heard.bytes.len() + reply.len();
            self.replies.push_back((now + self.line_time(bytes), reply));
        }
    }

    /// How long so many characters take at the pretended speed.
    fn line_time(&self, bytes: usize) -> Duration {
        let bits = u32::try_from(bytes).unwrap_or(u32::MAX).saturating_mul(CHARACTER_BITS);
        self.baud
            .and_then(|baud| (Duration::from_secs(1) * bits).checked_div(baud))
            .unwrap_or_default()
    }

    fn tell(&self, changes: &[Change]) {
        for change in changes {
            let (at, what) = match *change {
                Change::On(coil, at) => (at, What::RelayOn(coil)),
                Change::Off(coil, at) => (at, What::RelayOff(coil)),
                Change::Dropped(coil, at) => (at, What::Dropped(coil)),
                Change::Beam(input, interrupted, at) => (at, What::Beam(input, interrupted)),
            };
            self.timeline.mark_at(at, what);
        }
    }
}

impl BoardState {
    fn serve(&mut self, heard: &Heard, now: Instant) -> (Vec<Change>, Option<Vec<u8>>) {
        self.requests += 1;
        let own = self.cabinet.address();
        // Address 0 is broadcast; this board answers that too, with its own address.
        if self.deaf || (heard.address != own && heard.address != 0) {
            return (Vec::new(), None);
        }
        match &heard.request {
            Request::ReadCoils { first, count } => {
                let reply = self.read_bits(heard, &self.coils(), *first, *count);
                (Vec::new(), Some(reply))
            }
            Request::ReadDiscreteInputs { first, count } => {
                let reply = self.read_bits(heard, &self.inputs(), *first, *count);
                (Vec::new(), Some(reply))
            }
            Request::ReadHoldingRegisters { first, count } => {
                (Vec::new(), Some(self.read_registers(*first, *count)))
            }
            Request::WriteSingleCoil { .. }
            | Request::WriteSingleRegister { .. }
            | Request::WriteMultipleCoils { .. }
            | Request::Unknown => self.write(heard, now),
        }
    }

    fn read_bits(&self, heard: &Heard, bits: &[bool], first: u16, count: u16) -> Vec<u8> {
        let own = self.cabinet.address();
        let function = Request::function(&heard.bytes);
        let first = usize::from(first);
        match bits.get(first..first + usize::from(count)) {
            Some(bits) if !bits.is_empty() => bits_reply(own, function, bits),
            _ => exception_reply(own, function, Exception::IllegalDataAddress),
        }
    }

    fn read_registers(&self, first: u16, count: u16) -> Vec<u8> {
        let own = self.cabinet.address();
        let registers: Result<Vec<u16>, Exception> =
            (0..count).map(|n| self.cabinet.register(first.saturating_add(n))).collect();
        match registers {
            Ok(registers) => registers_reply(own, &registers),
            Err(exception) => exception_reply(own, 0x03, exception),
        }
    }

    fn write(&mut self, heard: &Heard, now: Instant) -> (Vec<Change>, Option<Vec<u8>>) {
        let own = self.cabinet.address();
        let function = Request::function(&heard.bytes);
        if self.writes_to_refuse > 0 {
            self.writes_to_refuse -= 1;
            let reply = exception_reply(own, function, Exception::ServerDeviceBusy);
            return (Vec::new(), Some(reply));
        }
        match self.cabinet.write(&heard.request, now) {
            Ok(changes) => {
                self.vend_frames.extend(changes.iter().filter_map(|change| {
                    let Change::On(coil, _) = *change else {
                        return None;
                    };
                    Some(VendFrame { coil, first_byte_at: heard.first_byte_at })
                }));
                if self.replies_to_lose > 0 {
                    self.replies_to_lose -= 1;
                    return (changes, None);
                }
                let several = matches!(heard.request, Request::WriteMultipleCoils { .. });
                let reply = if several { written_reply(&heard.bytes) } else { heard.bytes.clone() };
                (changes, Some(reply))
            }
            Err(exception) => {
                let reply = exception_reply(own, function, exception);
                (Vec::new(), Some(reply))
            }
        }
    }

    fn count(&mut self, changes: &[Change]) {
        for change in changes {
            match *change {
                Change::On(coil, at) => self.pulses.push(Pulse { coil, at, lasted: None }),
                Change::Off(coil, at) => {
                    let last = self.pulses.iter_mut().rev().find(|it| it.coil == coil);
                    if let Some(pulse) = last {
                        pulse.lasted = Some(at.saturating_duration_since(pulse.at));
                    }
                }
                Change::Dropped(coil, at) => self.drops.push(Fall { coil, at }),
                Change::Beam(..) => {}
            }
        }
    }
}
