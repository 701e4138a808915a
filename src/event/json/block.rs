//! Many bytes at once, where the processor has vectors.
//!
//! In: bytes. Out: where in the next 64 of them one stands; whether they begin with a few others. Never here: what the bytes mean; a look
//! beyond their end.
//!
//! How long a text is, and how long what it is compared with, decides nothing here, so that there is no branch to foresee wrongly.

use wide::u8x16;

/// Bytes that are looked at together.
pub(super) const BLOCK: usize = 64;

/// A bit for each of the next [`BLOCK`] bytes that is this one; none where there are fewer bytes.
#[inline(always)]
pub(super) fn find(bytes: &[u8], at: usize, byte: u8) -> Option<u64> {
    let (quarters, _) = bytes.get(at..)?.first_chunk::<BLOCK>()?.as_chunks::<16>();
    let [a, b, c, d] = *quarters else { return None };
    let equal = |quarter| u64::from(u8x16::new(quarter).simd_eq(u8x16::splat(byte)).to_bitmask());
    Some(equal(a) | equal(b) << 16 | equal(c) << 32 | equal(d) << 48)
}

/// A bit for each of the next [`HEAD`] bytes that is one of these two; none where there are fewer bytes.
#[inline(always)]
pub(super) fn find_either(bytes: &[u8], at: usize, one: u8, other: u8) -> Option<u32> {
    let (halves, _) = bytes.get(at..)?.first_chunk::<HEAD>()?.as_chunks::<16>();
    let [low, high] = *halves else { return None };
    let equal = |half| {
        let half = u8x16::new(half);
        (half.simd_eq(u8x16::splat(one)) | half.simd_eq(u8x16::splat(other))).to_bitmask()
    };
    Some(equal(low) | equal(high) << 16)
}

/// The first bytes of a text, at most 32 of them.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Head {
    low: [u8; 16],
    high: [u8; 16],
    /// A bit for each byte of the text.
    there: u32,
}

/// Of so many bytes is a [`Head`].
pub(super) const HEAD: usize = 32;

impl Head {
    /// The first bytes of this text.
    pub(super) fn new(text: &[u8]) -> Self {
        let mut head = Head::default();
        let mut places = head.low.iter_mut().chain(&mut head.high);
        for byte in text {
            let Some(place) = places.next() else { break };
            *place = *byte;
        }
        head.there = u32::MAX.checked_shr(HEAD.saturating_sub(text.len()) as u32).unwrap_or(0);
        head
    }

    /// Do the bytes begin with this text, of which `self` is the head?
    #[inline(always)]
    pub(super) fn begins(&self, bytes: &[u8], text: &[u8]) -> bool {
        let Some(first) = bytes.first_chunk::<HEAD>() else { return bytes.starts_with(text) };
        let (halves, _) = first.as_chunks::<16>();
        let [low, high] = *halves else { return false };
        let equal = |one, other| u8x16::new(one).simd_eq(u8x16::new(other)).to_bitmask();
        let same = equal(low, self.low) | equal(high, self.high) << 16;
        same & self.there == self.there && (text.len() <= HEAD || bytes.starts_with(text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_start_of_any_length() {
        let text: Vec<u8> = (0..90).collect();
        for length in 0..70 {
            let start = &text[..length];
            assert!(Head::new(start).begins(&text, start), "{length}");
            assert!(Head::new(start).begins(start, start), "{length}");
            assert!(!Head::new(&text).begins(start, &text), "{length}");
            for changed in 0..length {
                let mut start = start.to_vec();
                start[changed] ^= 1;
                assert!(!Head::new(&start).begins(&text, &start), "{length} {changed}");
            }
        }
    }

    #[test]
    fn either_of_two_bytes_wherever_it_stands() {
        for at in 0..HEAD {
            let mut bytes = vec![b'x'; HEAD + 1];
            bytes[at + 1] = b"\"\\"[at % 2];
            assert_eq!(find_either(&bytes, 1, b'"', b'\\'), Some(1 << at));
        }
        assert_eq!(find_either(&[b'"'; HEAD], 1, b'"', b'\\'), None);
    }

    #[test]
    fn a_byte_wherever_it_stands() {
        for at in 0..BLOCK {
            let mut bytes = vec![b'x'; BLOCK + 1];
            bytes[at + 1] = b'"';
            assert_eq!(find(&bytes, 1, b'"'), Some(1 << at));
        }
        assert_eq!(find(&[b'"'; BLOCK], 0, b'"'), Some(u64::MAX));
        assert_eq!(find(&[b'"'; BLOCK], 1, b'"'), None);
        assert_eq!(find(&[b'"'; BLOCK], BLOCK + 1, b'"'), None);
    }
}
