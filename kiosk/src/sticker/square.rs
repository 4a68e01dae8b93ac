//! One sticker: slot and name on top, the code as large as it can be, what to do below it.

use embedded_graphics::geometry::{Point, Size};
use embedded_graphics::pixelcolor::{Rgb888, RgbColor};
use embedded_graphics::primitives::Rectangle;

use super::picture::Picture;
use super::{LinkTooLong, Options, Sticker, tenths_of_mm};
use crate::area::Cut;
use crate::band::Band;
use crate::brush::{Brush, paint_modules};
use crate::qr::{Code, EcLevel};
use crate::scene::{Align, Card, Look, Scene, Style};
use crate::stage::Stage;
use crate::{Design, Language};

/// Side of a sticker: 90 mm.
pub(super) const SIDE: u32 = tenths_of_mm(900);
/// Blank at every edge: a cut that is a little off takes nothing away.
pub(super) const MARGIN: u32 = tenths_of_mm(40);
/// Slot, name and price.
const HEAD: u32 = tenths_of_mm(139);
/// What to do, and the machine.
const FOOT: u32 = tenths_of_mm(63);
/// What is left for the code and its quiet zone.
const CODE_MAX: u32 = SIDE - 2 * MARGIN - HEAD - FOOT;
/// 0.5 mm: smaller modules run together on plain paper.
pub(super) const MODULE_MIN: u32 = tenths_of_mm(5);

const INK: Rgb888 = Rgb888::BLACK;
const PAPER: Rgb888 = Rgb888::WHITE;

/// A sticker whose code is known to be readable.
pub(super) struct Ready<'a> {
    sticker: &'a Sticker,
    code: Code,
    /// Pixels per module.
    pub(super) module: u32,
}

impl<'a> Ready<'a> {
    /// A sticker is touched, scratched and faded by the sun: Q restores 25 % of the code. Only a
    /// link that is too long for that makes do with M, 15 %.
    pub(super) fn new(sticker: &'a Sticker) -> Result<Self, LinkTooLong> {
        let codes = [EcLevel::Q, EcLevel::M].into_iter();
        codes
            .filter_map(|level| Code::with(&sticker.link, level))
            .map(|code| Self { sticker, module: CODE_MAX / code.side(), code })
            .find(|ready| ready.module >= MODULE_MIN)
            .ok_or(LinkTooLong { slot: sticker.slot, bytes: sticker.link.len() })
    }

    pub(super) fn draw(&self, options: &Options) -> Picture {
        let size = Size::new_equal(SIDE);
        let (scene, code) = self.lay_out(options);
        let mut band = Band::new(Rectangle::new(Point::zero(), size), Vec::new());
        let mut brush = Brush::new(options.fonts.clone());
        for widget in &scene.widgets {
            brush.paint(widget, &mut band);
        }
        paint_modules(code, &self.code, self.module, &mut band);
        Picture::of(&band)
    }

    /// Everything but the code, and the place of the code.
    pub(super) fn lay_out(&self, options: &Options) -> (Scene, Rectangle) {
        let design = Design { fonts: options.fonts.clone(), ..Design::default() };
        let size = Size::new_equal(SIDE);
        let mut stage = Stage::on(PAPER, &design, Language::Chinese, size);
        let mut area = Rectangle::new(Point::zero(), size).inset(MARGIN);
        self.show_head(&mut stage, area.cut_top(HEAD), options);
        self.show_foot(&mut stage, area.cut_bottom(FOOT));
        (stage.scene, area.middle(Size::new_equal(self.code.side() * self.module)))
    }

    /// The slot in a frame, like the key that one would press; the names beside it.
    fn show_head(&self, stage: &mut Stage<'_>, mut area: Rectangle, options: &Options) {
        let slot = area.cut_left(HEAD);
        let (edge_width, radius) = (tenths_of_mm(5), tenths_of_mm(20));
        let frame = Card { fill: PAPER, edge: INK, edge_width, radius };
        stage.add(slot, Look::Card(frame));
        let digits = bold(tenths_of_mm(100), tenths_of_mm(30)).align(Align::Middle);
        stage.text(slot.inset(radius / 2), &self.sticker.slot.to_string(), digits);

        area.cut_left(tenths_of_mm(30));
        if options.show_price {
            let style = bold(tenths_of_mm(50), tenths_of_mm(30)).align(Align::Right);
            let price = Language::Chinese.price(self.sticker.price_fen);
            stage.text(area.cut_right(area.size.width / 4), &price, style);
            area.cut_right(tenths_of_mm(15));
        }
        let names = &self.sticker.name;
        let chinese = area.cut_top(HEAD * 3 / 5);
        stage.balanced(chinese, &names.zh, plain(tenths_of_mm(60), tenths_of_mm(30)));
        stage.balanced(area, &names.en, plain(tenths_of_mm(38), tenths_of_mm(20)));
    }

    fn show_foot(&self, stage: &mut Stage<'_>, mut area: Rectangle) {
        let small = plain(tenths_of_mm(22), tenths_of_mm(13)).align(Align::Right);
        stage.text(area.cut_right(area.size.width / 5), &self.sticker.machine, small);
        let em = tenths_of_mm(45);
        let words = Language::Chinese.scan();
        let chinese = area.cut_left(stage.width(&words, em) + 2);
        area.cut_left(em / 2);
        stage.text(chinese, &words, bold(em, em));
        stage.text(area, &Language::English.scan(), plain(em * 4 / 5, em / 2));
    }
}

fn plain(em: u32, em_min: u32) -> Style {
    Style::plain(em, INK).down_to(em_min)
}

fn bold(em: u32, em_min: u32) -> Style {
    Style::bold(em, INK).down_to(em_min)
}
