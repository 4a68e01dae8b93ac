//! Seeds gone wrong: cut, doubled, mixed, with pieces in them that mean something somewhere.

use crate::corpus::Seed;

/// Pieces with a meaning in one of the formats.
const PIECES: [&[u8]; 34] = [
    b"<",
    b">",
    b"&",
    b"]]>",
    b"<![CDATA[",
    b"&#0;",
    b"&#xD800;",
    b"<!DOCTYPE x>",
    b"</xml>",
    b"`",
    b",`",
    b",",
    b"\n",
    b"\r\n",
    b"\r\n\r\n",
    b"\x1f",
    b"\x1f\x8b\x08",
    b"\xef\xbb\xbf",
    b"\xff",
    b"\xff\xff\xff\xff",
    b"=",
    b"\0",
    b"\0\0\0\0",
    b"\x7f",
    b"-1",
    b"4294967296",
    b"18446744073709551616",
    b"\"",
    b"[",
    b"{",
    b": ",
    b"Transfer-Encoding: chunked\r\n",
    b"Content-Length: 9\r\n",
    b"Expect: 100-continue\r\n",
];

/// Changes `data` once, in one of a dozen ways.
pub(crate) fn mutate(data: &mut Vec<u8>, seeds: &[Seed], chance: &mut Chance) {
    let at = chance.below(data.len() + 1);
    let end = at + chance.below(data.len() - at + 1);
    match chance.below(11) {
        0 => data.truncate(at),
        1 => drop(data.drain(at..end)),
        2 => data.splice(at..at, chance.pick(&PIECES).iter().copied()).for_each(drop),
        3 => data.splice(at..end, chance.pick(&PIECES).iter().copied()).for_each(drop),
        4 => {
            let copy = data[at..end].to_vec();
            data.splice(at..at, copy).for_each(drop);
        }
        5 => {
            let other = &chance.pick(seeds).data;
            let from = chance.below(other.len() + 1);
            data.truncate(at);
            data.extend_from_slice(&other[from..]);
        }
        6 => data[at..end].make_ascii_uppercase(),
        7 => data[at..end].reverse(),
        8 => data.splice(at..at, (0..chance.below(9)).map(|_| chance.byte())).for_each(drop),
        9 => {
            if let Some(byte) = data.get_mut(at) {
                *byte = chance.byte();
            }
        }
        _ => {
            if let Some(byte) = data.get_mut(at) {
                *byte ^= 1 << chance.below(8);
            }
        }
    }
}

/// Marsaglia's xorshift64: the same chance for the same seed.
pub(crate) struct Chance(u64);

impl Chance {
    pub(crate) fn new(seed: u64) -> Self {
        // Zero would stay zero.
        Self(seed.max(1))
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    pub(crate) fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % end.max(1) as u64).unwrap()
    }

    fn byte(&mut self) -> u8 {
        self.next().to_le_bytes()[7]
    }

    pub(crate) fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }
}
