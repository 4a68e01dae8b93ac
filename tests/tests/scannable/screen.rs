//! What is photographed: the panel, and a plain code in its place.

use std::{sync::Arc, time::Duration};

use embedded_graphics::geometry::Size;
use kiosk::{Appearance, Canvas, Design, Language, Motion, Painter, View};
use qrcode::{Color, EcLevel, QrCode};
use tests::optics::{Chance, Light, Sensor};

use crate::specimens::{CODE_URL, cola, payment};

/// Modules around a code (ISO/IEC 18004, quiet zone).
const QUIET_ZONE: u32 = 4;

/// A picture with a code, of 0x00RRGGBB pixels.
pub(crate) struct Picture {
    pub(crate) size: Size,
    pub(crate) pixels: Vec<u32>,
    pub(crate) code: Place,
}

/// Where a code is, in pixels, without its quiet zone.
#[derive(Clone, Copy)]
pub(crate) struct Place {
    pub(crate) left: u32,
    pub(crate) top: u32,
    pub(crate) module: u32,
    /// Modules per side.
    pub(crate) modules: u32,
}

/// The same as light, as the camera needs it.
pub(crate) struct Scenery {
    pub(crate) pixels: Light,
    pub(crate) sub_pixels: Light,
    pub(crate) code: Place,
}

/// The payment screen as it is drawn where all others are dark.
pub(crate) fn panel(size: Size) -> Picture {
    let mut canvas = Canvas::new(size);
    let view = View::new(Language::Chinese, payment(cola(), 72));
    let design =
        Design { appearance: Appearance::Dark, motion: Motion::Still, ..Design::default() };
    let Ok(_) = Painter::new(Arc::new(design)).draw(&view, Duration::ZERO, &mut canvas);
    let pixels = canvas.pixels().to_vec();
    let code = find(size, &pixels);
    Picture { size, pixels, code }
}

/// Black on white, with modules of the same size in the same place. The page is as large as the
/// panel, or larger where the quiet zone would not have its width.
pub(crate) fn plain(panel: &Picture) -> Picture {
    let code = QrCode::with_error_correction_level(CODE_URL, EcLevel::M).unwrap();
    let modules = u32::try_from(code.width()).unwrap();
    let colors = code.to_colors();
    let Place { left, top, module, .. } = panel.code;
    let (quiet, side) = (QUIET_ZONE * module, modules * module);
    // How long the page is in one direction, and where the code begins on it.
    let fit = |length: u32, from: u32| {
        let begin = from.max(quiet);
        (begin + (length - from).max(side + quiet), begin)
    };
    let (width, left) = fit(panel.size.width, left);
    let (height, top) = fit(panel.size.height, top);
    let dark = |x: u32, y: u32| {
        let inside = |at: u32, from: u32| {
            at.checked_sub(from).map(|at| at / module).filter(|at| *at < modules)
        };
        let at = inside(x, left).zip(inside(y, top));
        let at = at.map(|(column, row)| (row * modules + column) as usize);
        at.and_then(|at| colors.get(at)) == Some(&Color::Dark)
    };
    let pixels = (0..height).flat_map(|y| (0..width).map(move |x| (x, y)));
    let pixels = pixels.map(|(x, y)| if dark(x, y) { 0 } else { 0x00FF_FFFF }).collect();
    let code = Place { left, top, module, modules };
    Picture { size: Size::new(width, height), pixels, code }
}

impl Scenery {
    /// What the camera is held before.
    pub(crate) fn of(picture: &Picture) -> Self {
        let width = picture.size.width as usize;
        Self {
            pixels: Light::of_panel(&picture.pixels, width),
            sub_pixels: Light::of_sub_pixels(&picture.pixels, width),
            code: picture.code,
        }
    }
}

/// Where the code is on a picture that nothing disturbs.
fn find(size: Size, pixels: &[u32]) -> Place {
    let light = Light::of_panel(pixels, size.width as usize);
    let perfect = Sensor { white: 1.0, electrons: 1e12 };
    let codes = perfect.store(&light, &mut Chance::new(0, 0)).codes();
    let code = codes.iter().find(|code| code.text == CODE_URL);
    let code = code.unwrap_or_else(|| panic!("{size}: no code on the screen as it is drawn"));
    let modules = u32::try_from(code.modules).unwrap();
    let [[left, top], _, [right, bottom], _] = code.corners;
    // The decoder is off by less than a module, and the quiet zone is wider than that.
    let slack = (right - left) / i32::try_from(code.modules).unwrap();
    let near = |at: usize, from: i32, to: i32| {
        (from - slack..to + slack).contains(&i32::try_from(at).unwrap())
    };
    let width = size.width as usize;
    let dark = pixels.iter().enumerate().filter(|(_, pixel)| **pixel & 0xFF < 0x80);
    let dark = dark.map(|(at, _)| [at % width, at / width]);
    let dark = dark.filter(|[x, y]| near(*x, left, right) && near(*y, top, bottom));
    let (least, most) = dark.fold(([usize::MAX; 2], [0; 2]), |(least, most), [x, y]| {
        ([least[0].min(x), least[1].min(y)], [most[0].max(x), most[1].max(y)])
    });
    let side = u32::try_from(most[0] + 1 - least[0]).unwrap();
    let [left, top] = least.map(|at| u32::try_from(at).unwrap());
    Place { left, top, module: (side + modules / 2) / modules, modules }
}
