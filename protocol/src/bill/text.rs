//! From an answer to the text of a bill: unpacked, without its byte order mark, and not an error.

use std::io::{self, BufReader, Chain, Cursor, Read, Take};

use flate2::read::MultiGzDecoder;

use super::error::BillError;
use crate::xml;

/// Longest bill, unpacked: half a million rows. A longer one (a bomb in gzip) seems cut off.
const BILL_BYTES_MAX: u64 = 256 * 1024 * 1024;

/// How a gzip stream begins. RFC 1952, 2.3.1.
const GZIP: &[u8] = &[0x1f, 0x8b];

/// The byte order mark that WeChat puts before the text.
const BOM: &[u8] = "\u{feff}".as_bytes();

/// The text of a bill.
pub(super) type Text<R> = BufReader<Take<Peeked<Plain<R>>>>;

/// A reader whose first bytes were looked at.
type Peeked<R> = Chain<Cursor<Vec<u8>>, R>;

/// The answer, unpacked if it was packed.
#[derive(Debug)]
pub(super) enum Plain<R> {
    AsSent(Peeked<R>),
    Unpacked(Box<MultiGzDecoder<Peeked<R>>>),
}

impl<R: Read> Read for Plain<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::AsSent(answer) => answer.read(buffer),
            Self::Unpacked(answer) => answer.read(buffer),
        }
    }
}

/// Judges by the first bytes: what was asked for, and what HTTP says of it, may differ.
pub(super) fn open<R: Read>(mut answer: R) -> Result<Text<R>, BillError> {
    let first = first_bytes(&mut answer, GZIP.len())?;
    let packed = first == GZIP;
    let answer = Cursor::new(first).chain(answer);
    let mut plain = if packed {
        Plain::Unpacked(Box::new(MultiGzDecoder::new(answer)))
    } else {
        Plain::AsSent(answer)
    };
    let mut first = first_bytes(&mut plain, BOM.len())?;
    if first == BOM {
        first = first_bytes(&mut plain, 1)?;
    }
    let is_xml = first.starts_with(b"<");
    let text = Cursor::new(first).chain(plain).take(BILL_BYTES_MAX);
    if is_xml { Err(refusal(text)) } else { Ok(BufReader::new(text)) }
}

/// At most `max` bytes; a reader may give them one by one.
fn first_bytes(from: &mut impl Read, max: usize) -> Result<Vec<u8>, BillError> {
    let mut first = Vec::with_capacity(max);
    from.take(max as u64).read_to_end(&mut first).map_err(BillError::reading)?;
    Ok(first)
}

/// Instead of a bill: WeChat's own error XML, which is not signed, or a proxy's page.
fn refusal(text: impl Read) -> BillError {
    let mut body = Vec::new();
    match text.take(xml::BODY_BYTES_MAX as u64 + 1).read_to_end(&mut body) {
        Err(error) => BillError::reading(error),
        Ok(_) => xml::parse(&body).map_or_else(BillError::NotXml, |said| BillError::said(&said)),
    }
}
