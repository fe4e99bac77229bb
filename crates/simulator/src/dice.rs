//! Seeded chance: the same words give the same throws, on every machine.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Folds words into one number; good enough to tell streams apart, no secret is made of it.
pub(crate) fn mix(words: &[u64]) -> u64 {
    words.iter().fold(0x9e37_79b9_7f4a_7c15, |seed, word| {
        scramble(seed ^ word.rotate_left(17)).wrapping_add(*word)
    })
}

/// A text as a number for [`mix`].
pub(crate) fn word(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

/// The finaliser of splitmix64.
fn scramble(value: u64) -> u64 {
    let value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

/// One stream of throws.
#[derive(Debug, Clone)]
pub(crate) struct Dice(ChaCha8Rng);

impl Dice {
    /// The stream named by a topic and numbers.
    pub(crate) fn of(topic: &str, words: &[u64]) -> Self {
        Self(ChaCha8Rng::seed_from_u64(mix(&[word(topic), mix(words)])))
    }

    /// True in `share` of the throws (0.0 to 1.0).
    pub(crate) fn chance(&mut self, share: f64) -> bool {
        self.0.random_bool(share.clamp(0.0, 1.0))
    }

    /// A number from `low` to `high`, both included.
    pub(crate) fn between(&mut self, low: u64, high: u64) -> u64 {
        self.0.random_range(low..=high.max(low))
    }

    /// The same, signed.
    pub(crate) fn days(&mut self, low: i64, high: i64) -> i64 {
        self.0.random_range(low..=high.max(low))
    }

    /// A number below `count` (0 for an empty range).
    pub(crate) fn below(&mut self, count: usize) -> usize {
        let count = u64::try_from(count).unwrap_or(u64::MAX).max(1);
        usize::try_from(self.0.random_range(0..count)).unwrap_or(0)
    }

    /// One of `items`; the list must not be empty.
    pub(crate) fn pick<T: Copy>(&mut self, items: &[T]) -> T {
        items[self.below(items.len())]
    }

    /// `count` of `items` in a random order, each at most once.
    pub(crate) fn several<T: Copy>(&mut self, items: &[T], count: usize) -> Vec<T> {
        let mut left = items.to_vec();
        let mut taken = Vec::with_capacity(count.min(left.len()));
        while taken.len() < count && !left.is_empty() {
            let at = self.below(left.len());
            taken.push(left.swap_remove(at));
        }
        taken
    }
}
