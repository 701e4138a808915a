//! Numbers in texts, as Go's `strconv.ParseFloat` reads them.
//!
//! In: a text. Out: the number of 64 bits that libbeat's `range` compares, or nothing. Never here: blanks around, percent signs, an infinity that
//! was written with digits.
//!
//! | text | what it is |
//! | --- | --- |
//! | `12`, `+1.5`, `-.5`, `5.`, `1e5`, `00012` | decimal |
//! | `0x1p4`, `0x.8P-1`, `0x1_0p0` | hexadecimal; the exponent must be there, and is a power of two |
//! | `1_000`, `1_0.5_0`, `0_1` | an underscore between two digits; behind `0x` too |
//! | `inf`, `+Inf`, `-INFINITY`, `nan` in any case | themselves; `nan` takes no sign |
//! | `1e400`, `0x1p1024` | out of range: none |
//! | `1e-400` | 0 |
//! | `0x1`, `0b1`, `1_`, `_1`, `1._5`, ` 1`, nothing | none |

/// Reads a number.
///
/// ```
/// use blocksieve::libbeat::parse_float;
/// assert_eq!(parse_float("1_000.5"), Some(1000.5));
/// assert_eq!(parse_float("0x1p-2"), Some(0.25));
/// assert_eq!(parse_float("1e400"), None);
/// ```
pub fn parse_float(text: &str) -> Option<f64> {
    let (negative, unsigned) = match text.as_bytes().first()? {
        b'-' => (true, text.get(1..)?),
        b'+' => (false, text.get(1..)?),
        _ => (false, text),
    };
    let signed = |value: f64| if negative { -value } else { value };
    if ["inf", "infinity"].iter().any(|word| unsigned.eq_ignore_ascii_case(word)) {
        return Some(signed(f64::INFINITY));
    }
    if text.eq_ignore_ascii_case("nan") {
        return Some(f64::NAN);
    }
    let hex = unsigned.get(..2).is_some_and(|prefix| prefix.eq_ignore_ascii_case("0x"));
    let plain = if unsigned.contains('_') {
        separates_digits(unsigned, hex).then(|| unsigned.replace('_', ""))?
    } else {
        unsigned.to_string()
    };
    let value = if hex { hexadecimal(plain.get(2..)?)? } else { decimal(&plain)? };
    value.is_finite().then(|| signed(value))
}

/// Does every underscore stand between two digits, the prefix `0x` being one?
fn separates_digits(text: &str, hex: bool) -> bool {
    let bytes = text.as_bytes();
    let digit = |byte: &u8| if hex { byte.is_ascii_hexdigit() } else { byte.is_ascii_digit() };
    bytes.iter().enumerate().filter(|(_, byte)| **byte == b'_').all(|(at, _)| {
        let before = at > 0 && (bytes.get(at - 1).is_some_and(digit) || hex && at == 2);
        before && bytes.get(at + 1).is_some_and(digit)
    })
}

fn split_exponent(text: &str, mark: char) -> Option<(&str, Option<&str>)> {
    let at = text.find([mark, mark.to_ascii_uppercase()]);
    Some(match at {
        Some(at) => (text.get(..at)?, Some(text.get(at + 1..)?)),
        None => (text, None),
    })
}

fn is_exponent(text: &str) -> bool {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
}

fn decimal(text: &str) -> Option<f64> {
    let (mantissa, exponent) = split_exponent(text, 'e')?;
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let well_formed = digits(whole)
        && digits(fraction)
        && !(whole.is_empty() && fraction.is_empty())
        && exponent.is_none_or(is_exponent);
    well_formed.then(|| text.parse().ok()).flatten()
}

/// What stands behind `0x`. The nearest number of 64 bits, ties to the even one.
fn hexadecimal(text: &str) -> Option<f64> {
    let (mantissa, exponent) = split_exponent(text, 'p')?;
    let exponent = exponent.filter(|exponent| is_exponent(exponent))?;
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    // The value is `bits * 2^power`; what does not fit into `bits` leaves a mark that there was more.
    let (mut bits, mut power, mut more) = (0u64, 0i64, false);
    for (digits, step) in [(whole, 0), (fraction, -4)] {
        for digit in digits.chars() {
            let digit = digit.to_digit(16)?;
            if bits >> 60 == 0 {
                bits = bits << 4 | u64::from(digit);
                power += step;
            } else {
                more |= digit != 0;
                power += step + 4;
            }
        }
    }
    if bits == 0 {
        return Some(0.0);
    }
    // Beyond this the answer is clear whatever the mantissa is, for texts of any length that a value may have.
    const FAR: i64 = 1 << 40;
    let exponent = exponent.strip_prefix('+').unwrap_or(exponent);
    let exponent = exponent.parse::<i64>().unwrap_or(if exponent.starts_with('-') { -FAR } else { FAR });
    power += exponent.clamp(-FAR, FAR);
    // 64 bits with the highest one set: `bits * 2^power` is from `2^(power + 63)` up.
    let shift = bits.leading_zeros();
    bits <<= shift;
    power -= i64::from(shift);
    let highest = power + 63;
    if highest > 1023 {
        return Some(f64::INFINITY);
    }
    // A normal number keeps 53 bits; below 2^-1022 each halving costs one.
    let kept = if highest >= -1022 { 53 } else { 53 - (-1022 - highest) };
    if kept < 0 {
        return Some(0.0);
    }
    let cut = 64 - kept as u32;
    let (floor, rest) =
        if cut == 64 { (0, u128::from(bits)) } else { (bits >> cut, u128::from(bits & ((1 << cut) - 1))) };
    let half = 1u128 << (cut - 1);
    let up = rest > half || rest == half && (more || floor & 1 == 1);
    // Both factors are exact: the product is rounded nowhere.
    let scale = power + i64::from(cut);
    let rounded = (floor + u64::from(up)) as f64;
    let scaled = if scale < -1022 {
        rounded * 2f64.powi(-1022) * 2f64.powi((scale + 1022) as i32)
    } else {
        rounded * 2f64.powi(scale as i32)
    };
    Some(scaled)
}

#[cfg(test)]
mod tests {
    use super::parse_float;

    #[test]
    fn what_go_reads_is_read() {
        let numbers = [
            ("1_000", 1000.0),
            ("1_23.50_0_0e+1_2", 1.235e14),
            ("0x_1_2.3_4_5p+1_2", 74565.0),
            ("0x.8p1", 1.0),
            ("0X1P+2", 4.0),
            ("0x1.p1", 2.0),
            ("0x1.fffffffffffff8p0", 2.0),
            ("0x1.fffffffffffff7p1023", f64::MAX),
            ("0x1.00000000000008p0", 1.0),
            ("0x1.000000000000081p0", 1.0000000000000002),
            ("0x1p-1074", 5e-324),
            ("0x1p-1075", 0.0),
            ("0x1.8p-1075", 5e-324),
            ("-0x1p-2", -0.25),
            ("0x0.0p0", 0.0),
            ("1.", 1.0),
            (".5", 0.5),
            ("0_1", 1.0),
            ("00012", 12.0),
            ("1e-400", 0.0),
            ("0e99999999999999999999", 0.0),
            ("+Inf", f64::INFINITY),
            ("-infinity", f64::NEG_INFINITY),
        ];
        for (text, number) in numbers {
            assert_eq!(parse_float(text), Some(number), "{text}");
        }
        assert!(parse_float("NaN").is_some_and(f64::is_nan));
    }

    #[test]
    fn what_go_refuses_is_none() {
        let texts = [
            "",
            "+",
            ".",
            "e5",
            "1e",
            "1e+",
            "_1",
            "1_",
            "1__0",
            "1._5",
            "1_e5",
            "1e_5",
            "-_1",
            "0_x1p1",
            "0x1",
            "0x1p",
            "0xp1",
            "0b1",
            "0o7",
            "1p5",
            " 1",
            "1 ",
            "infin",
            "+nan",
            "-nan",
            "1e400",
            "0x1p1024",
            "0x1.fffffffffffff8p1023",
            "1e99999999999999999999",
            "١",
            "0x",
            "--1",
        ];
        for text in texts {
            assert_eq!(parse_float(text), None, "{text}");
        }
    }
}
