//! The contact sheet: small copies of many screens, side by side.

use std::{
    fs,
    io::{self, BufWriter},
    path::Path,
};

use embedded_graphics::geometry::Size;
use kiosk::{Appearance, Language};

use super::Job;

/// Side of the square that each copy has.
const CELL: u32 = 320;
/// Between copies, and around all.
const GAP: u32 = 12;
/// Behind them.
const PAPER: u32 = 0x0077_7A80;

/// Room for one copy in each cell.
pub(super) struct Sheet {
    rows: Vec<String>,
    columns: Vec<Size>,
    themes: Vec<Appearance>,
    languages: Vec<Language>,
    width: u32,
    pixels: Vec<u32>,
}

impl Sheet {
    /// A row for each screen, a column for each size.
    pub(super) fn new(
        rows: Vec<String>,
        columns: Vec<Size>,
        themes: Vec<Appearance>,
        languages: Vec<Language>,
    ) -> Self {
        let across = u32::try_from(columns.len()).unwrap_or(u32::MAX);
        let down = u32::try_from(rows.len()).unwrap_or(u32::MAX);
        let side = |cells: u32| cells * (CELL + GAP) + GAP;
        let pixels = vec![PAPER; side(across) as usize * side(down) as usize];
        Self { rows, columns, themes, languages, width: side(across), pixels }
    }

    /// Puts the picture on the sheet if its theme and language are those of its cell.
    pub(super) fn add(&mut self, job: &Job, pixels: &[u32]) {
        let row = self.rows.iter().position(|screen| *screen == job.screen);
        let column = self.columns.iter().position(|size| *size == job.size);
        let Some((row, column)) = row.zip(column) else { return };
        let turn = row + column;
        let languages = self.languages.len().max(1);
        let language = self.languages.get(turn % languages);
        // So that in time each language is seen in each theme.
        let theme = self.themes.get((turn + turn / languages) % self.themes.len().max(1));
        if theme != Some(&job.appearance) || language != Some(&job.view.language) {
            return;
        }
        let small = reduced(job.size, pixels);
        let corner = |cell: usize| cell * (CELL + GAP) as usize + GAP as usize;
        let (left, top) = (corner(column), corner(row));
        let sheet = self.pixels.chunks_exact_mut(self.width as usize).skip(top);
        for (to, from) in sheet.zip(small.1.chunks_exact(small.0.width as usize)) {
            if let Some(to) = to.get_mut(left..left + from.len()) {
                to.copy_from_slice(from);
            }
        }
    }

    /// The sheet and its size.
    pub(super) fn finish(self) -> (Size, Vec<u32>) {
        let rows = self.pixels.len().checked_div(self.width as usize).unwrap_or(0);
        (Size::new(self.width, u32::try_from(rows).unwrap_or(0)), self.pixels)
    }
}

/// The picture in a cell: each pixel is the mean of those that it stands for.
fn reduced(size: Size, pixels: &[u32]) -> (Size, Vec<u32>) {
    let longest = size.width.max(size.height).max(1);
    let scaled = |side: u32| (side * CELL.min(longest) / longest).max(1);
    let small = Size::new(scaled(size.width), scaled(size.height));
    let span = |at: u32, small: u32, side: u32| {
        let first = at * side / small;
        first..((at + 1) * side / small).max(first + 1)
    };
    let mean = |x: u32, y: u32| {
        let mut sum = [0_u32; 4];
        let mut count = 0;
        for row in span(y, small.height, size.height) {
            for column in span(x, small.width, size.width) {
                let pixel = pixels.get((row * size.width + column) as usize).copied();
                let channels = pixel.unwrap_or(0).to_be_bytes();
                sum.iter_mut().zip(channels).for_each(|(sum, one)| *sum += u32::from(one));
                count += 1;
            }
        }
        sum.iter().fold(0, |pixel, sum| (pixel << 8) | (sum / count.max(1)))
    };
    let all = (0..small.height).flat_map(|y| (0..small.width).map(move |x| (x, y)));
    (small, all.map(|(x, y)| mean(x, y)).collect())
}

/// Writes 0x00RRGGBB pixels as a PNG.
pub(super) fn write(path: &Path, size: Size, pixels: &[u32]) -> io::Result<()> {
    let file = BufWriter::new(fs::File::create(path)?);
    let mut encoder = png::Encoder::new(file, size.width, size.height);
    encoder.set_color(png::ColorType::Rgb);
    let bytes: Vec<u8> =
        pixels.iter().flat_map(|pixel| pixel.to_be_bytes().into_iter().skip(1)).collect();
    encoder.write_header()?.write_image_data(&bytes)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reduced_picture_is_the_mean_of_its_pixels() {
        let (width, height) = (2 * CELL, CELL);
        let stripes = |at: u32| if at.is_multiple_of(2) { 0x00FF_0000 } else { 0x0000_0040 };
        let pixels: Vec<u32> = (0..height).flat_map(|_| (0..width).map(stripes)).collect();
        let (size, small) = reduced(Size::new(width, height), &pixels);
        assert_eq!(size, Size::new(CELL, CELL / 2));
        assert!(small.iter().all(|pixel| *pixel == 0x007F_0020));
    }
}
