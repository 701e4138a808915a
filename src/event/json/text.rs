//! What a JSON string says.
//!
//! In: the bytes between its quotes. Out: text. Never here: lossy reading; only an unpaired surrogate, which no text can
//! hold, becomes U+FFFD.

use super::Damage;

/// Appends what the inside of a JSON string says to `out`.
///
/// Damaged are: an unknown or unfinished escape, an unescaped quote or control character, bytes that are not UTF-8. `out`
/// is then as it was before.
pub fn decode_string(raw: &[u8], out: &mut String) -> Result<(), Damage> {
    let before = out.len();
    append(raw, out).inspect_err(|_| out.truncate(before))
}

fn append(raw: &[u8], out: &mut String) -> Result<(), Damage> {
    let mut at = 0;
    while let Some(rest) = raw.get(at..).filter(|rest| !rest.is_empty()) {
        let run = memchr::memchr(b'\\', rest).unwrap_or(rest.len());
        let (plain, escape) = rest.split_at(run);
        out.push_str(plain_text(plain).map_err(|damage| Damage::new(at + damage.at, damage.reason))?);
        at += run;
        if escape.is_empty() {
            break;
        }
        let (said, length) = read_escape(escape).ok_or(Damage::new(at, "an escape that JSON does not know"))?;
        out.push(said);
        at += length;
    }
    Ok(())
}

/// What the inside of a JSON string says: itself where it has no escapes, else put together in `buffer`, which is cleared.
pub fn text<'a>(raw: &'a [u8], buffer: &'a mut String) -> Result<&'a str, Damage> {
    if memchr::memchr(b'\\', raw).is_none() {
        return plain_text(raw);
    }
    buffer.clear();
    decode_string(raw, buffer)?;
    Ok(buffer)
}

/// Bytes without a backslash, as text. Damaged as [`decode_string`] says.
pub(crate) fn plain_text(raw: &[u8]) -> Result<&str, Damage> {
    // One comparison a byte without an early end, so that the compiler may do many at once.
    let bad = |byte: u8| byte < 0x20 || byte == b'"';
    if raw.iter().fold(false, |found, byte| found | bad(*byte)) {
        let at = raw.iter().position(|byte| bad(*byte)).unwrap_or(0);
        return Err(Damage::new(at, "a control character or quote inside a text"));
    }
    std::str::from_utf8(raw).map_err(|error| Damage::new(error.valid_up_to(), "not UTF-8"))
}

/// The character that an escape at the start of `bytes` says, and the escape's length.
fn read_escape(bytes: &[u8]) -> Option<(char, usize)> {
    let said = match bytes.get(1)? {
        b'"' => '"',
        b'\\' => '\\',
        b'/' => '/',
        b'b' => '\u{8}',
        b'f' => '\u{c}',
        b'n' => '\n',
        b'r' => '\r',
        b't' => '\t',
        b'u' => return read_unicode(bytes),
        _unknown => return None,
    };
    Some((said, 2))
}

fn read_unicode(bytes: &[u8]) -> Option<(char, usize)> {
    let first = unit(bytes)?;
    if let 0xd800..=0xdbff = first
        && let Some(second @ 0xdc00..=0xdfff) = bytes.get(6..).and_then(unit)
    {
        let code = 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00);
        return char::from_u32(code).map(|said| (said, 12));
    }
    Some((char::from_u32(first).unwrap_or(char::REPLACEMENT_CHARACTER), 6))
}

/// The unit of `\uXXXX` at the start of `bytes`.
fn unit(bytes: &[u8]) -> Option<u32> {
    let digits = bytes.strip_prefix(b"\\u")?.get(..4)?;
    digits.iter().try_fold(0, |value, digit| Some(value << 4 | char::from(*digit).to_digit(16)?))
}
