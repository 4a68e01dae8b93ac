//! Asks the kernel how the pixels of a frame buffer lie.

#![expect(unsafe_code, reason = "the frame buffer's ioctls have no safe wrapper")]

use std::{ffi::c_ulong, fs::File, io};

use rustix::ioctl::{Getter, Opcode, ioctl};

use crate::panel::{BitField, PixelLayout};

/// linux/fb.h
const FBIOGET_VSCREENINFO: Opcode = 0x4600;
const FBIOGET_FSCREENINFO: Opcode = 0x4602;

/// `struct fb_bitfield`
#[derive(Clone, Copy)]
#[repr(C)]
struct Field {
    offset: u32,
    length: u32,
    _msb_right: u32,
}

/// `struct fb_var_screeninfo`, 160 bytes.
#[derive(Clone, Copy)]
#[repr(C)]
struct VarScreenInfo {
    xres: u32,
    yres: u32,
    _xres_virtual: u32,
    _yres_virtual: u32,
    xoffset: u32,
    yoffset: u32,
    bits_per_pixel: u32,
    _grayscale: u32,
    red: Field,
    green: Field,
    blue: Field,
    transp: Field,
    _rest: [u32; 20],
}

/// `struct fb_fix_screeninfo`: 80 bytes where a long has 64 bits, 68 where it has 32.
#[derive(Clone, Copy)]
#[repr(C)]
struct FixScreenInfo {
    _id: [u8; 16],
    _smem_start: c_ulong,
    _smem_len: u32,
    _kind: [u32; 3],
    _steps: [u16; 3],
    line_length: u32,
    _mmio_start: c_ulong,
    _mmio_len: u32,
    _accel: u32,
    _capabilities: u16,
    _reserved: [u16; 2],
}

const _: () = assert!(size_of::<VarScreenInfo>() == 160);
const _: () =
    assert!(size_of::<FixScreenInfo>() == if size_of::<c_ulong>() == 8 { 80 } else { 68 });

/// How the pixels of this frame buffer lie, not checked yet.
pub(super) fn layout(file: &File) -> io::Result<PixelLayout> {
    // SAFETY: FBIOGET_VSCREENINFO fills a struct fb_var_screeninfo, which has the size and the
    // fields above.
    let var = unsafe { ioctl(file, Getter::<FBIOGET_VSCREENINFO, VarScreenInfo>::new()) }?;
    // SAFETY: FBIOGET_FSCREENINFO fills a struct fb_fix_screeninfo, which has the size and the
    // fields above.
    let fix = unsafe { ioctl(file, Getter::<FBIOGET_FSCREENINFO, FixScreenInfo>::new()) }?;
    Ok(from_infos(&var, &fix))
}

const fn from_infos(var: &VarScreenInfo, fix: &FixScreenInfo) -> PixelLayout {
    PixelLayout {
        width: var.xres,
        height: var.yres,
        x_offset: var.xoffset,
        y_offset: var.yoffset,
        line_length: fix.line_length,
        bits_per_pixel: var.bits_per_pixel,
        red: bit_field(var.red),
        green: bit_field(var.green),
        blue: bit_field(var.blue),
        transp: bit_field(var.transp),
    }
}

const fn bit_field(field: Field) -> BitField {
    BitField { offset: field.offset, length: field.length }
}

#[cfg(test)]
mod tests {
    use std::mem::offset_of;

    use super::*;

    #[test]
    fn the_fields_lie_where_the_kernel_puts_them() {
        assert_eq!(offset_of!(VarScreenInfo, yoffset), 20);
        assert_eq!(offset_of!(VarScreenInfo, bits_per_pixel), 24);
        assert_eq!(offset_of!(VarScreenInfo, red), 32);
        assert_eq!(offset_of!(VarScreenInfo, transp), 68);
        let line_length = if size_of::<c_ulong>() == 8 { 48 } else { 44 };
        assert_eq!(offset_of!(FixScreenInfo, line_length), line_length);
    }
}
