//! A Linux frame buffer (`/dev/fb0`) as a panel.

mod screen_info;

use std::{
    fs::File,
    io,
    os::unix::fs::FileExt,
    path::{Path, PathBuf},
};

use super::{Panel, PanelError, PixelLayout, Rect, Rotation, index};

/// Which frame buffer, and how it hangs in the door.
#[derive(Clone, Debug)]
pub struct Settings {
    /// `/dev/fb0`
    pub device: PathBuf,
    /// How the picture is turned.
    pub rotation: Rotation,
}

/// An open frame buffer. Pictures are written to it row by row; it is never mapped into memory, so
/// a device that goes away is an error and no signal.
#[derive(Debug)]
pub struct Framebuffer {
    file: File,
    path: String,
    layout: PixelLayout,
    rotation: Rotation,
    row: Vec<u8>,
}

impl Framebuffer {
    /// Opens the device and asks how its pixels lie.
    ///
    /// # Errors
    /// When the device is missing, not ours to open, or of an unknown kind.
    pub fn open(settings: &Settings) -> Result<Self, PanelError> {
        let path = &settings.device;
        let file = File::options().read(true).write(true).open(path);
        let file = file.map_err(|source| device_error("open", path, source))?;
        let layout = screen_info::layout(&file);
        let layout =
            layout.map_err(|source| device_error("ask for the layout of", path, source))?;
        Self::on_file(file, path, layout, settings.rotation)
    }

    fn on_file(
        file: File,
        path: &Path,
        layout: PixelLayout,
        rotation: Rotation,
    ) -> Result<Self, PanelError> {
        let path = path.display().to_string();
        let layout = match layout.checked() {
            Ok(layout) => layout,
            Err(source) => return Err(PanelError::Layout { path, source }),
        };
        Ok(Self { file, path, layout, rotation, row: Vec::new() })
    }

    /// Writes one row of the device, from column `start`.
    fn write_row(&mut self, pixels: &[u32], start: (u32, u32), width: u32) -> io::Result<()> {
        let size = self.size();
        let (x, y) = start;
        self.row.clear();
        for x in x..x + width {
            let (x, y) = self.rotation.to_picture((x, y), size);
            // `show` has checked the size; black is what a hole would be.
            let rgb = pixels.get(index(y) * index(size.0) + index(x)).copied().unwrap_or(0);
            self.layout.push(rgb, &mut self.row);
        }
        self.file.write_all_at(&self.row, self.layout.offset(x, y))
    }
}

impl Panel for Framebuffer {
    fn size(&self) -> (u32, u32) {
        self.rotation.turn_size((self.layout.width, self.layout.height))
    }

    fn show(&mut self, pixels: &[u32], dirty: &[Rect]) -> Result<(), PanelError> {
        let size = self.size();
        PanelError::check_size(pixels, size)?;
        for rect in dirty.iter().filter_map(|rect| rect.within(size)) {
            let rect = self.rotation.to_device(rect, size);
            for y in rect.y..rect.y + rect.h {
                let written = self.write_row(pixels, (rect.x, y), rect.w);
                written
                    .map_err(|source| device_error("write to", Path::new(&self.path), source))?;
            }
        }
        Ok(())
    }
}

fn device_error(attempt: &'static str, path: &Path, source: io::Error) -> PanelError {
    PanelError::Device { attempt, path: path.display().to_string(), source }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use super::{
        super::pixel_layout::tests::{rgb565, xrgb8888},
        *,
    };

    /// Shows on a made-up frame buffer and gives its memory back.
    fn memory(layout: PixelLayout, rotation: Rotation, pixels: &[u32], dirty: &[Rect]) -> Vec<u8> {
        let file = tempfile::NamedTempFile::new().unwrap();
        let handle = file.reopen().unwrap();
        handle
            .set_len(u64::from(layout.line_length) * u64::from(layout.height + layout.y_offset))
            .unwrap();
        let mut panel = Framebuffer::on_file(handle, file.path(), layout, rotation).unwrap();
        panel.show(pixels, dirty).unwrap();
        std::fs::read(file.path()).unwrap()
    }

    #[test]
    fn rows_keep_clear_of_padding_and_offsets() {
        let layout = PixelLayout { x_offset: 1, y_offset: 1, line_length: 8, ..rgb565(2, 2) };
        let pixels = [0xFF_0000, 0x00_FF00, 0x00_00FF, 0xFF_FFFF];
        let all = [Rect { x: 0, y: 0, w: 99, h: 99 }];
        #[rustfmt::skip]
        let expected = [
            0, 0,  0x00, 0x00,  0x00, 0x00,  0, 0,
            0, 0,  0x00, 0xF8,  0xE0, 0x07,  0, 0,
            0, 0,  0x1F, 0x00,  0xFF, 0xFF,  0, 0,
        ];
        assert_eq!(memory(layout, Rotation::None, &pixels, &all), expected);
    }

    #[test]
    fn only_what_is_dirty_is_written_and_turned() {
        // The picture is 2 wide and 3 high; its pixel (1, 2) is the last one.
        let pixels = [1, 2, 3, 4, 5, 6];
        let dirty = [Rect { x: 1, y: 1, w: 1, h: 2 }];
        let shown = |rotation| -> Vec<u8> {
            memory(xrgb8888(3, 2), rotation, &pixels, &dirty).into_iter().step_by(4).collect()
        };
        assert_eq!(shown(Rotation::Clockwise90), [0, 0, 0, 6, 4, 0]);
        assert_eq!(shown(Rotation::Clockwise270), [0, 4, 6, 0, 0, 0]);
    }

    #[test]
    fn a_picture_of_the_wrong_size_is_refused() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let handle = file.reopen().unwrap();
        let mut panel =
            Framebuffer::on_file(handle, file.path(), rgb565(2, 2), Rotation::None).unwrap();
        let error = panel.show(&[0; 3], &[]).unwrap_err();
        assert_eq!(error.to_string(), "the picture has 3 pixels, the panel 4");
    }

    #[test]
    fn a_file_that_is_no_frame_buffer_is_refused_by_name() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let settings = Settings { device: file.path().to_owned(), rotation: Rotation::None };
        let error = Framebuffer::open(&settings).unwrap_err().to_string();
        assert!(error.contains(&file.path().display().to_string()), "{error}");
    }
}
