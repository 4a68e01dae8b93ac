//! The operator's pictures: product photos, the logo, what an idle screen shows.

use std::fmt;
use std::io::{self, Cursor};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use embedded_graphics::geometry::Size;
use image::codecs::jpeg::JpegDecoder;
use image::codecs::png::PngDecoder;
use image::error::{ImageError, ImageResult};
use image::{DynamicImage, GenericImageView, ImageDecoder, ImageFormat, Limits, Rgba, RgbaImage};
use thiserror::Error;

/// The longest side of a file's picture, in pixels: more than any phone takes.
const SIDE_MAX: u32 = 8192;
/// The most pixels of a file's picture.
const PIXELS_MAX: u64 = 25_000_000;
/// The most memory for a file's pixels while they are reduced, in bytes: only pictures of more than
/// 8 bits a channel come near it before they come near the most pixels.
const BYTES_MAX: u64 = 128 << 20;

/// Why bytes are no picture.
#[derive(Debug, Error)]
pub enum PictureError {
    /// The bytes begin like neither.
    #[error("no PNG or JPEG")]
    OtherFormat,
    /// They begin well, but do not go on so, or they need what the decoder does not know.
    #[error("damaged, or a rare kind of PNG or JPEG")]
    Damaged(#[from] ImageError),
    /// The decoder gave up in the middle.
    #[error("damaged in a way that the decoder does not stand")]
    Unreadable,
    /// Decoding it would take too much memory. Nothing was decoded.
    #[error(
        "{width}x{height} pixels in {mib} MiB are too many: \
         at most {SIDE_MAX} a side, {PIXELS_MAX} in all, in {max} MiB",
        max = BYTES_MAX >> 20
    )]
    TooLarge {
        /// In pixels.
        width: u32,
        /// In pixels.
        height: u32,
        /// Memory that the pixels would take.
        mib: u64,
    },
}

/// A decoded picture of the operator's: a product photo, the logo, an idle picture.
///
/// Its pixels are shared by its clones. Two pictures are equal if one is a clone of the other.
#[derive(Clone)]
pub struct Picture {
    id: u64,
    size: Size,
    pixels: Arc<[u8]>,
}

impl Picture {
    /// The longest side of what is kept, in pixels: as much as a screen shows, 6.5 MB at the most.
    pub const KEPT_SIDE_MAX: u32 = 1280;

    /// The picture in the bytes of a PNG or JPEG file, the right way up, and reduced to 1280 pixels
    /// on its longer side if it has more.
    ///
    /// # Errors
    ///
    /// [`PictureError`], if the bytes are something else, are damaged or cut off, or hold a picture
    /// of more than 8192 pixels a side or 25 million in all.
    pub fn decode(bytes: &[u8]) -> Result<Self, PictureError> {
        Self::decode_within(bytes, Self::KEPT_SIDE_MAX, u32::MAX)
    }

    /// The same, reduced to `side` pixels on its longer side, 1 to 1280, and to so many `pixels` in
    /// all.
    ///
    /// # Errors
    ///
    /// As for [`Picture::decode`].
    pub fn decode_within(bytes: &[u8], side: u32, pixels: u32) -> Result<Self, PictureError> {
        let most = Most { side: side.clamp(1, Self::KEPT_SIDE_MAX), pixels: pixels.max(1) };
        unharmed(|| {
            let format = image::guess_format(bytes).ok();
            let image = if format == Some(ImageFormat::Png) {
                // The limit holds for what comes before the pixels as well: texts, colour profiles.
                read(PngDecoder::with_limits(Cursor::new(bytes), limits(None))?, most)?
            } else if format == Some(ImageFormat::Jpeg) {
                jpeg_ends(bytes)?;
                read(JpegDecoder::new(Cursor::new(bytes))?, most)?
            } else {
                return Err(PictureError::OtherFormat);
            };
            Ok(Self::of(image))
        })
    }

    pub(crate) fn of(image: RgbaImage) -> Self {
        static DECODED: AtomicU64 = AtomicU64::new(0);
        let id = DECODED.fetch_add(1, Ordering::Relaxed);
        let size = Size::new(image.width(), image.height());
        Self { id, size, pixels: image.into_raw().into() }
    }

    /// Width and height in pixels, of what was kept.
    #[must_use]
    pub fn size(&self) -> Size {
        self.size
    }

    /// Differs from that of every other picture decoded by this program.
    pub(crate) fn id(&self) -> u64 {
        self.id
    }

    /// Red, green, blue and alpha of each pixel, row by row, the colours not multiplied by alpha.
    pub(crate) fn pixels(&self) -> &[u8] {
        &self.pixels
    }
}

impl fmt::Debug for Picture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Picture({}x{})", self.size.width, self.size.height)
    }
}

impl PartialEq for Picture {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

impl Eq for Picture {}

/// No file may stop the thread that reads it.
fn unharmed<T>(decode: impl FnOnce() -> Result<T, PictureError>) -> Result<T, PictureError> {
    catch_unwind(AssertUnwindSafe(decode)).unwrap_or(Err(PictureError::Unreadable))
}

/// What is kept of a picture at the most.
#[derive(Clone, Copy)]
struct Most {
    /// Pixels of the longer side.
    side: u32,
    /// Pixels in all.
    pixels: u32,
}

/// What a decoder may take.
fn limits(side: Option<u32>) -> Limits {
    let mut limits = Limits::no_limits();
    limits.max_image_width = side;
    limits.max_image_height = side;
    limits.max_alloc = Some(BYTES_MAX);
    limits
}

/// Decodes, reduces and turns the picture.
fn read(mut decoder: impl ImageDecoder, most: Most) -> Result<RgbaImage, PictureError> {
    let (width, height) = decoder.dimensions();
    let (pixels, bytes) = (u64::from(width) * u64::from(height), decoder.total_bytes());
    if width.max(height) > SIDE_MAX || pixels > PIXELS_MAX || bytes > BYTES_MAX {
        return Err(PictureError::TooLarge { width, height, mib: bytes >> 20 });
    }
    decoder.set_limits(limits(Some(SIDE_MAX)))?;
    let orientation = decoder.orientation()?;
    let image = DynamicImage::from_decoder(decoder)?;
    let size = Size::new(width, height);
    let kept = kept_size(size, most);
    // The small picture is turned, not the large one: that takes a copy.
    let mut image = if kept == size { image.into_rgba8() } else { reduced(&image, kept) }.into();
    DynamicImage::apply_orientation(&mut image, orientation);
    Ok(image.into_rgba8())
}

/// An error if the file stops short of its end mark: the decoder would make the rest up in grey.
fn jpeg_ends(bytes: &[u8]) -> ImageResult<()> {
    /// Start of the pixels.
    const SCAN: u8 = 0xDA;
    const END: [u8; 2] = [0xFF, 0xD9];
    let mut rest = bytes.get(2..).unwrap_or_default();
    // Segments before the pixels may hold a small picture with an end mark of its own.
    while let [0xFF, mark, high, low, ..] = *rest
        && mark != SCAN
    {
        let length = if mark == 0xFF { 1 } else { 2 + u16::from_be_bytes([high, low]) as usize };
        rest = rest.get(length..).unwrap_or_default();
    }
    if rest.windows(END.len()).any(|pair| pair == END) {
        Ok(())
    } else {
        Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the file is cut off").into())
    }
}

/// What is kept of a picture of this size.
fn kept_size(size: Size, most: Most) -> Size {
    let (longest, shortest) = (size.width.max(size.height), size.width.min(size.height));
    let (longest, shortest) = (u64::from(longest), u64::from(shortest.max(1)));
    // Of a picture of the same shape with so many pixels in all.
    let side = (u64::from(most.pixels) * longest / shortest).isqrt();
    let side = side.min(most.side.into()).max(1);
    if longest <= side {
        return size;
    }
    let kept = |of: u32| {
        let kept = (u64::from(of) * side + longest / 2) / longest;
        u32::try_from(kept).unwrap_or(of).max(1)
    };
    Size::new(kept(size.width), kept(size.height))
}

/// Sums of red, green and blue, each times alpha, and of alpha.
type Sum = [u64; 4];

/// The picture with fewer pixels, each the mean of the area that it stands for. Goes through the
/// large picture row by row, and needs no other memory than the small one.
fn reduced(image: &DynamicImage, to: Size) -> RgbaImage {
    let (width, height) = image.dimensions();
    let columns = shares(width, to.width);
    let whole = u64::from(width) * u64::from(height);
    let mut pixels = Vec::with_capacity(to.width as usize * to.height as usize * 4);
    let mut sums = vec![Sum::default(); to.width as usize];
    for (y, (here, beyond)) in (0..height).zip(shares(height, to.height)) {
        let row = reduced_row(image, y, &columns);
        for (sum, part) in sums.iter_mut().zip(&row) {
            add(sum, part, here);
        }
        let Some(beyond) = beyond else { continue };
        for (sum, part) in sums.iter_mut().zip(&row) {
            pixels.extend(mean(sum, whole));
            *sum = Sum::default();
            add(sum, part, beyond);
        }
    }
    RgbaImage::from_raw(to.width, to.height, pixels).unwrap_or_default()
}

fn reduced_row(image: &DynamicImage, y: u32, columns: &[(u64, Option<u64>)]) -> Vec<Sum> {
    let mut row = Vec::new();
    let mut sum = Sum::default();
    for (x, (here, beyond)) in (0..).zip(columns) {
        let Rgba([red, green, blue, alpha]) = image.get_pixel(x, y);
        let alpha = u64::from(alpha);
        let color = |channel: u8| u64::from(channel) * alpha;
        let part = [color(red), color(green), color(blue), alpha];
        add(&mut sum, &part, *here);
        if let Some(beyond) = beyond {
            row.push(sum);
            sum = Sum::default();
            add(&mut sum, &part, *beyond);
        }
    }
    row
}

/// How `from` equal cells are shared out among fewer cells, `to`, each of them `from` long. For
/// each of the many: its length in the one where it begins and, if it fills that one up, in the
/// next.
fn shares(from: u32, to: u32) -> Vec<(u64, Option<u64>)> {
    let (from, to) = (u64::from(from), u64::from(to));
    let share = |cell: u64| {
        let begins = cell * to;
        let ends = begins + to;
        let border = (begins / from + 1) * from;
        if ends < border { (to, None) } else { (border - begins, Some(ends - border)) }
    };
    (0..from).map(share).collect()
}

fn add(sum: &mut Sum, part: &Sum, times: u64) {
    for (sum, part) in sum.iter_mut().zip(part) {
        *sum += part * times;
    }
}

/// The colour of an area of this size.
fn mean(sum: &Sum, whole: u64) -> [u8; 4] {
    let [red, green, blue, alpha] = *sum;
    let channel = |sum: u64, of: u64| u8::try_from((sum + of / 2) / of.max(1)).unwrap_or(u8::MAX);
    [channel(red, alpha), channel(green, alpha), channel(blue, alpha), channel(alpha, whole)]
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may panic")]

    use image::codecs::jpeg::JpegEncoder;
    use image::{ExtendedColorType, GrayImage, ImageEncoder, Luma, Rgb, RgbImage};
    use png::{BitDepth, ColorType};

    use super::*;

    const PHOTOS: [(&str, &[u8]); 8] = [
        ("cola", include_bytes!("../tests/photos/cola.png")),
        ("water", include_bytes!("../tests/photos/water.png")),
        ("tea", include_bytes!("../tests/photos/tea.png")),
        ("juice", include_bytes!("../tests/photos/juice.png")),
        ("crisps", include_bytes!("../tests/photos/crisps.png")),
        ("nuts", include_bytes!("../tests/photos/nuts.png")),
        ("chocolate", include_bytes!("../tests/photos/chocolate.jpg")),
        ("biscuits", include_bytes!("../tests/photos/biscuits.jpg")),
    ];
    const INKS: &[u8] = include_bytes!("../tests/photos/inks.jpg");

    /// A PNG file; the palette, if it has one, is red and a half see-through blue.
    fn png(size: Size, color: ColorType, depth: BitDepth, data: &[u8]) -> Vec<u8> {
        let mut file = Vec::new();
        let mut encoder = png::Encoder::new(&mut file, size.width, size.height);
        encoder.set_color(color);
        encoder.set_depth(depth);
        if color == ColorType::Indexed {
            encoder.set_palette(vec![255, 0, 0, 0, 0, 255]);
            encoder.set_trns(vec![255, 128]);
        }
        encoder.write_header().unwrap().write_image_data(data).unwrap();
        file
    }

    fn jpeg(pixels: &[u8], size: Size, color: ExtendedColorType) -> Vec<u8> {
        let mut file = Vec::new();
        JpegEncoder::new_with_quality(&mut file, 95)
            .write_image(pixels, size.width, size.height, color)
            .unwrap();
        file
    }

    fn at(picture: &Picture, x: u32, y: u32) -> [u8; 4] {
        let offset = (y * picture.size().width + x) as usize * 4;
        picture.pixels()[offset..offset + 4].try_into().unwrap()
    }

    fn is_near(one: [u8; 4], other: [u8; 4]) -> bool {
        one.iter().zip(other).all(|(one, other)| one.abs_diff(other) <= 12)
    }

    /// xorshift64: the same in every run.
    fn random(state: &mut u64) -> usize {
        *state ^= *state << 13;
        *state ^= *state >> 7;
        *state ^= *state << 17;
        (*state >> 16) as usize & 0xFFFF_FFFF
    }

    #[test]
    fn every_photo_is_decoded_the_right_way_up() {
        for (name, bytes) in PHOTOS {
            let picture = Picture::decode(bytes).unwrap();
            let height = if name == "biscuits" { 640 } else { 480 };
            assert_eq!(picture.size(), Size::new(480, height), "{name}");
            let [.., corner] = at(&picture, 0, 0);
            assert_eq!(corner == 0, !["chocolate", "biscuits"].contains(&name), "{name}");
        }
        let biscuits = Picture::decode(PHOTOS[7].1).unwrap();
        let ([sky_red, _, sky_blue, _], [wood_red, _, wood_blue, _]) =
            (at(&biscuits, 30, 20), at(&biscuits, 30, 600));
        assert!(sky_red < sky_blue + 40 && wood_red > wood_blue + 40, "wood below");
    }

    #[test]
    fn each_orientation_of_a_phone_is_turned_back() {
        let (width, height) = (64, 32);
        // Corners: 0 and 1 above, 2 and 3 below.
        let colors = [[230, 20, 20], [20, 200, 20], [20, 20, 230], [240, 240, 240]];
        let stored = RgbImage::from_fn(width, height, |x, y| {
            Rgb(colors[usize::from(x >= width / 2) + 2 * usize::from(y >= height / 2)])
        });
        let plain = jpeg(&stored, Size::new(width, height), ExtendedColorType::Rgb8);
        // EXIF 2.3, tag Orientation: which stored corner is shown above left, which above right.
        for (orientation, left, right) in
            [(1, 0, 1), (2, 1, 0), (3, 3, 2), (4, 2, 3), (5, 0, 2), (6, 2, 0), (7, 3, 1), (8, 1, 3)]
        {
            let tiff = b"MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01";
            let end = [0, orientation, 0, 0, 0, 0, 0, 0];
            let exif = [b"\xff\xe1\0\x22Exif\0\0".as_slice(), tiff, &end].concat();
            let file = [&plain[..2], &exif, &plain[2..]].concat();
            let picture = Picture::decode(&file).unwrap();
            let Size { width: shown_width, height: shown_height } = picture.size();
            let turned = orientation >= 5;
            assert_eq!((shown_width, shown_height) == (height, width), turned, "{orientation}");
            for (x, corner) in [(4, left), (shown_width - 5, right)] {
                let [red, green, blue] = colors[corner];
                let found = at(&picture, x, 4);
                assert!(is_near(found, [red, green, blue, 255]), "{orientation} {x}: {found:?}");
            }
        }
    }

    #[test]
    fn every_kind_of_pixels_is_understood() {
        let two = Size::new(2, 1);
        let (red, blue) = ([255, 0, 0, 255], [0, 0, 255, 128]);
        let (black, white, grey) = ([0, 0, 0, 255], [255; 4], [128, 128, 128, 255]);
        let red_blue = [red, blue].concat();
        let deep: Vec<u8> = red_blue.iter().flat_map(|byte| [*byte, *byte]).collect();
        for (color, depth, data, expected) in [
            (ColorType::Grayscale, BitDepth::One, vec![0b0100_0000], [black, white]),
            (ColorType::Grayscale, BitDepth::Eight, vec![128, 255], [grey, white]),
            (ColorType::Grayscale, BitDepth::Sixteen, vec![128, 128, 255, 255], [grey, white]),
            (ColorType::GrayscaleAlpha, BitDepth::Eight, vec![0, 255, 128, 255], [black, grey]),
            (ColorType::Indexed, BitDepth::One, vec![0b0100_0000], [red, blue]),
            (ColorType::Indexed, BitDepth::Eight, vec![1, 0], [blue, red]),
            (ColorType::Rgb, BitDepth::Eight, vec![255, 0, 0, 128, 128, 128], [red, grey]),
            (ColorType::Rgba, BitDepth::Eight, red_blue.clone(), [red, blue]),
            (ColorType::Rgba, BitDepth::Sixteen, deep, [red, blue]),
        ] {
            let picture = Picture::decode(&png(two, color, depth, &data)).unwrap();
            assert_eq!([at(&picture, 0, 0), at(&picture, 1, 0)], expected, "{color:?} {depth:?}");
        }
        let grey_jpeg = GrayImage::from_pixel(16, 16, Luma([128]));
        let grey_jpeg = jpeg(&grey_jpeg, Size::new_equal(16), ExtendedColorType::L8);
        assert!(is_near(at(&Picture::decode(&grey_jpeg).unwrap(), 8, 8), grey));
        let inks = Picture::decode(INKS).unwrap();
        let (quarter, rest) = (at(&inks, 4, 4), at(&inks, 28, 28));
        assert!(is_near(quarter, [0, 0, 255, 255]), "{quarter:?}");
        assert!(is_near(rest, [255, 255, 0, 255]), "{rest:?}");
    }

    #[test]
    fn a_large_picture_is_reduced_to_the_mean_of_its_areas() {
        for (from, to) in [
            ((2561, 2000), (1280, 1000)),
            ((1281, 1), (1280, 1)),
            ((40, 8000), (6, 1280)),
            ((1, 8192), (1, 1280)),
        ] {
            let (from, to) = (Size::new(from.0, from.1), Size::new(to.0, to.1));
            let mut picture = GrayImage::from_pixel(from.width, from.height, Luma([200]));
            picture.put_pixel(0, 0, Luma([0]));
            let file = png(from, ColorType::Grayscale, BitDepth::Eight, picture.as_raw());
            let picture = Picture::decode(&file).unwrap();
            assert_eq!(picture.size(), to);
            let share = u64::from(to.width) * u64::from(to.height) * 200;
            let whole = u64::from(from.width) * u64::from(from.height);
            let dark = 200_u64.saturating_sub((share + whole / 2) / whole);
            let [found, ..] = at(&picture, 0, 0);
            assert!(u64::from(found).abs_diff(dark) <= 1, "{from}: {found}, not {dark}");
            let flat = picture.pixels().chunks_exact(4).skip(1);
            assert!(flat.into_iter().all(|pixel| pixel == [200, 200, 200, 255]), "{from}");
        }
    }

    #[test]
    fn a_picture_for_a_small_screen_is_kept_small() {
        let biscuits = PHOTOS[7].1;
        for (side, pixels, size) in [
            (0, 0, (1, 1)),
            (240, u32::MAX, (180, 240)),
            (640, u32::MAX, (480, 640)),
            (9999, 480 * 640, (480, 640)),
            (9999, 480 * 640 / 4, (240, 320)),
            (9999, 480 * 640 / 4 - 1, (239, 319)),
        ] {
            let picture = Picture::decode_within(biscuits, side, pixels).unwrap();
            assert_eq!(picture.size(), Size::new(size.0, size.1), "{side} {pixels}");
        }
        let most = Most { side: 1280, pixels: 100 };
        for (size, kept) in [((1000, 1), (316, 1)), ((8192, 1), (905, 1)), ((50, 50), (10, 10))] {
            let size = Size::new(size.0, size.1);
            assert_eq!(kept_size(size, most), Size::new(kept.0, kept.1), "{size}");
        }
    }

    #[test]
    fn a_decoder_that_gives_up_is_an_error() {
        let given_up = unharmed::<()>(|| std::panic::resume_unwind(Box::new("a decoder's fault")));
        assert!(matches!(given_up, Err(PictureError::Unreadable)));
        assert!(matches!(unharmed(|| Ok(1)), Ok(1)));
    }

    /// What is see-through is black in most files, and must not darken what it lies beside.
    #[test]
    fn reducing_leaves_no_dark_fringe() {
        let side = 2000;
        let stripes = RgbaImage::from_fn(side, side, |x, _| {
            Rgba(if x % 5 < 2 { [255, 120, 0, 255] } else { [0, 0, 0, 0] })
        });
        let file = png(Size::new_equal(side), ColorType::Rgba, BitDepth::Eight, stripes.as_raw());
        let picture = Picture::decode(&file).unwrap();
        let mut mixed = 0;
        for pixel in picture.pixels().chunks_exact(4) {
            let [red, green, blue, alpha] = pixel.try_into().unwrap();
            assert!(alpha == 0 || [red, green, blue] == [255, 120, 0], "{pixel:?}");
            mixed += u32::from(alpha > 0 && alpha < 255);
        }
        assert!(mixed > 1000, "stripes blend into what is between them");
    }

    #[test]
    fn nothing_else_is_taken_for_a_picture() {
        for bytes in [
            b"".as_slice(),
            b"\x89PNG",
            b"\xff\xd8",
            b"GIF89a\x01\0\x01\0\x80\0\0\0\0\0\xff\xff\xff;",
            b"RIFF\x24\0\0\0WEBPVP8 \x18\0\0\0",
            b"BM\x3a\0\0\0\0\0\0\0\x36\0\0\0",
            b"<svg xmlns='http://www.w3.org/2000/svg'/>",
            b"\0\0\0\x1cftypheic\0\0\0\0",
        ] {
            let error = Picture::decode(bytes).unwrap_err();
            assert!(matches!(error, PictureError::OtherFormat), "{bytes:?}: {error}");
            assert_eq!(error.to_string(), "no PNG or JPEG");
        }
    }

    #[test]
    fn a_picture_that_is_too_large_is_not_decoded() {
        let one = Size::new_equal(1);
        for (width, height, depth) in [
            (100_000_u32, 100_000_u32, 8),
            (8193, 1, 8),
            (1, 8193, 8),
            (8192, 8192, 8),
            (8000, 8000, 16),
        ] {
            let mut file = png(one, ColorType::Rgba, BitDepth::Eight, &[0; 4]);
            // PNG: after the signature, length and name of the header; its checksum at the end.
            file[16..20].copy_from_slice(&width.to_be_bytes());
            file[20..24].copy_from_slice(&height.to_be_bytes());
            file[24] = depth;
            let sum = checksum(&file[12..29]).to_be_bytes();
            file[29..33].copy_from_slice(&sum);
            let error = Picture::decode(&file).unwrap_err();
            assert!(matches!(error, PictureError::TooLarge { .. }), "{error}");
            let error = error.to_string();
            assert!(error.starts_with(&format!("{width}x{height} pixels in ")), "{error}");
            assert!(error.contains("at most 8192 a side"), "{error}");
        }
        let mut file = jpeg(&[0; 3], one, ExtendedColorType::Rgb8);
        let frame = file.windows(2).position(|pair| pair == [0xFF, 0xC0]).unwrap();
        file[frame + 5..frame + 9].fill(0xFF);
        let error = Picture::decode(&file).unwrap_err();
        assert!(matches!(error, PictureError::TooLarge { width: 65535, .. }), "{error}");
    }

    /// CRC-32 as PNG has it.
    fn checksum(bytes: &[u8]) -> u32 {
        !bytes.iter().fold(u32::MAX, |sum, byte| {
            (0..8).fold(sum ^ u32::from(*byte), |sum, _| {
                (sum >> 1) ^ (if sum & 1 == 1 { 0xEDB8_8320 } else { 0 })
            })
        })
    }

    #[test]
    fn a_file_that_is_cut_off_is_damaged() {
        for (name, bytes) in PHOTOS.into_iter().chain([("inks", INKS)]) {
            // The last chunk of a PNG is empty: without it the picture is whole.
            let whole = if bytes.starts_with(b"\x89PNG") { bytes.len() - 12 } else { bytes.len() };
            let cuts = (0..40).chain((40..whole).step_by(bytes.len() / 60 + 1));
            for cut in cuts.chain([whole - 1]).filter(|cut| *cut < whole) {
                assert!(Picture::decode(&bytes[..cut]).is_err(), "{name}: {cut} bytes");
            }
        }
    }

    #[test]
    fn a_garbled_file_is_an_error_or_a_picture() {
        let mut state = 0x9E37_79B9_7F4A_7C15;
        let (mut pictures, mut errors) = (0, 0);
        for (name, bytes) in PHOTOS.into_iter().chain([("inks", INKS); 20]) {
            for round in 0..40 {
                let mut garbled = bytes.to_vec();
                // Every other time near the beginning, where the tables are.
                let reach = if round % 2 == 0 { bytes.len() } else { bytes.len().min(700) };
                for _ in 0..=random(&mut state) % 8 {
                    let place = random(&mut state) % reach;
                    garbled[place] ^= 1 << (random(&mut state) % 8);
                }
                match Picture::decode(&garbled) {
                    Ok(picture) => {
                        pictures += 1;
                        let Size { width, height } = picture.size();
                        assert!(width.max(height) <= Picture::KEPT_SIDE_MAX, "{name}: {picture:?}");
                        assert_eq!(picture.pixels().len(), (width * height * 4) as usize);
                    }
                    Err(error) => {
                        errors += 1;
                        assert!(!error.to_string().is_empty());
                    }
                }
            }
        }
        assert!(pictures > 50 && errors > 50, "{pictures} pictures, {errors} errors");
    }

    #[test]
    fn a_picture_is_its_clones_and_no_other() {
        let file = png(Size::new(2, 1), ColorType::Grayscale, BitDepth::Eight, &[1, 2]);
        let (one, other) = (Picture::decode(&file).unwrap(), Picture::decode(&file).unwrap());
        assert_eq!(one, one.clone());
        assert_ne!(one, other);
        assert_eq!(format!("{one:?}"), "Picture(2x1)");
    }
}
