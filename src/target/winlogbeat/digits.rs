//! Integers between two bounds, as a regular expression over their digits.
//!
//! In: an interval and a base. Out: alternatives, each for integers of one length without leading zeros. Never here: signs and prefixes.

/// The base in which digits are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Base {
    /// Decimal.
    Ten,
    /// Hexadecimal, letters in any case.
    Sixteen,
}

impl Base {
    fn radix(self) -> u128 {
        match self {
            Base::Ten => 10,
            Base::Sixteen => 16,
        }
    }

    /// A class of the digits between two.
    fn class(self, from: u8, to: u8) -> String {
        let one = |digit: u8| char::from_digit(u32::from(digit), 16).unwrap_or('0');
        if from == to && from < 10 {
            return one(from).to_string();
        }
        let mut class = String::from("[");
        let mut span = |from: char, to: char| match from == to {
            true => class.push(from),
            false => class.extend([from, '-', to]),
        };
        if from < 10 {
            span(one(from), one(to.min(9)));
        }
        if to > 9 {
            let (from, to) = (one(from.max(10)), one(to));
            span(from, to);
            span(from.to_ascii_uppercase(), to.to_ascii_uppercase());
        }
        class.push(']');
        class
    }

    fn any(self, count: usize) -> String {
        let class = self.class(0, (self.radix() - 1) as u8);
        match count {
            0 => String::new(),
            1 => class,
            count => format!("{class}{{{count}}}"),
        }
    }

    fn digits(self, mut value: u128) -> Vec<u8> {
        let mut digits = vec![(value % self.radix()) as u8];
        while value >= self.radix() {
            value /= self.radix();
            digits.push((value % self.radix()) as u8);
        }
        digits.reverse();
        digits
    }
}

/// Alternatives that together match exactly the integers from `low` to `high`; without `high` there is no upper bound.
pub(super) fn between(low: u128, high: Option<u128>, base: Base) -> Vec<String> {
    let mut out = Vec::new();
    if high.is_some_and(|high| high < low) {
        return out;
    }
    let shortest = base.digits(low).len();
    let longest = high.map_or(shortest, |high| base.digits(high).len());
    // Lengths of which every integer is meant are one alternative.
    let mut full: Option<(usize, usize)> = None;
    let (lead, rest) = (base.class(1, (base.radix() - 1) as u8), base.any(1));
    for length in shortest..=longest {
        let first = if length == 1 { 0 } else { base.radix().pow(length as u32 - 1) };
        let last = base.radix().pow(length as u32) - 1;
        let (from, to) = (low.max(first), high.map_or(last, |high| high.min(last)));
        if length > 1 && (from, to) == (first, last) {
            full = Some((full.map_or(length, |(from, _)| from), length));
            continue;
        }
        out.extend(full.take().map(|(from, to)| format!("{lead}{rest}{}", count(from - 1, Some(to - 1)))));
        same_length(&mut String::new(), &base.digits(from), &base.digits(to), base, &mut out);
    }
    match (full, high) {
        (Some((from, to)), Some(_)) => out.push(format!("{lead}{rest}{}", count(from - 1, Some(to - 1)))),
        (Some((from, _)), None) => out.push(format!("{lead}{rest}{}", count(from - 1, None))),
        (None, None) => out.push(format!("{lead}{rest}{}", count(shortest, None))),
        (None, Some(_)) => {}
    }
    out
}

/// How often something stands, at least once.
fn count(from: usize, to: Option<usize>) -> String {
    match to {
        Some(1) if from == 1 => String::new(),
        Some(to) if from == to => format!("{{{from}}}"),
        Some(to) => format!("{{{from},{to}}}"),
        None => format!("{{{from},}}"),
    }
}

/// Between two integers of one length. As deep as they are long.
fn same_length(before: &mut String, from: &[u8], to: &[u8], base: Base, out: &mut Vec<String>) {
    let ([low, from_rest @ ..], [high, to_rest @ ..]) = (from, to) else {
        out.push(before.clone());
        return;
    };
    let most = (base.radix() - 1) as u8;
    let (whole_low, whole_high) = (from_rest.iter().all(|digit| *digit == 0), to_rest.iter().all(|d| *d == most));
    let keep = before.len();
    if low == high && !(whole_low && whole_high) {
        before.push_str(&base.class(*low, *low));
        same_length(before, from_rest, to_rest, base, out);
        before.truncate(keep);
        return;
    }
    let (mut first, mut last) = (*low, *high);
    if !whole_low {
        before.push_str(&base.class(*low, *low));
        same_length(before, from_rest, &vec![most; from_rest.len()], base, out);
        before.truncate(keep);
        first += 1;
    }
    if !whole_high {
        last = last.wrapping_sub(1);
    }
    if first <= last && last <= most {
        out.push(format!("{before}{}{}", base.class(first, last), base.any(from_rest.len())));
    }
    if !whole_high {
        before.push_str(&base.class(*high, *high));
        same_length(before, &vec![0; to_rest.len()], to_rest, base, out);
        before.truncate(keep);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn matcher(low: u128, high: Option<u128>, base: Base) -> regex::Regex {
        let alternatives = between(low, high, base);
        let body = if alternatives.is_empty() { r"[^\s\S]".to_string() } else { alternatives.join("|") };
        regex::Regex::new(&format!("^(?:{body})$")).unwrap()
    }

    #[test]
    fn intervals_read_well() {
        assert_eq!(between(443, Some(443), Base::Ten), ["443"]);
        assert_eq!(between(0, Some(9), Base::Ten), ["[0-9]"]);
        assert_eq!(between(80, Some(90), Base::Ten), ["8[0-9]", "90"]);
        assert_eq!(
            between(1025, None, Base::Ten),
            ["102[5-9]", "10[3-9][0-9]", "1[1-9][0-9]{2}", "[2-9][0-9]{3}", "[1-9][0-9]{4,}"]
        );
        assert_eq!(between(0x1000, Some(0x1fff), Base::Sixteen), ["1[0-9a-fA-F]{3}"]);
        assert_eq!(between(10, None, Base::Ten), ["[1-9][0-9]{1,}"]);
        assert_eq!(between(5, Some(9_999), Base::Ten), ["[5-9]", "[1-9][0-9]{1,3}"]);
        assert_eq!(between(2, Some(1), Base::Ten), Vec::<String>::new());
    }

    proptest! {
        #[test]
        fn exactly_the_integers_between_match(low in 0u128..3000, span in 0u128..3000, value in 0u128..7000, open: bool) {
            let high = (!open).then_some(low + span);
            let inside = value >= low && high.is_none_or(|high| value <= high);
            prop_assert_eq!(matcher(low, high, Base::Ten).is_match(&value.to_string()), inside);
            prop_assert_eq!(matcher(low, high, Base::Sixteen).is_match(&format!("{value:X}")), inside);
        }

        #[test]
        fn also_at_the_ends_of_64_bits(low: u64, high: u64, near in -2i64..3) {
            let regex = matcher(low.into(), Some(high.into()), Base::Ten);
            for edge in [low, high] {
                let value = edge.saturating_add_signed(near);
                prop_assert_eq!(regex.is_match(&value.to_string()), (low..=high).contains(&value));
            }
        }
    }
}
