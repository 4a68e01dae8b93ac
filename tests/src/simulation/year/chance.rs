//! Numbers that look random and are the same for the same seed: `SplitMix64`.

/// A stream of numbers.
#[derive(Clone, Debug)]
pub(super) struct Chance(u64);

impl Chance {
    pub(super) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next 64 bits (Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014).
    pub(super) const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        mix(self.0)
    }

    /// 0 to `end` - 1.
    pub(super) const fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    /// `from` to `to`, both of them possible.
    pub(super) const fn between(&mut self, from: u64, to: u64) -> u64 {
        from + self.below(to - from + 1)
    }

    /// True once in `n` times.
    pub(super) const fn one_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }

    /// The first row whose shares, added up, reach a number from 1 to the sum of all.
    pub(super) fn pick<T: Copy>(&mut self, table: &[(u64, T)]) -> Option<T> {
        let mut left = self.between(1, table.iter().map(|(share, _)| share).sum());
        let row = table.iter().find(|(share, _)| {
            let here = left <= *share;
            left = left.saturating_sub(*share);
            here
        });
        row.map(|(_, row)| *row)
    }
}

/// Scatters a number over all 64 bits.
pub(super) const fn mix(number: u64) -> u64 {
    let mut z = number;
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}
