//! What makes a random case: numbers that a generator spends, one a choice.

/// Zero is always the simplest choice, so that shrinking the numbers shrinks what is made of them; a tape that has run out gives zeros.
pub struct Tape<'t> {
    numbers: &'t [u32],
    at: usize,
}

impl<'t> Tape<'t> {
    pub fn new(numbers: &'t [u32]) -> Self {
        Tape { numbers, at: 0 }
    }

    /// A number below `n`.
    pub fn below(&mut self, n: usize) -> usize {
        let number = self.numbers.get(self.at).copied().unwrap_or(0);
        self.at += 1;
        number as usize % n
    }

    pub fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.below(from.len())]
    }

    /// True once in `n`.
    pub fn rare(&mut self, n: usize) -> bool {
        self.below(n) == n - 1
    }

    pub fn some<T>(&mut self, least: usize, most: usize, mut one: impl FnMut(&mut Self) -> T) -> Vec<T> {
        let count = least + self.below(most - least + 1);
        (0..count).map(|_| one(self)).collect()
    }
}
