//! Where a frame buffer keeps its pixels and how it spells their colours.

use super::index;

/// The kernel's answer about a frame buffer, checked (linux/fb.h, `fb_var_screeninfo`,
/// `fb_fix_screeninfo`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PixelLayout {
    /// Visible width in pixels: `xres`.
    pub width: u32,
    /// Visible height in pixels: `yres`.
    pub height: u32,
    /// First visible column: `xoffset`.
    pub x_offset: u32,
    /// First visible row: `yoffset`.
    pub y_offset: u32,
    /// Bytes from one row to the next, padding included: `line_length`.
    pub line_length: u32,
    /// 16, 24 or 32.
    pub bits_per_pixel: u32,
    /// Where red lies in a pixel.
    pub red: BitField,
    /// Where green lies in a pixel.
    pub green: BitField,
    /// Where blue lies in a pixel.
    pub blue: BitField,
    /// Where opacity lies in a pixel; of length 0 in most.
    pub transp: BitField,
}

/// One colour's bits within a pixel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BitField {
    /// The lowest bit.
    pub offset: u32,
    /// How many bits.
    pub length: u32,
}

/// Why a frame buffer cannot be drawn on.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnusableLayout {
    /// Palettes and grey scales.
    #[error("it has {0} bits per pixel; 16, 24 and 32 are known")]
    Depth(u32),
    /// A colour that is not 1 to 8 bits within the pixel.
    #[error("its {colour} has {} bits from bit {}", field.length, field.offset)]
    Colour {
        /// Which.
        colour: &'static str,
        /// Where.
        field: BitField,
    },
    /// No pixels, or rows shorter than their pixels.
    #[error("its {width} x {height} pixels do not fit rows of {line_length} bytes")]
    Rows {
        /// Pixels in a row.
        width: u32,
        /// Rows.
        height: u32,
        /// Bytes in a row.
        line_length: u32,
    },
}

impl PixelLayout {
    /// The same, after a look at whether it can be drawn on.
    ///
    /// # Errors
    /// Says what is odd about it.
    pub fn checked(self) -> Result<Self, UnusableLayout> {
        if !matches!(self.bits_per_pixel, 16 | 24 | 32) {
            return Err(UnusableLayout::Depth(self.bits_per_pixel));
        }
        for (colour, field) in [("red", self.red), ("green", self.green), ("blue", self.blue)] {
            self.check_field(colour, field, 1)?;
        }
        self.check_field("opacity", self.transp, 0)?;
        let row = u64::from(self.width) + u64::from(self.x_offset);
        let row_bytes = row * u64::from(self.bits_per_pixel / 8);
        if self.width == 0 || self.height == 0 || row_bytes > u64::from(self.line_length) {
            let Self { width, height, line_length, .. } = self;
            return Err(UnusableLayout::Rows { width, height, line_length });
        }
        Ok(self)
    }

    fn check_field(
        &self,
        colour: &'static str,
        field: BitField,
        min: u32,
    ) -> Result<(), UnusableLayout> {
        let end = field.offset.saturating_add(field.length);
        if (min..=8).contains(&field.length) && end <= self.bits_per_pixel {
            Ok(())
        } else {
            Err(UnusableLayout::Colour { colour, field })
        }
    }

    /// Where the pixel of this visible row and column begins, in bytes.
    #[must_use]
    pub fn offset(&self, x: u32, y: u32) -> u64 {
        let row = u64::from(y) + u64::from(self.y_offset);
        let column = u64::from(x) + u64::from(self.x_offset);
        row * u64::from(self.line_length) + column * u64::from(self.bits_per_pixel / 8)
    }

    /// Appends one pixel, `0x00RRGGBB`, as the device spells it.
    pub fn push(&self, rgb: u32, row: &mut Vec<u8>) {
        let [_, red, green, blue] = rgb.to_be_bytes();
        let word = self.red.place(red)
            | self.green.place(green)
            | self.blue.place(blue)
            | self.transp.place(u8::MAX);
        row.extend(word.to_le_bytes().into_iter().take(index(self.bits_per_pixel / 8)));
    }
}

impl BitField {
    /// The upper bits of the value, at their place.
    const fn place(self, value: u8) -> u32 {
        if self.length == 0 { 0 } else { (value as u32 >> (8 - self.length)) << self.offset }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    const fn field(offset: u32, length: u32) -> BitField {
        BitField { offset, length }
    }

    pub(in crate::panel) fn rgb565(width: u32, height: u32) -> PixelLayout {
        PixelLayout {
            width,
            height,
            x_offset: 0,
            y_offset: 0,
            line_length: width * 2,
            bits_per_pixel: 16,
            red: field(11, 5),
            green: field(5, 6),
            blue: field(0, 5),
            transp: field(0, 0),
        }
    }

    pub(in crate::panel) fn xrgb8888(width: u32, height: u32) -> PixelLayout {
        PixelLayout {
            line_length: width * 4,
            bits_per_pixel: 32,
            red: field(16, 8),
            green: field(8, 8),
            blue: field(0, 8),
            ..rgb565(width, height)
        }
    }

    fn spelt(layout: &PixelLayout, rgb: u32) -> Vec<u8> {
        let mut row = Vec::new();
        layout.push(rgb, &mut row);
        row
    }

    #[test]
    fn colours_are_spelt_as_the_bit_fields_say() {
        let rgb888 = PixelLayout { bits_per_pixel: 24, line_length: 99, ..xrgb8888(1, 1) };
        let bgr565 = PixelLayout { red: field(0, 5), blue: field(11, 5), ..rgb565(1, 1) };
        let argb = PixelLayout { transp: field(24, 8), ..xrgb8888(1, 1) };
        let table: &[(&PixelLayout, u32, &[u8])] = &[
            (&rgb565(1, 1), 0x00FF_0000, &[0x00, 0xF8]),
            (&rgb565(1, 1), 0x0000_FF00, &[0xE0, 0x07]),
            (&rgb565(1, 1), 0x0000_00FF, &[0x1F, 0x00]),
            (&rgb565(1, 1), 0x0008_0408, &[0x21, 0x08]),
            (&bgr565, 0x00FF_0000, &[0x1F, 0x00]),
            (&rgb888, 0x0011_2233, &[0x33, 0x22, 0x11]),
            (&xrgb8888(1, 1), 0x0011_2233, &[0x33, 0x22, 0x11, 0x00]),
            (&argb, 0x0011_2233, &[0x33, 0x22, 0x11, 0xFF]),
        ];
        for (layout, rgb, bytes) in table {
            assert_eq!(spelt(layout, *rgb), *bytes, "{rgb:06X} {layout:?}");
        }
    }

    #[test]
    fn rows_begin_where_the_line_length_and_the_offsets_say() {
        let layout =
            PixelLayout { x_offset: 2, y_offset: 480, line_length: 1664, ..rgb565(800, 480) };
        assert_eq!(layout.offset(0, 0), 480 * 1664 + 4);
        assert_eq!(layout.offset(10, 1), 481 * 1664 + 24);
    }

    #[test]
    fn odd_layouts_are_refused() {
        let good = xrgb8888(4, 4);
        assert_eq!(good.clone().checked(), Ok(good.clone()));
        let depth = PixelLayout { bits_per_pixel: 8, ..good.clone() };
        assert_eq!(depth.checked(), Err(UnusableLayout::Depth(8)));
        for red in [field(0, 0), field(0, 9), field(25, 8), field(u32::MAX, 8)] {
            let odd = PixelLayout { red, ..good.clone() };
            assert_eq!(odd.checked(), Err(UnusableLayout::Colour { colour: "red", field: red }));
        }
        let short = PixelLayout { x_offset: 1, ..good.clone() };
        assert!(matches!(short.checked(), Err(UnusableLayout::Rows { .. })));
        assert!(matches!(
            PixelLayout { height: 0, ..good }.checked(),
            Err(UnusableLayout::Rows { .. })
        ));
    }
}
