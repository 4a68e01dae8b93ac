//! Dialogues with a relay board on a scripted clock.
//!
//! A script's lines are what happens; what the session says to it stands below, indented. Of frames
//! sent (`>`) and events told (`=`) not one may be missing, more, or elsewhere.
//!
//! ```text
//! vend                 a vend of coil 2 seen by input 1: a pulse of 1 s and a window of 1 s
//! < inputs 02          the board's answer, 20 ms later; the session then gets 5 ms of silence
//! << 02 01              these bytes at once
//! . 300                so many ms pass
//! run 500 inputs 00    so many ms pass with every frame answered (frames are not listed)
//! dead 500             so many ms pass with no frame answered (frames are not listed)
//! ```

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]

use super::*;

const ANSWER: Duration = Duration::from_millis(20);
const SILENCE: Duration = Duration::from_millis(5);

struct Bench {
    session: RelayBoardSession,
    now: Instant,
    last: Vec<u8>,
    transcript: Vec<String>,
    silent: bool,
}

/// Runs the script on a board that is up and idle, and compares.
fn check(script: &str) {
    let mut bench = Bench::new();
    bench.start();
    bench.play(script);
}

impl Bench {
    fn new() -> Self {
        let session = RelayBoardSession::new(RelayBoard::new("/dev/vend-relay".into()));
        Self {
            session,
            now: Instant::now(),
            last: Vec::new(),
            transcript: Vec::new(),
            silent: false,
        }
    }

    fn start(&mut self) {
        self.play(
            "open
               > off
             < echo
               > coils
             < coils 00
               > version
             < version 200
               > inputs
             < inputs 00
               = up Modbus relay board at address 1, firmware 2.00, 8 coils, 8 inputs
               = sensor 0 clear
               = sensor 1 clear
               = sensor 2 clear
               = sensor 3 clear
               = sensor 4 clear
               = sensor 5 clear
               = sensor 6 clear
               = sensor 7 clear",
        );
    }

    fn play(&mut self, script: &str) {
        let script: Vec<&str> =
            script.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
        self.transcript.clear();
        for line in script.iter().filter(|line| !line.starts_with(['>', '='])) {
            self.transcript.push((*line).to_owned());
            self.act(line);
        }
        let (heard, told) = (self.transcript.join("\n"), script.join("\n"));
        assert_eq!(heard, told, "\n--- was ---\n{heard}\n--- should be ---\n{told}\n");
    }

    fn act(&mut self, line: &str) {
        let words: Vec<&str> = line.split_whitespace().collect();
        match words.as_slice() {
            ["open"] => self.session.handle_opened(self.now),
            ["close"] => self.session.handle_closed("the port is gone", self.now),
            ["not", "sent"] => self.session.handle_not_sent(self.now),
            ["vend"] => self.vend(7, 2, 1),
            ["vend", tag, coil, input] => self.vend(number(tag), number(coil), number(input)),
            ["recall", tag] => {
                self.session.command(BoardCommand::Recall { tag: number(tag) }, self.now)
            }
            ["stop"] => self.session.command(BoardCommand::Stop, self.now),
            ["finished"] => assert!(self.session.is_finished()),
            ["unfinished"] => assert!(!self.session.is_finished()),
            [".", ms] => self.pass(Duration::from_millis(number(ms))),
            ["run", ms, answers @ ..] => self.run(Duration::from_millis(number(ms)), answers),
            ["dead", ms] => {
                self.silent = true;
                self.pass(Duration::from_millis(number(ms)));
                self.silent = false;
            }
            ["<<", answer @ ..] => {
                let frame = self.answer(answer);
                self.session.handle_bytes(&frame, self.now);
            }
            ["<", "slowly", answer @ ..] => {
                for byte in self.answer(answer) {
                    self.pass(Duration::from_millis(1));
                    self.session.handle_bytes(&[byte], self.now);
                    self.hear();
                }
            }
            ["<", answer @ ..] => {
                let frame = self.answer(answer);
                self.pass(ANSWER);
                self.session.handle_bytes(&frame, self.now);
            }
            _ => panic!("{line}"),
        }
        self.hear();
        self.pass(if line.starts_with("< ") || line == "open" { SILENCE } else { Duration::ZERO });
    }

    fn vend(&mut self, tag: u64, coil: u16, drop_input: u16) {
        let second = Duration::from_secs(1);
        let not_after = self.now + 15 * second;
        let request =
            VendRequest { tag, coil, drop_input, pulse: second, drop_window: second, not_after };
        self.session.command(BoardCommand::Vend(request), self.now);
    }

    /// Lets time pass, with a stop wherever the session wants one.
    fn pass(&mut self, time: Duration) {
        let end = self.now + time;
        while let Some(due) = self.session.next_timeout().filter(|due| *due <= end) {
            self.now = self.now.max(due);
            self.session.handle_timeout(self.now);
            self.hear();
        }
        self.now = end;
    }

    /// Answers everything for a while.
    fn run(&mut self, time: Duration, answers: &[&str]) {
        let end = self.now + time;
        self.silent = true;
        while self.now < end {
            let wanted = self.last.get(1).copied();
            let kind = match wanted {
                Some(0x01) => "coils",
                Some(0x02) => "inputs",
                Some(0x03) => "version",
                _ => "echo",
            };
            let state = answers
                .windows(2)
                .find(|pair| pair.first() == Some(&kind))
                .and_then(|pair| pair.get(1));
            if wanted.is_some() {
                let frame = self.answer(&[kind, state.unwrap_or(&"00")]);
                self.last.clear();
                self.pass(ANSWER);
                self.session.handle_bytes(&frame, self.now);
                self.hear();
            }
            self.pass(SILENCE);
        }
        self.silent = false;
    }

    fn answer(&self, words: &[&str]) -> Vec<u8> {
        let frame = match words {
            ["echo", ..] => return self.last.clone(),
            ["garbled"] => return self.last.iter().map(|byte| byte ^ 0x20).collect(),
            ["coils", state] => vec![1, 0x01, 1, hex_byte(state)],
            ["inputs", state] => vec![1, 0x02, 1, hex_byte(state)],
            ["version", version] => {
                [&[1, 0x03, 2][..], &number::<u16>(version).to_be_bytes()].concat()
            }
            ["wrote"] => self.last.get(..6).unwrap().to_vec(),
            ["refused", code] => vec![1, self.last.get(1).unwrap() | 0x80, hex_byte(code)],
            bytes => return bytes.iter().map(|byte| hex_byte(byte)).collect(),
        };
        let check = crc::Crc::<u16>::new(&crc::CRC_16_MODBUS).checksum(&frame).to_le_bytes();
        [frame, check.to_vec()].concat()
    }

    fn hear(&mut self) {
        while let Some(frame) = self.session.poll_transmit() {
            if !self.silent {
                self.transcript.push(format!("> {}", frame_name(&frame)));
            }
            self.last = frame;
        }
        while let Some(event) = self.session.poll_event() {
            self.transcript.push(format!("= {}", event_name(&event)));
        }
    }
}

fn number<T: std::str::FromStr>(word: &str) -> T {
    word.parse().unwrap_or_else(|_| panic!("{word} is no number"))
}

fn hex_byte(word: &str) -> u8 {
    u8::from_str_radix(word, 16).unwrap_or_else(|_| panic!("{word} is no byte"))
}

fn frame_name(frame: &[u8]) -> String {
    let pulse = Pulse::new(Duration::from_secs(1)).unwrap();
    let known = [
        ("off", map::all_off()),
        ("coils", map::read_coils(8)),
        ("inputs", map::read_inputs(8)),
        ("version", map::read_version()),
        ("address", map::read_address()),
        ("flash 2", map::flash_on(2, pulse)),
        ("flash 3", map::flash_on(3, pulse)),
        ("unlink", map::unlink_inputs(8)),
    ];
    let name = known.iter().find(|(_, request)| request.encode(1) == frame).map(|(name, _)| *name);
    name.map_or_else(|| crate::modbus::hex(frame), str::to_owned)
}

fn event_name(event: &BoardEvent) -> String {
    match event {
        BoardEvent::Up { identity } => format!("up {identity}"),
        BoardEvent::Down { reason } => format!("down {reason}"),
        BoardEvent::DropSensor { input, blocked } => {
            format!("sensor {input} {}", if *blocked { "blocked" } else { "clear" })
        }
        BoardEvent::VendStarted { tag } => format!("started {tag}"),
        BoardEvent::VendSucceeded { tag } => format!("succeeded {tag}"),
        BoardEvent::VendFailed { tag, fault } => format!("failed {tag} {fault:?}"),
        BoardEvent::VendUnknown { tag, why } => format!("unknown {tag} {why}"),
        BoardEvent::Idle => "idle".into(),
    }
}

const SILENT_LINE: &str = "no answer from address 1 at 9600 baud on /dev/vend-relay: \
                           is the board powered, are A and B right?";

/// The vend.
mod vend;

/// The line and the board around it.
mod line;

/// Chance.
mod chaos;
