//! Lines of a bill made ready for a CSV reader: one separator of one byte in every line.
//!
//! A data line is "`a,`b,`c": what stands between two values is the two characters ",`", and a
//! value may contain commas, quotes and back-ticks of its own. A CSV separator has one byte and no
//! CSV reader knows this rule, so every line is rewritten on its way: a first back-tick is taken
//! off and ",`" becomes U+001F, the unit separator. XML cannot carry that character, hence no value
//! that ever was in a message can contain it. Lines with names have no back-ticks, and their
//! commas become the same.
//!
//! A value that contains ",`" cannot be told from two values, by anybody. Its line has too many
//! values and is reported as unreadable.

use std::io::{self, BufRead, Read};

/// U+001F, unit separator.
pub(super) const SEPARATOR: u8 = 0x1f;

/// Longest line. A row has 29 values, of which the longest has some hundred bytes.
const LINE_BYTES_MAX: u64 = 64 * 1024;

/// A bill with [`SEPARATOR`] between all values and `\n` after each line.
#[derive(Debug)]
pub(super) struct Separated<B> {
    bill: B,
    /// The line at hand, rewritten.
    line: Vec<u8>,
    /// How much of it was given away.
    given: usize,
    number: u64,
}

impl<B: BufRead> Separated<B> {
    pub(super) fn new(bill: B) -> Self {
        Self { bill, line: Vec::new(), given: 0, number: 0 }
    }

    fn next_line(&mut self) -> io::Result<()> {
        self.number += 1;
        self.given = 0;
        self.line.clear();
        (&mut self.bill).take(LINE_BYTES_MAX + 1).read_until(b'\n', &mut self.line)?;
        if self.line.len() as u64 > LINE_BYTES_MAX {
            return Err(self.bad(&format!("has more than {LINE_BYTES_MAX} bytes")));
        }
        if self.line.contains(&SEPARATOR) {
            return Err(self.bad("contains U+001F, which no bill has"));
        }
        if self.line.ends_with(b"\r\n") {
            self.line.truncate(self.line.len() - 2);
            self.line.push(b'\n');
        }
        self.line = match self.line.strip_prefix(b"`") {
            Some(data) => separate(data),
            None => {
                self.line.iter().map(|byte| if *byte == b',' { SEPARATOR } else { *byte }).collect()
            }
        };
        Ok(())
    }

    fn bad(&self, what: &str) -> io::Error {
        let text = format!("line {} {what}", self.number);
        io::Error::new(io::ErrorKind::InvalidData, text)
    }
}

/// Replaces each ",`".
fn separate(data: &[u8]) -> Vec<u8> {
    let mut line = Vec::with_capacity(data.len());
    let mut rest = data;
    while let Some((first, after)) = rest.split_first() {
        rest = match (first, after.strip_prefix(b"`")) {
            (b',', Some(after)) => {
                line.push(SEPARATOR);
                after
            }
            _ => {
                line.push(*first);
                after
            }
        };
    }
    line
}

impl<B: BufRead> Read for Separated<B> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.given == self.line.len() {
            self.next_line()?;
        }
        let rest = self.line.get(self.given..).unwrap_or_default();
        let taken = Read::read(&mut &*rest, buffer)?;
        self.given += taken;
        Ok(taken)
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;

    fn separated(bill: &[u8]) -> io::Result<String> {
        let mut text = String::new();
        Separated::new(bill).read_to_string(&mut text)?;
        Ok(text.replace('\u{1f}', "|"))
    }

    #[test]
    fn every_kind_of_line_is_separated_alike() {
        for (bill, lines) in [
            ("a,b,c\r\n`1,`2,`3\r\n", "a|b|c\n1|2|3\n"),
            ("`1,`,`\n", "1||\n"),
            ("`a,b,`\"c\",`d`e,``f`\n", "a,b|\"c\"|d`e|`f`\n"),
            ("`1,`2", "1|2"),
            ("`1,", "1,"),
            ("``,`\n\n`,,`", "`|\n\n,|"),
            ("", ""),
        ] {
            assert_eq!(separated(bill.as_bytes()).unwrap(), lines, "{bill:?}");
        }
    }

    #[test]
    fn a_line_that_no_bill_has_ends_the_reading() {
        let long = format!("a\n`{}", "x".repeat(70_000));
        for (bill, words) in [
            (long.as_str(), "line 2 has more than 65536 bytes"),
            ("a\nb\n`1,`2\u{1f}3", "line 3 contains U+001F"),
        ] {
            assert_eq!(
                separated(bill.as_bytes()).unwrap_err().to_string(),
                words.to_owned() + if words.ends_with("1F") { ", which no bill has" } else { "" }
            );
        }
    }
}
