//! Numbers that look random and are the same on every machine: splitmix64, as no crate promises its sequence for ever.

/// What random numbers are for. Each purpose has numbers of its own, so that one more of this leaves all of that as it was.
#[derive(Clone, Copy)]
pub(super) enum Stream {
    Cluster,
    Service,
    Versions,
    Policy,
}

/// A sequence of numbers.
pub(super) struct Random(u64);

impl Random {
    /// The sequence for the thing numbered `index` of one kind.
    pub(super) fn new(seed: u64, stream: Stream, index: usize) -> Self {
        let mut random = Self(seed);
        for part in [stream as u64, index as u64] {
            random.0 = random.next() ^ part;
        }
        random
    }

    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number from 0 up to but without `end`, which must not be 0.
    pub(super) fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }

    pub(super) fn one_in(&mut self, count: usize) -> bool {
        self.below(count) == 0
    }

    pub(super) fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.below(items.len())]
    }

    /// Up to `count` of `items`, at random and in random order.
    pub(super) fn sample<T>(&mut self, mut items: Vec<T>, count: usize) -> Vec<T> {
        let count = count.min(items.len());
        for i in 0..count {
            let other = i + self.below(items.len() - i);
            items.swap(i, other);
        }
        items.truncate(count);
        items
    }
}
