//! What travels over the socket of an off-screen panel: pictures one way, touches the other.
//!
//! To the watcher: `FRM1`, u32 sequence number, u16 x, y, w, h, u16 width and height of the panel,
//! u32 length, all little endian, then w * h * 3 bytes of RGB. To the panel: lines `touch X Y`.

use super::SIDE_MAX;
use crate::{
    panel::{Rect, index},
    touch::Touched,
};

const MAGIC: [u8; 4] = *b"FRM1";

/// Bytes before the pixels.
pub(super) const HEADER: usize = 24;

/// The longest line from a watcher, its end included: `touch 4294967295 4294967295` and some
/// blanks.
pub(super) const LINE_MAX: usize = 40;

/// What stands before the pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) sequence: u32,
    pub(super) x: u16,
    pub(super) y: u16,
    pub(super) w: u16,
    pub(super) h: u16,
    pub(super) panel: (u16, u16),
}

impl Header {
    /// For the part of a panel that lies within it.
    pub(super) fn new(sequence: u32, rect: Rect, panel: (u16, u16)) -> Self {
        // Within a panel of u16 sides nothing can be cut off.
        let side = |value| u16::try_from(value).unwrap_or(u16::MAX);
        Self { sequence, x: side(rect.x), y: side(rect.y), w: side(rect.w), h: side(rect.h), panel }
    }

    pub(super) fn rect(&self) -> Rect {
        Rect { x: self.x.into(), y: self.y.into(), w: self.w.into(), h: self.h.into() }
    }

    /// Bytes of the pixels that follow.
    pub(super) fn pixel_bytes(&self) -> u32 {
        u32::from(self.w) * u32::from(self.h) * 3
    }

    pub(super) fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(HEADER + index(self.pixel_bytes()));
        bytes.extend(MAGIC);
        bytes.extend(self.sequence.to_le_bytes());
        let words = [self.x, self.y, self.w, self.h, self.panel.0, self.panel.1];
        bytes.extend(words.iter().flat_map(|word| word.to_le_bytes()));
        bytes.extend(self.pixel_bytes().to_le_bytes());
        bytes
    }

    /// `None` if it is no header, if no panel is so large, or if its rectangle or its length is
    /// wrong.
    pub(super) fn decode(bytes: &[u8; HEADER]) -> Option<Self> {
        let rest = bytes.strip_prefix(&MAGIC)?;
        let (sequence, rest) = rest.split_first_chunk::<4>()?;
        let (words, length) = rest.split_last_chunk::<4>()?;
        let (words, _) = words.as_chunks::<2>();
        let [x, y, w, h, panel_w, panel_h] = words else { return None };
        let header = Self {
            sequence: u32::from_le_bytes(*sequence),
            x: u16::from_le_bytes(*x),
            y: u16::from_le_bytes(*y),
            w: u16::from_le_bytes(*w),
            h: u16::from_le_bytes(*h),
            panel: (u16::from_le_bytes(*panel_w), u16::from_le_bytes(*panel_h)),
        };
        if header.panel.0 > SIDE_MAX || header.panel.1 > SIDE_MAX {
            return None;
        }
        let panel = (header.panel.0.into(), header.panel.1.into());
        let inside = header.rect().within(panel) == Some(header.rect());
        (inside && u32::from_le_bytes(*length) == header.pixel_bytes()).then_some(header)
    }
}

/// One whole message: a part of the picture that lies within the panel.
pub(super) fn frame(sequence: u32, picture: &[u32], rect: Rect, panel: (u16, u16)) -> Vec<u8> {
    let mut bytes = Header::new(sequence, rect, panel).encode();
    for row in rect.rows(panel.0.into()) {
        bytes.extend(rgb(picture.get(row).unwrap_or_default()));
    }
    bytes
}

/// Three bytes for each pixel.
pub(super) fn rgb(pixels: &[u32]) -> Vec<u8> {
    pixels.iter().flat_map(|pixel| pixel.to_be_bytes().into_iter().skip(1)).collect()
}

/// A touch as a line, its end included.
pub(super) fn touch_line(touched: Touched) -> String {
    format!("touch {} {}\n", touched.x, touched.y)
}

/// The touch of a line; `None` if it is anything else.
pub(super) fn parse_touch(line: &str) -> Option<Touched> {
    let mut words = line.split_whitespace();
    let (Some("touch"), Some(x), Some(y), None) =
        (words.next(), words.next(), words.next(), words.next())
    else {
        return None;
    };
    Some(Touched { x: x.parse().ok()?, y: y.parse().ok()? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_its_header_and_its_rows() {
        let picture: Vec<u32> = (0..6).collect();
        let bytes = frame(0x0102_0304, &picture, Rect { x: 1, y: 0, w: 2, h: 2 }, (3, 2));
        #[rustfmt::skip]
        let expected = [
            b'F', b'R', b'M', b'1',  4, 3, 2, 1,
            1, 0, 0, 0, 2, 0, 2, 0,  3, 0, 2, 0,
            12, 0, 0, 0,
            0, 0, 1,  0, 0, 2,
            0, 0, 4,  0, 0, 5,
        ];
        assert_eq!(bytes, expected);
    }

    #[test]
    fn a_header_is_read_back_and_a_wrong_one_is_not() {
        let header = Header { sequence: 9, x: 1, y: 2, w: 3, h: 4, panel: (4, 6) };
        let bytes = |change: &dyn Fn(&mut Vec<u8>)| {
            let mut bytes = header.encode();
            change(&mut bytes);
            <[u8; HEADER]>::try_from(bytes).unwrap_or([0; HEADER])
        };
        assert_eq!(Header::decode(&bytes(&|_| {})), Some(header));
        let set =
            |at: usize, value: u8| bytes(&|bytes| bytes.splice(at..=at, [value]).for_each(drop));
        let wrong = [("magic", 3), ("x past the panel", 8), ("a longer row", 12), ("length", 20)];
        for (what, at) in wrong {
            assert_eq!(Header::decode(&set(at, 99)), None, "{what}");
        }
    }

    #[test]
    fn only_touches_are_understood() {
        let table = [
            ("touch 10 20", Some(Touched { x: 10, y: 20 })),
            ("touch 10 20\r", Some(Touched { x: 10, y: 20 })),
            ("touch 10", None),
            ("touch 10 20 30", None),
            ("touch -1 20", None),
            ("tap 10 20", None),
            ("", None),
        ];
        for (line, touched) in table {
            assert_eq!(parse_touch(line), touched, "{line:?}");
        }
        assert_eq!(parse_touch(&touch_line(Touched { x: 7, y: 8 })), Some(Touched { x: 7, y: 8 }));
    }
}
