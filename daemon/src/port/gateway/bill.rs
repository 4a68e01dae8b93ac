//! The bill of a day: it flows from the connection through the reader, and only this machine's rows
//! stay; neither memory nor disk ever holds all of it.

use std::io::{self, Read};
use std::sync::Arc;
use std::time::Duration;

use protocol::bill::{self, BillError};
use protocol::downloadbill::{BillDate, BillType, DownloadBill};
use protocol::{NonceStr, request};
use tokio::sync::mpsc;

use super::https::{NoAnswer, Pieces};
use super::{Gateway, Inner};
use crate::audit::{BillFault, MachineBill};
use crate::sale::{Event, GatewayFault, MachineId};

/// From the question to the last row. A big merchant's bill over a mobile line takes minutes.
const BILL_TIME_MAX: Duration = Duration::from_secs(10 * 60);

/// Longest answer, as it is sent. What it unpacks to has its own limit.
const BILL_BYTES_MAX: usize = 256 * 1024 * 1024;

/// So much may arrive before the reader has read what came earlier.
const PIECES_MAX: usize = 16;

impl Gateway {
    /// Gets the bill of a day; what it says of `machine` comes as [`Event::BillAnswered`].
    pub fn audit(&self, day: BillDate, machine: MachineId) {
        let gateway = self.clone();
        let question = self.ask(BILL_TIME_MAX);
        self.inner.tasks.spawn(async move {
            let answer = gateway.bill(day, machine).await;
            gateway.inner.inbox.put_later(Event::BillAnswered { day, answer }).await;
            drop(question);
        });
    }

    /// What the bill of a day says of `machine`.
    ///
    /// # Errors
    ///
    /// There is no bill, WeChat does not answer, or it is not a whole bill.
    pub async fn bill(&self, day: BillDate, machine: MachineId) -> Result<MachineBill, BillFault> {
        let reading = self.inner.bill(day, &machine);
        let answer = tokio::time::timeout(BILL_TIME_MAX, reading).await.unwrap_or_else(|_| {
            let minutes = BILL_TIME_MAX.as_secs() / 60;
            Err(unreachable(format!("the bill was not there in {minutes} minutes")))
        });
        match answer {
            Err(BillFault::Unusable(BillError::NoBillExist)) => {
                MachineBill::none(&machine, day, self.inner.clock.now().wall)
            }
            answer => answer,
        }
    }
}

impl Inner {
    async fn bill(
        self: &Arc<Self>,
        day: BillDate,
        machine: &MachineId,
    ) -> Result<MachineBill, BillFault> {
        let call = DownloadBill {
            bill_date: day,
            bill_type: BillType::All,
            gzip: true,
            device_info: None,
        };
        let merchant = self.presented().await?;
        let body = request(&call, &merchant, &NonceStr::random());
        let path = self.path::<DownloadBill>();
        let pieces = self.post_for_pieces(&path, body).await?;
        let (give, take) = mpsc::channel(PIECES_MAX);
        let machine = machine.clone();
        let reading = self.tasks.spawn_blocking(move || {
            let rows = bill::read(Flow::new(take))?;
            MachineBill::read(&machine, rows)
        });
        let passed_on = pass_on(pieces, give).await;
        let read = reading.await.unwrap_or_else(|error| Err(unreachable(error.to_string())));
        // A bill that broke off is no bill, whatever the reader made of it.
        passed_on.and(read)
    }

    async fn post_for_pieces(&self, path: &str, body: String) -> Result<Pieces, BillFault> {
        let (which, base_url) = self.choose_host();
        let answer = self.https.post_for_pieces(format!("{base_url}{path}"), body, BILL_TIME_MAX);
        let answer = answer.await;
        self.judge_host(which, answer.as_ref().err());
        answer.map_err(|NoAnswer { reason, .. }| unreachable(reason))
    }
}

/// Hands the answer to the reader, piece by piece and then an empty one.
async fn pass_on(mut pieces: Pieces, reader: mpsc::Sender<Vec<u8>>) -> Result<(), BillFault> {
    let mut left = BILL_BYTES_MAX;
    loop {
        let piece = pieces.next().await.map_err(|fault| unreachable(fault.reason))?;
        let is_end = piece.is_empty();
        left = left
            .checked_sub(piece.len())
            .ok_or_else(|| unreachable("the answer is too long".to_owned()))?;
        // A reader that is gone has seen enough, and says so itself.
        if reader.send(piece).await.is_err() || is_end {
            return Ok(());
        }
    }
}

/// The answer as the reader sees it, on a thread that may wait.
struct Flow {
    pieces: mpsc::Receiver<Vec<u8>>,
    piece: io::Cursor<Vec<u8>>,
    is_at_end: bool,
}

impl Flow {
    fn new(pieces: mpsc::Receiver<Vec<u8>>) -> Self {
        Self { pieces, piece: io::Cursor::default(), is_at_end: false }
    }
}

impl Read for Flow {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let count = self.piece.read(buffer)?;
            if count > 0 || buffer.is_empty() || self.is_at_end {
                return Ok(count);
            }
            let piece = self.pieces.blocking_recv();
            let piece = piece.ok_or_else(|| io::Error::from(io::ErrorKind::UnexpectedEof))?;
            self.is_at_end = piece.is_empty();
            self.piece = io::Cursor::new(piece);
        }
    }
}

fn unreachable(why: String) -> BillFault {
    BillFault::NoAnswer(GatewayFault::Unreachable(why))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;

    /// What the reader makes of these pieces, given one at a time, after which the giver is gone.
    fn read(pieces: &[&str]) -> io::Result<String> {
        let (give, take) = mpsc::channel(1);
        std::thread::scope(|scope| {
            scope.spawn(move || {
                for piece in pieces {
                    give.blocking_send(piece.as_bytes().to_vec()).unwrap();
                }
            });
            io::read_to_string(Flow::new(take))
        })
    }

    #[test]
    fn pieces_become_one_answer() {
        assert_eq!(read(&[""]).unwrap(), "");
        assert_eq!(
            read(&["`2026", "-11-20 ", "12:00:00,`", ""]).unwrap(),
            "`2026-11-20 12:00:00,`"
        );
    }

    #[test]
    fn an_answer_that_broke_off_does_not_look_like_its_end() {
        for pieces in [&[][..], &["`2026"]] {
            assert_eq!(read(pieces).unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
        }
    }
}
