//! QR codes: their size before they are drawn, and their modules.

pub(crate) use qrcode::EcLevel;
use qrcode::bits::encode_auto;
use qrcode::{Color, QrCode};

/// Light modules around the code (ISO/IEC 18004, quiet zone).
pub(crate) const QUIET_ZONE: u32 = 4;

/// On the panel. M restores 15 % of the code: a reflection or a scratched glass. More would only
/// make the modules smaller.
const LEVEL: EcLevel = EcLevel::M;

/// Modules per side of a code on the panel, including the quiet zone; none when the text is too
/// long for a code.
///
/// Much cheaper than the code itself, which a touch or a countdown need not draw.
pub(crate) fn side(text: &str) -> Option<u32> {
    let bits = encode_auto(text.as_bytes(), LEVEL).ok()?;
    Some(u32::try_from(bits.version().width()).ok()? + 2 * QUIET_ZONE)
}

/// A code without its quiet zone.
#[derive(Debug)]
pub(crate) struct Code {
    width: u32,
    dark: Vec<bool>,
}

impl Code {
    /// As on the panel; none when the text is too long for a code.
    pub(crate) fn of(text: &str) -> Option<Self> {
        Self::with(text, LEVEL)
    }

    /// Restoring so much of itself; none when the text is too long for a code.
    pub(crate) fn with(text: &str, level: EcLevel) -> Option<Self> {
        let code = QrCode::with_error_correction_level(text, level).ok()?;
        let width = u32::try_from(code.width()).ok()?;
        let dark = code.into_colors().into_iter().map(|color| color == Color::Dark).collect();
        Some(Self { width, dark })
    }

    /// Modules per side including the quiet zone.
    pub(crate) fn side(&self) -> u32 {
        self.width + 2 * QUIET_ZONE
    }

    /// The dark modules, column and row counted from the corner of the quiet zone.
    pub(crate) fn dark_modules(&self) -> impl Iterator<Item = (u32, u32)> {
        let side = self.side();
        let all = (0..side).flat_map(move |y| (0..side).map(move |x| (x, y)));
        all.filter(|(x, y)| self.dark(*x, *y))
    }

    /// Whether a module is dark, counted from the corner of the quiet zone.
    fn dark(&self, x: u32, y: u32) -> bool {
        let inside = |at: u32| at.checked_sub(QUIET_ZONE).filter(|at| *at < self.width);
        let module = inside(x).zip(inside(y)).map(|(x, y)| (y * self.width + x) as usize);
        module.and_then(|module| self.dark.get(module)).copied().unwrap_or(false)
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;

    #[test]
    fn the_side_is_known_before_the_code_is_drawn() {
        for length in [1, 35, 37, 64, 118, 188, 500, 2000] {
            let text =
                "weixin://wxpay/bizpayurl?pr=".chars().cycle().take(length).collect::<String>();
            assert_eq!(side(&text).unwrap(), Code::of(&text).unwrap().side(), "{length} bytes");
        }
        assert_eq!(side("weixin://wxpay/bizpayurl?pr=kjxPDBv"), Some(29 + 8));
    }

    #[test]
    fn a_text_too_long_for_a_code_is_refused() {
        let text = "weixin".repeat(1000);
        assert!(side(&text).is_none() && Code::of(&text).is_none());
    }

    #[test]
    fn the_dark_modules_stand_within_the_quiet_zone() {
        let code = Code::of("weixin://wxpay/bizpayurl?pr=kjxPDBv").unwrap();
        let dark = code.dark_modules().collect::<Vec<_>>();
        assert!(dark.iter().all(|(x, y)| (4..33).contains(x) && (4..33).contains(y)));
        let finder = (0..7).all(|x| dark.contains(&(4 + x, 4))) && !dark.contains(&(11, 4));
        assert!(finder, "a finder pattern stands in the corner");
    }
}
