//! Pictures in the sizes in which they were shown lately, so that no screen scales them again.

use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;

use embedded_graphics::geometry::Size;

use crate::picture::Picture;

/// The most bytes of bitmaps that are kept: a full HD screen of idle picture and as much again. A
/// larger bitmap is kept alone.
const BYTES_MAX: usize = 16 << 20;
/// The most pixels of a bitmap: more than a screen has. What would have more is left out.
const PIXELS_MAX: u64 = 4096 * 4096;
/// How many times as wide a picture may be made: beyond that it is a blur.
const ENLARGED_MAX: u32 = 2;

/// How a picture fills a rectangle of another shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fit {
    /// All of the picture; some of the rectangle may stay free.
    Contain,
    /// All of the rectangle; some of the picture may be cut off, as much on either side.
    Cover,
}

/// Pixels ready to be laid on the screen: straight alpha RGBA, row by row.
#[derive(Clone, PartialEq, Eq, Default)]
pub(crate) struct Bitmap {
    /// In pixels.
    pub(crate) size: Size,
    /// Red, green, blue, alpha; the colours are not multiplied by alpha.
    pub(crate) pixels: Vec<[u8; 4]>,
}

impl Bitmap {
    fn bytes(&self) -> usize {
        size_of_val(self.pixels.as_slice())
    }
}

impl fmt::Debug for Bitmap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Bitmap({}x{})", self.size.width, self.size.height)
    }
}

/// The scaled pictures that were drawn lately, bounded in bytes.
#[derive(Debug, Default)]
pub(crate) struct PictureCache {
    /// The one used last is last. A screen shows a dozen, so looking through them is quick.
    entries: Vec<(Key, Arc<Bitmap>)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Key {
    picture: u64,
    room: Size,
    fit: Fit,
}

impl PictureCache {
    /// The picture as it fills the room. `Contain`: no larger than the room, and no more than twice
    /// as large as the picture. `Cover`: exactly as large as the room. A room without pixels, or
    /// with more than a screen has, holds an empty bitmap.
    pub(crate) fn scaled(&mut self, picture: &Picture, room: Size, fit: Fit) -> Arc<Bitmap> {
        let key = Key { picture: picture.id(), room, fit };
        if let Some(at) = self.entries.iter().position(|(known, _)| *known == key) {
            let (_, bitmap) = self.entries.remove(at);
            self.entries.push((key, Arc::clone(&bitmap)));
            return bitmap;
        }
        let bitmap = Arc::new(scale(picture, room, fit));
        if bitmap.pixels.is_empty() {
            return bitmap;
        }
        let mut bytes = self.bytes() + bitmap.bytes();
        while bytes > BYTES_MAX && !self.entries.is_empty() {
            let (_, oldest) = self.entries.remove(0);
            bytes -= oldest.bytes();
        }
        self.entries.push((key, Arc::clone(&bitmap)));
        bitmap
    }

    /// Memory that the pixels take.
    pub(crate) fn bytes(&self) -> usize {
        self.entries.iter().map(|(_, bitmap)| bitmap.bytes()).sum()
    }
}

/// A part of a picture, in pixels.
struct Part {
    left: u32,
    top: u32,
    size: Size,
}

fn scale(picture: &Picture, room: Size, fit: Fit) -> Bitmap {
    let whole = picture.size();
    if area(room) == 0 || area(whole) == 0 {
        return Bitmap::default();
    }
    let (part, size) = match fit {
        Fit::Contain => (Part { left: 0, top: 0, size: whole }, contained(whole, room)),
        Fit::Cover => (covering(whole, room), room),
    };
    if area(size) > PIXELS_MAX {
        return Bitmap::default();
    }
    resampled(picture, &part, size)
}

fn area(size: Size) -> u64 {
    u64::from(size.width) * u64::from(size.height)
}

/// The largest size of the picture's shape that the room and the picture's sharpness allow.
fn contained(whole: Size, room: Size) -> Size {
    let room = room.component_min(whole * ENLARGED_MAX);
    if is_wider(whole, room) {
        Size::new(room.width, ratio(room.width, whole.height, whole.width))
    } else {
        Size::new(ratio(room.height, whole.width, whole.height), room.height)
    }
}

/// The largest part of the picture that has the room's shape, from its middle.
fn covering(whole: Size, room: Size) -> Part {
    let size = if is_wider(whole, room) {
        Size::new(ratio(whole.height, room.width, room.height).min(whole.width), whole.height)
    } else {
        Size::new(whole.width, ratio(whole.width, room.height, room.width).min(whole.height))
    };
    let spare = whole.saturating_sub(size);
    Part { left: spare.width / 2, top: spare.height / 2, size }
}

fn is_wider(one: Size, other: Size) -> bool {
    u64::from(one.width) * u64::from(other.height) > u64::from(other.width) * u64::from(one.height)
}

/// `side * to / from`, at least 1.
fn ratio(side: u32, to: u32, from: u32) -> u32 {
    let (side, to, from) = (u64::from(side), u64::from(to), u64::from(from));
    u32::try_from((side * to + from / 2) / from.max(1)).unwrap_or(u32::MAX).max(1)
}

/// Red, green and blue, each times alpha, and alpha. The colours are multiplied so that what is
/// see-through lends no colour to its neighbours.
type Weighed = [f32; 4];

/// The part of the picture in this size. Goes through it row by row, and keeps only those rows that
/// the next row of the bitmap is made of.
fn resampled(picture: &Picture, part: &Part, size: Size) -> Bitmap {
    let stride = (picture.size().width as usize * 4).max(1);
    let (left, width) = (part.left as usize, part.size.width as usize);
    let columns = taps(part.size.width, size.width);
    let mut source = picture.pixels().chunks_exact(stride).skip(part.top as usize).map(|row| {
        let pixels = row.as_chunks().0.iter().skip(left).take(width);
        resampled_row(&pixels.map(weigh).collect::<Vec<_>>(), &columns)
    });
    let mut pixels = Vec::with_capacity(size.width as usize * size.height as usize);
    let (mut first, mut rows) = (0, VecDeque::new());
    for taps in taps(part.size.height, size.height) {
        while first < taps.first {
            rows.pop_front();
            first += 1;
        }
        rows.extend(source.by_ref().take(taps.weights.len().saturating_sub(rows.len())));
        let mut sums = vec![Weighed::default(); size.width as usize];
        for (row, weight) in rows.iter().zip(&taps.weights) {
            for (sum, pixel) in sums.iter_mut().zip(row) {
                add(sum, pixel, *weight);
            }
        }
        pixels.extend(sums.iter().map(unweigh));
    }
    Bitmap { size, pixels }
}

fn resampled_row(row: &[Weighed], columns: &[Taps]) -> Vec<Weighed> {
    let pixel = |taps: &Taps| {
        let mut sum = Weighed::default();
        for (pixel, weight) in row.iter().skip(taps.first).zip(&taps.weights) {
            add(&mut sum, pixel, *weight);
        }
        sum
    };
    columns.iter().map(pixel).collect()
}

/// What a pixel of the bitmap is made of in one direction.
struct Taps {
    /// The first pixel of the picture.
    first: usize,
    /// Its weight and those of the next ones; 1 together.
    weights: Vec<f32>,
}

/// For each of `to` pixels, those of `from` that it is made of. The windows of neighbours overlap.
fn taps(from: u32, to: u32) -> Vec<Taps> {
    let step = f64::from(from) / f64::from(to);
    // A picture that is made smaller is smoothed as well, or fine lines would make a pattern.
    let stretch = step.max(1.0);
    let of = |cell: u32| {
        let middle = (f64::from(cell) + 0.5) * step;
        let (begin, end) = (middle - 2.0 * stretch, middle + 2.0 * stretch);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "between 0 and `from`"
        )]
        let (first, end) = (begin.max(0.0) as u32, end.ceil().min(f64::from(from)) as u32);
        let weight = |source: u32| catmull_rom((f64::from(source) + 0.5 - middle) / stretch);
        let sum: f64 = (first..end).map(weight).sum();
        #[expect(clippy::cast_possible_truncation, reason = "weights need few digits")]
        let weights = (first..end).map(|source| (weight(source) / sum) as f32).collect();
        Taps { first: first as usize, weights }
    };
    (0..to).map(of).collect()
}

/// Sharper than a mean, and with little of the ringing of wider filters.
fn catmull_rom(offset: f64) -> f64 {
    let x = offset.abs();
    if x < 1.0 {
        (1.5 * x - 2.5) * x * x + 1.0
    } else if x < 2.0 {
        ((2.5 - 0.5 * x) * x - 4.0) * x + 2.0
    } else {
        0.0
    }
}

fn add(sum: &mut Weighed, pixel: &Weighed, weight: f32) {
    for (sum, part) in sum.iter_mut().zip(pixel) {
        *sum += part * weight;
    }
}

fn weigh(pixel: &[u8; 4]) -> Weighed {
    let [red, green, blue, alpha] = pixel.map(f32::from);
    [red * alpha, green * alpha, blue * alpha, alpha]
}

fn unweigh(pixel: &Weighed) -> [u8; 4] {
    let [red, green, blue, alpha] = *pixel;
    if alpha < 0.5 {
        return [0; 4];
    }
    // The filter overshoots at sharp edges.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "clamped to the range of a byte"
    )]
    let byte = |value: f32| value.clamp(0.0, 255.0).round() as u8;
    [byte(red / alpha), byte(green / alpha), byte(blue / alpha), byte(alpha)]
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may panic")]

    use image::{Rgba, RgbaImage};

    use super::*;

    fn picture(width: u32, height: u32, color: impl Fn(u32, u32) -> [u8; 4]) -> Picture {
        Picture::of(RgbaImage::from_fn(width, height, |x, y| Rgba(color(x, y))))
    }

    fn grey(width: u32, height: u32) -> Picture {
        picture(width, height, |_, _| [90, 90, 90, 255])
    }

    #[test]
    fn a_contained_picture_keeps_its_shape_and_is_never_a_blur() {
        for (whole, room, expected) in [
            ((480, 480), (300, 300), (300, 300)),
            ((480, 480), (300, 200), (200, 200)),
            ((480, 640), (300, 300), (225, 300)),
            ((640, 480), (300, 300), (300, 225)),
            ((100, 50), (800, 480), (200, 100)),
            ((100, 50), (150, 480), (150, 75)),
            ((1280, 1), (300, 300), (300, 1)),
            ((1, 1280), (300, 300), (1, 300)),
            ((480, 480), (1, 1), (1, 1)),
            ((480, 480), (u32::MAX, u32::MAX), (960, 960)),
        ] {
            let room = Size::new(room.0, room.1);
            let bitmap = scale(&grey(whole.0, whole.1), room, Fit::Contain);
            assert_eq!(bitmap.size, Size::new(expected.0, expected.1), "{whole:?} in {room}");
            assert_eq!(bitmap.pixels.len() as u64, area(bitmap.size));
            assert!(bitmap.pixels.iter().all(|pixel| *pixel == [90, 90, 90, 255]));
        }
    }

    #[test]
    fn a_covering_picture_is_cut_off_as_much_on_either_side() {
        // Red, green and blue, side by side.
        let flag = |at: u32| match at / 100 {
            0 => [255, 0, 0, 255],
            1 => [0, 255, 0, 255],
            _ => [0, 0, 255, 255],
        };
        let lying = picture(300, 100, |x, _| flag(x));
        let standing = picture(100, 300, |_, y| flag(y));
        for (picture, room) in [
            (&lying, Size::new_equal(50)),
            (&lying, Size::new(40, 60)),
            (&standing, Size::new_equal(50)),
            (&standing, Size::new(170, 60)),
        ] {
            let bitmap = scale(picture, room, Fit::Cover);
            assert_eq!(bitmap.size, room);
            assert_eq!(bitmap.pixels.len() as u64, area(room));
            assert!(bitmap.pixels.iter().all(|pixel| *pixel == [0, 255, 0, 255]), "{room}");
        }
        let two = scale(&lying, Size::new(200, 100), Fit::Cover);
        assert_eq!((two.pixels[0], two.pixels[199]), ([255, 0, 0, 255], [0, 0, 255, 255]));
    }

    #[test]
    fn no_room_and_no_picture_is_too_odd() {
        let sides = [0, 1, 2, 7, 479, 4096, 4097, 1 << 24, u32::MAX];
        let rooms = sides.iter().flat_map(|x| sides.map(|y| Size::new(*x, y)));
        let pictures = [grey(1, 1), grey(1280, 1), grey(1, 1280), grey(33, 47)];
        let mut cache = PictureCache::default();
        for room in rooms {
            // Slow in a debug build, and tried before.
            if area(room) > 4096 * 7 && area(room) <= PIXELS_MAX {
                continue;
            }
            for picture in &pictures {
                let bitmap = cache.scaled(picture, room, Fit::Contain);
                let Size { width, height } = bitmap.size;
                assert!(width <= room.width && height <= room.height, "{picture:?} in {room}");
                assert_eq!(area(bitmap.size) == 0, area(room) == 0, "{picture:?} in {room}");
                assert_eq!(bitmap.pixels.len() as u64, area(bitmap.size));
                let bitmap = cache.scaled(picture, room, Fit::Cover);
                let expected = if area(room) > PIXELS_MAX { 0 } else { area(room) };
                assert_eq!(area(bitmap.size), expected, "{picture:?} over {room}");
                assert_eq!(bitmap.pixels.len() as u64, expected);
            }
        }
        let none = Picture::of(RgbaImage::new(0, 0));
        assert_eq!(scale(&none, Size::new_equal(9), Fit::Cover), Bitmap::default());
    }

    /// The black of what is see-through must not be seen at the edge of what is not.
    #[test]
    fn scaling_leaves_no_dark_fringe() {
        let color = [250, 130, 20];
        let [red, green, blue] = color;
        let disc = picture(480, 480, |x, y| {
            let inside = (x.abs_diff(240).pow(2) + y.abs_diff(240).pow(2)) < 200 * 200;
            if inside { [red, green, blue, 255] } else { [0, 0, 0, 0] }
        });
        for side in [31, 100, 300, 479, 700, 960] {
            let bitmap = scale(&disc, Size::new_equal(side), Fit::Contain);
            let mut soft = 0;
            for pixel in bitmap.pixels.iter().filter(|[.., alpha]| *alpha > 0) {
                soft += u32::from(pixel[3] < 255);
                for (found, expected) in pixel.iter().zip(color) {
                    assert!(found.abs_diff(expected) <= 1, "{side}: {pixel:?}");
                }
            }
            assert!(soft > side, "{side}: the edge is soft");
            let middle = bitmap.pixels[(side / 2 * side + side / 2) as usize];
            assert_eq!(middle, [red, green, blue, 255], "{side}");
        }
    }

    #[test]
    fn a_picture_in_its_own_size_is_itself() {
        let cola = Picture::decode(include_bytes!("../tests/photos/cola.png")).unwrap();
        let bitmap = scale(&cola, cola.size(), Fit::Contain);
        for (found, expected) in bitmap.pixels.iter().zip(cola.pixels().chunks_exact(4)) {
            assert!(found == expected || (found[3], expected[3]) == (0, 0), "{found:?}");
        }
        assert_eq!(bitmap.size, cola.size());
    }

    #[test]
    fn fine_lines_become_an_even_grey() {
        let lines = picture(1200, 1200, |x, _| if x % 2 == 0 { [0, 0, 0, 255] } else { [255; 4] });
        let bitmap = scale(&lines, Size::new_equal(300), Fit::Contain);
        let inner = bitmap.pixels.chunks_exact(300).flat_map(|row| &row[4..296]);
        for pixel in inner {
            assert!((122..=133).contains(&pixel[0]), "{pixel:?}");
        }
    }

    #[test]
    fn what_was_scaled_is_not_scaled_again() {
        let (one, other) = (grey(60, 40), grey(60, 40));
        let room = Size::new_equal(20);
        let mut cache = PictureCache::default();
        let first = cache.scaled(&one, room, Fit::Contain);
        assert!(Arc::ptr_eq(&first, &cache.scaled(&one.clone(), room, Fit::Contain)));
        for (picture, room, fit) in [
            (&one, room, Fit::Cover),
            (&one, Size::new_equal(21), Fit::Contain),
            (&other, room, Fit::Contain),
        ] {
            assert!(!Arc::ptr_eq(&first, &cache.scaled(picture, room, fit)));
        }
        assert_eq!(cache.entries.len(), 4);
    }

    #[test]
    fn the_cache_never_grows_beyond_its_bound() {
        let mut cache = PictureCache::default();
        let (kept, room) = (grey(8, 8), Size::new_equal(16));
        let kept_bitmap = cache.scaled(&kept, room, Fit::Contain);
        let pictures: Vec<Picture> = (0..40).map(|_| grey(4, 4)).collect();
        for picture in &pictures {
            cache.scaled(picture, Size::new_equal(512), Fit::Cover);
            assert!(cache.bytes() <= BYTES_MAX, "{}", cache.bytes());
            // What is used all the time stays, however old it is.
            assert!(Arc::ptr_eq(&kept_bitmap, &cache.scaled(&kept, room, Fit::Contain)));
        }
        assert!(cache.bytes() > BYTES_MAX - (1 << 20), "{}", cache.bytes());
        let lasts = |cache: &PictureCache, picture: &Picture| {
            cache.entries.iter().any(|(key, _)| key.picture == picture.id())
        };
        assert!(lasts(&cache, &pictures[39]) && !lasts(&cache, &pictures[0]));
        // Larger than the bound: alone, and gone with the next.
        let large = cache.scaled(&kept, Size::new(2100, 2000), Fit::Cover);
        assert_eq!((cache.entries.len(), cache.bytes()), (1, large.bytes()));
        cache.scaled(&kept, room, Fit::Contain);
        assert_eq!(cache.bytes(), kept_bitmap.bytes());
    }
}
