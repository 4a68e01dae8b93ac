//! How often each decoder read what.

use std::fmt::Write as _;

use embedded_graphics::geometry::Size;

use crate::cases::{Case, Group};

/// In the order in which they are counted.
pub(crate) const DECODERS: [&str; 2] = ["rqrr", "zbar"];

/// Which decoder read one case.
pub(crate) struct Reading {
    pub(crate) panel: [bool; 2],
    pub(crate) plain: [bool; 2],
}

/// All cases on one size.
pub(crate) struct Score {
    pub(crate) size: Size,
    /// Pixels of the panel.
    pub(crate) module: u32,
    pub(crate) readings: Vec<Reading>,
}

impl Score {
    /// Mild cases in which no decoder read the panel.
    pub(crate) fn unread(&self, cases: &[Case]) -> Vec<String> {
        let unread = cases
            .iter()
            .zip(&self.readings)
            .filter(|(case, reading)| case.mild && reading.panel == [false; 2]);
        unread.map(|(case, _)| format!("{}: {case:?}", self.size)).collect()
    }

    /// How often a decoder read the panel and the plain code in the cases that are asked for.
    fn count(&self, cases: &[Case], decoder: usize, asked: impl Fn(&Case) -> bool) -> [usize; 2] {
        let of = |read: fn(&Reading) -> &[bool; 2]| {
            let readings = cases.iter().zip(&self.readings).filter(|(case, _)| asked(case));
            readings.filter(|(_, reading)| read(reading).get(decoder) == Some(&true)).count()
        };
        [of(|reading| &reading.panel), of(|reading| &reading.plain)]
    }
}

/// Percent of all photos of the panel, and of the plain code, that a decoder read.
pub(crate) fn shares(scores: &[Score], decoder: usize) -> [f64; 2] {
    let of = |read: fn(&Reading) -> &[bool; 2]| {
        let all = || scores.iter().flat_map(|score| &score.readings);
        let good = all().filter(|reading| read(reading).get(decoder) == Some(&true)).count();
        100.0 * good as f64 / all().count().max(1) as f64
    };
    [of(|reading| &reading.panel), of(|reading| &reading.plain)]
}

/// For each decoder, what it read from the panel and of the plain codes, by size and group; and in
/// mild cases, by which.
pub(crate) fn tables(scores: &[Score], cases: &[Case]) -> String {
    let mut text = String::new();
    for (decoder, name) in DECODERS.into_iter().enumerate() {
        let [panel, plain] = shares(scores, decoder);
        let mild = |score: &Score| score.count(cases, decoder, |case| case.mild)[0];
        let mild_all = cases.iter().filter(|case| case.mild).count() * scores.len();
        let _ = writeln!(
            text,
            "{name}: panel {panel:.1} %, plain {plain:.1} % of {} photos each; mild ones {} of \
             {mild_all} on the panel",
            cases.len() * scores.len(),
            scores.iter().map(mild).sum::<usize>()
        );
        let _ = write!(text, "{:>9} module", "panel");
        for group in Group::ALL {
            let all = cases.iter().filter(|case| case.group == group).count();
            let _ = write!(text, "{:>10}", format!("{}:{all}", group.name()));
        }
        for score in scores {
            let Size { width, height } = score.size;
            let _ = write!(text, "\n{:>9} {:>3} px", format!("{width}x{height}"), score.module);
            for group in Group::ALL {
                let [panel, plain] = score.count(cases, decoder, |case| case.group == group);
                let _ = write!(text, "{:>10}", format!("{panel}/{plain}"));
            }
        }
        text.push('\n');
    }
    text
}
