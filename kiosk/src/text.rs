//! Fitting words into a rectangle: breaking lines, choosing a size, and "…" at last.

use std::ops::RangeInclusive;

use embedded_graphics::geometry::Size;

use crate::font::{Face, Fonts};

/// A text broken into lines at one size.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Lines {
    /// Em size in pixels.
    pub(crate) em: u32,
    /// The lines, top first.
    pub(crate) lines: Vec<String>,
    /// Whether nothing was left out.
    pub(crate) whole: bool,
    /// Whether no word was broken.
    words_kept: bool,
}

impl Lines {
    /// The largest size of `ems` at which the words fit into `room` unbroken; else with a word
    /// broken; else as much as fits at the smallest size, and "…". A single line is worth being a
    /// fifth smaller.
    pub(crate) fn fit(
        words: &str,
        letters: Letters<'_>,
        ems: RangeInclusive<u32>,
        room: Size,
    ) -> Self {
        let best = Self::largest(words, letters, ems.clone(), room);
        if best.lines.len() < 2 {
            return best;
        }
        let worth_it = (best.em * 4).div_ceil(5).max(*ems.start())..=best.em;
        let one_line = Size::new(room.width, line_height(best.em));
        let single = Self::largest(words, letters, worth_it, one_line);
        let better = single.whole && single.words_kept && single.lines.len() == 1;
        if better { single } else { best }
    }

    /// The same words in lines of about the same length: the narrowest room that takes no more
    /// lines.
    pub(crate) fn balanced(self, words: &str, letters: Letters<'_>, room: Size) -> Self {
        let mut best = self;
        let (mut too_narrow, mut enough) = (0, room.width);
        while best.whole && too_narrow + 1 < enough {
            let width = u32::midpoint(too_narrow, enough);
            let lines = Self::at(words, letters, best.em, Size::new(width, best.height()));
            if lines.is_unbroken() {
                (enough, best) = (width, lines);
            } else {
                too_narrow = width;
            }
        }
        best
    }

    fn largest(words: &str, letters: Letters<'_>, ems: RangeInclusive<u32>, room: Size) -> Self {
        let mut broken = None;
        for em in ems.clone().rev() {
            let lines = Self::at(words, letters, em, room);
            if lines.is_unbroken() {
                return lines;
            }
            broken = broken.or(lines.whole.then_some(lines));
        }
        broken.unwrap_or_else(|| Self::at(words, letters, *ems.start(), room))
    }

    /// Whether nothing was left out and no word was broken.
    pub(crate) const fn is_unbroken(&self) -> bool {
        self.whole && self.words_kept
    }

    /// Height of all lines in pixels.
    pub(crate) fn height(&self) -> u32 {
        u32::try_from(self.lines.len()).unwrap_or(0) * line_height(self.em)
    }

    /// As many lines as `room` takes at this size.
    fn at(words: &str, letters: Letters<'_>, em: u32, room: Size) -> Self {
        let lines_max = room.height.checked_div(line_height(em)).unwrap_or(0) as usize;
        let mut breaker = Breaker::new(letters, em, room.width, lines_max);
        for (space, unit) in Units::of(words) {
            if breaker.is_full() {
                break;
            }
            breaker.add(space, unit);
        }
        breaker.finish()
    }
}

/// From one line to the next, in pixels: 1.36 em, enough for the accents on capitals and the tails
/// below of Latin letters.
pub(crate) fn line_height(em: u32) -> u32 {
    (em * 34).div_ceil(25)
}

/// From the top of a line to its base line, so that both hanzi and capitals stand in the middle.
pub(crate) fn base_line(em: u32) -> u32 {
    (line_height(em) + em * 37 / 50).div_ceil(2)
}

/// Width of a line in whole pixels.
pub(crate) fn width(letters: Letters<'_>, words: &str, em: u32) -> u32 {
    let exact: f32 = words.chars().map(|character| letters.advance(character, em)).sum();
    up(exact)
}

/// A face of the letters that are there.
#[derive(Clone, Copy)]
pub(crate) struct Letters<'a> {
    fonts: &'a Fonts,
    face: Face,
}

impl<'a> Letters<'a> {
    pub(crate) const fn new(fonts: &'a Fonts, face: Face) -> Self {
        Self { fonts, face }
    }

    fn advance(self, character: char, em: u32) -> f32 {
        self.fonts.advance(self.face, character, em)
    }
}

/// Puts units into lines.
struct Breaker<'a> {
    letters: Letters<'a>,
    em: u32,
    width: u32,
    lines_max: usize,
    lines: Vec<String>,
    line: String,
    words_kept: bool,
}

impl<'a> Breaker<'a> {
    fn new(letters: Letters<'a>, em: u32, width: u32, lines_max: usize) -> Self {
        Self {
            letters,
            em,
            width,
            lines_max,
            lines: Vec::new(),
            line: String::new(),
            words_kept: true,
        }
    }

    /// One line more than there is room for is enough to know that something is left out, and
    /// where.
    fn is_full(&self) -> bool {
        self.lines.len() > self.lines_max
    }

    fn add(&mut self, space: bool, unit: &str) {
        let separator = if space && !self.line.is_empty() { " " } else { "" };
        let longer = format!("{}{separator}{unit}", self.line);
        if self.fits(&longer) {
            self.line = longer;
            return;
        }
        self.end_line();
        if self.fits(unit) {
            self.line.push_str(unit);
            return;
        }
        self.words_kept = false;
        // A Japanese word may be parted as hanzi may.
        let mut parts = Units { text: unit, japanese: false };
        match parts.next() {
            Some((_, part)) if part.len() < unit.len() => {
                for part in std::iter::once(part).chain(parts.map(|(_, part)| part)) {
                    if self.is_full() {
                        break;
                    }
                    self.add(false, part);
                }
            }
            Some(_) | None => self.add_characters(unit),
        }
    }

    fn add_characters(&mut self, unit: &str) {
        for character in unit.chars() {
            if self.is_full() {
                break;
            }
            self.add_character(character);
        }
    }

    /// A word that is wider than a line goes on in the next one.
    fn add_character(&mut self, character: char) {
        self.line.push(character);
        if !self.fits(&self.line) && self.line.chars().count() > 1 {
            self.line.pop();
            self.end_line();
            self.line.push(character);
        }
    }

    fn end_line(&mut self) {
        if !self.line.is_empty() {
            self.lines.push(std::mem::take(&mut self.line));
        }
    }

    /// Looks no further than to where the line is too wide.
    fn fits(&self, line: &str) -> bool {
        let advances = line.chars().map(|character| self.letters.advance(character, self.em));
        let mut ends = advances.scan(0.0, |pen: &mut f32, advance| {
            *pen += advance;
            Some(*pen)
        });
        ends.all(|end| up(end) <= self.width)
    }

    fn finish(mut self) -> Lines {
        self.end_line();
        let mut whole = self.lines.len() <= self.lines_max;
        self.lines.truncate(self.lines_max);
        if let Some(last) = self.lines.pop() {
            if whole && self.fits(&last) {
                self.lines.push(last);
            } else {
                // Something is left out, or a single character is too wide for the room.
                whole = false;
                self.lines.push(self.ellipsis(last));
            }
        }
        Lines { em: self.em, lines: self.lines, whole, words_kept: self.words_kept }
    }

    /// The line with its end replaced by "…"; nothing at all when not even that fits.
    fn ellipsis(&self, mut line: String) -> String {
        loop {
            let shortened = format!("{}…", line.trim_end());
            if self.fits(&shortened) {
                return shortened;
            }
            if line.pop().is_none() {
                return String::new();
            }
        }
    }
}

/// Splits a text into what must not be broken: Latin words, single hanzi with the punctuation that
/// clings to them, Japanese words with their endings. Each comes with whether a space stands
/// before it.
struct Units<'a> {
    text: &'a str,
    japanese: bool,
}

impl<'a> Units<'a> {
    fn of(text: &'a str) -> Self {
        // No Japanese sentence does without hiragana for long.
        let japanese = text.chars().take(64).any(|it| Script::of(it) == Script::Hiragana);
        Self { text, japanese }
    }
}

impl<'a> Iterator for Units<'a> {
    type Item = (bool, &'a str);

    fn next(&mut self) -> Option<Self::Item> {
        let text = self.text.trim_start_matches(blank);
        let space = text.len() < self.text.len();
        let mut characters = text.char_indices().peekable();
        let mut end = 0;
        let mut before = None;
        let goes_on = |before: Option<char>, next| {
            before.is_none_or(|last| {
                clings(last, next) || self.japanese && !blank(next) && is_one_word(last, next)
            })
        };
        while let Some((_, character)) = characters.next_if(|(_, next)| goes_on(before, *next)) {
            end += character.len_utf8();
            before = Some(character);
        }
        let (unit, rest) = text.split_at_checked(end)?;
        self.text = rest;
        (!unit.is_empty()).then_some((space, unit))
    }
}

/// Whether no line may end between these two.
fn clings(before: char, after: char) -> bool {
    if blank(after) {
        return false;
    }
    closes(after) || opens(before) || !(wide(before) || wide(after))
}

/// What a Japanese character is of.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Script {
    Hiragana,
    Katakana,
    Kanji,
    Other,
}

impl Script {
    const fn of(character: char) -> Self {
        match character {
            '\u{3041}'..='\u{309F}' => Self::Hiragana,
            '\u{30A1}'..='\u{30FF}' => Self::Katakana,
            '\u{4E00}'..='\u{9FFF}' => Self::Kanji,
            _ => Self::Other,
        }
    }
}

/// Whether a Japanese reader would stumble over a line that ends between these two: endings and
/// particles belong to the word before, お and ご to the word after.
fn is_one_word(before: char, after: char) -> bool {
    const POLITE: &str = "おご";
    // And く, with which adverbs end.
    const PARTICLES: &str = "をにへはがのとでもく";
    if POLITE.contains(before) {
        return true;
    }
    match (Script::of(before), Script::of(after)) {
        (Script::Other, Script::Hiragana) => before.is_alphanumeric(),
        (_, Script::Hiragana) => {
            let next_word = PARTICLES.contains(before) && POLITE.contains(after);
            let request = "てで".contains(before) && after == 'く';
            !next_word && !request
        }
        (Script::Kanji, Script::Kanji) | (Script::Katakana, Script::Katakana) => true,
        (Script::Other, Script::Kanji) => before.is_ascii_digit(),
        _ => false,
    }
}

/// Control characters have no picture; they part words as a space does. A no-break space is for
/// just the other thing.
pub(crate) fn blank(character: char) -> bool {
    character != '\u{a0}' && (character.is_whitespace() || character.is_control())
}

/// Characters that may be parted from their neighbours: hanzi, kana, full-width forms. Korean has
/// spaces between its words.
fn wide(character: char) -> bool {
    let hangul = ['\u{3130}'..='\u{318F}', '\u{AC00}'..='\u{D7AF}'];
    character >= '\u{2E80}' && !hangul.iter().any(|range| range.contains(&character))
}

/// What no line begins with.
fn closes(character: char) -> bool {
    "，。、；：！？）》」』】〉…%℃!?ー々ぁぃぅぇぉっゃゅょァィゥェォッャュョ".contains(character)
}

fn opens(character: char) -> bool {
    "（《「『【〈¥￥".contains(character)
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a float cast saturates, and widths are positive"
)]
fn up(exact: f32) -> u32 {
    exact.ceil() as u32
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;

    fn regular() -> Letters<'static> {
        Letters::new(&FONTS, Face::Regular)
    }

    static FONTS: std::sync::LazyLock<Fonts> = std::sync::LazyLock::new(Fonts::default);

    /// Breaks at 20 pixels per em into a room of so many ems and lines; lines are parted by a bar.
    fn broken(words: &str, ems: u32, lines: u32) -> String {
        let room = Size::new(20 * ems, line_height(20) * lines);
        Lines::at(words, regular(), 20, room).lines.join("|")
    }

    #[test]
    fn lines_break_where_readers_expect_it() {
        for (words, ems, lines, expected) in [
            ("可口可乐", 4, 1, "可口可乐"),
            ("可口可乐", 3, 2, "可口可|乐"),
            ("Cola", 4, 1, "Cola"),
            ("Take your item", 5, 2, "Take your|item"),
            ("  Take\n\tyour  item ", 20, 1, "Take your item"),
            ("没有扣款。请稍后再试。", 4, 3, "没有扣|款。请稍|后再试。"),
            ("退款《全部》完", 3, 3, "退款|《全|部》完"),
            ("您已付款¥3.50，但是", 6, 2, "您已付款|¥3.50，但是"),
            ("Donaudampfschiff", 4, 3, "Donaud|ampfsc|hiff"),
            ("상품이 떨어졌나요", 5, 2, "상품이|떨어졌나요"),
            ("スキャンしてください", 6, 2, "スキャンして|ください"),
            ("スキャンしてください", 4, 3, "スキャン|して|ください"),
            ("お客様のWeChatに返金します。", 8, 3, "お客様の|WeChatに|返金します。"),
            ("商品をお取りください", 8, 2, "商品を|お取りください"),
            ("しばらくお待ちください。", 9, 2, "しばらく|お待ちください。"),
            ("数分、銀行カードは3営業日以内に", 9, 3, "数分、銀行カードは|3営業日以内に"),
            ("コーヒーをどうぞ", 3, 3, "コー|ヒーを|どうぞ"),
            ("", 4, 1, ""),
        ] {
            assert_eq!(broken(words, ems, lines), expected, "{words} in {ems} em");
        }
    }

    #[test]
    fn what_does_not_fit_ends_in_an_ellipsis() {
        for (words, ems, lines, expected) in [
            ("可口可乐", 3, 1, "可口…"),
            ("没有扣款。请稍后再试。", 4, 2, "没有扣|款。请…"),
            ("Mineral water", 4, 1, "Miner…"),
            ("可口可乐", 1, 1, "…"),
            ("可口可乐", 0, 1, ""),
            ("可口可乐", 4, 0, ""),
        ] {
            let got = broken(words, ems, lines);
            assert_eq!(got, expected, "{words} in {ems} em");
        }
    }

    #[test]
    fn the_largest_size_that_fits_is_taken() {
        let fit = |words: &str, width| {
            Lines::fit(words, regular(), 10..=20, Size::new(width, line_height(20))).em
        };
        assert_eq!(fit("可口可乐", 80), 20);
        assert_eq!(fit("可口可乐", 60), 15);
        assert_eq!(fit("可口可乐", 10), 10);
    }

    #[test]
    fn a_single_line_is_worth_a_little_size() {
        let fit = |words: &str| {
            let lines = Lines::fit(words, regular(), 10..=20, Size::new(88, 2 * line_height(20)));
            (lines.em, lines.lines.join("|"))
        };
        assert_eq!(fit("微信扫一扫"), (17, "微信扫一扫".to_owned()));
        assert_eq!(fit("微信扫一扫付款"), (20, "微信扫一|扫付款".to_owned()));
    }

    #[test]
    fn balanced_lines_are_of_about_the_same_length() {
        let words = "没有扣款。请选择其他商品。";
        let room = Size::new(220, 3 * line_height(20));
        let greedy = Lines::fit(words, regular(), 20..=20, room);
        assert_eq!(greedy.lines.join("|"), "没有扣款。请选择其他商|品。");
        let balanced = greedy.balanced(words, regular(), room);
        assert_eq!(balanced.lines.join("|"), "没有扣款。请选|择其他商品。");
    }

    #[test]
    fn no_letter_reaches_out_of_its_line() {
        for (em, character) in
            (11..=80).flat_map(|em| "国gjÜÉÀÇЁ¥…".chars().map(move |character| (em, character)))
        {
            let glyph = FONTS.rasterise(Face::Bold, character, em, 0);
            let top = glyph.top + base_line(em) as i32;
            let bottom = top + i32::try_from(glyph.pixels.len() / glyph.width).unwrap();
            assert!(
                top >= 0 && bottom <= line_height(em) as i32,
                "{character} at {em}: {top} to {bottom}"
            );
        }
    }

    #[test]
    fn a_smaller_size_is_better_than_a_broken_word() {
        let room = Size::new(70, 3 * line_height(20));
        let lines = Lines::fit("Unavailable", regular(), 10..=20, room);
        assert_eq!(lines.lines, ["Unavailable"]);
        assert!(lines.em < 20);
    }

    #[test]
    fn a_text_without_end_costs_no_more_than_its_room() {
        let endless = "可口可乐 Cola ".repeat(100_000);
        let lines = Lines::fit(&endless, regular(), 10..=20, Size::new(200, 60));
        assert!(!lines.whole && lines.lines.len() <= 4);
        let endless = "さくら".repeat(100_000);
        let mut breaker = Breaker::new(regular(), 20, 200, 2);
        breaker.add(false, &endless);
        assert_eq!(breaker.lines.len(), 3, "one more than there is room for");
        let endless = "Cola".repeat(100_000);
        assert!(!Lines::fit(&endless, regular(), 20..=20, Size::new(200, 60)).whole);
    }
}
