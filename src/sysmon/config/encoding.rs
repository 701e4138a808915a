//! The encodings of a configuration.
//!
//! In: bytes. Out: text, which encoding it was, and whether that is what the file says; and the bytes again. Never here: XML, but for the name
//! of an encoding in its first line.
//!
//! | bytes | read as | doubtful |
//! | --- | --- | --- |
//! | a mark of UTF-16; or every other byte of the beginning zero | UTF-16, whatever is declared | the higher byte first, which Sysmon does not know |
//! | `encoding="ISO-8859-1"` declared, also behind a mark of UTF-8 | ISO-8859-1 | its letters beyond ASCII are UTF-8 |
//! | anything else | UTF-8, with or without its mark | UTF-16 or an encoding that Sysmon does not know declared |

use crate::source::NotText;

/// How the bytes of a configuration stand for text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-8.
    Utf8,
    /// UTF-16, the lower byte first.
    Utf16Le,
    /// UTF-16, the higher byte first.
    Utf16Be,
    /// ISO-8859-1: a byte a character.
    Latin1,
}

impl Encoding {
    /// All.
    pub const ALL: [Encoding; 4] = [Encoding::Utf8, Encoding::Utf16Le, Encoding::Utf16Be, Encoding::Latin1];

    /// By its name.
    pub fn named(name: &str) -> Option<Encoding> {
        Encoding::ALL.into_iter().find(|encoding| encoding.name() == name)
    }

    /// As people write it.
    pub fn name(self) -> &'static str {
        match self {
            Encoding::Utf8 => "UTF-8",
            Encoding::Utf16Le => "UTF-16LE",
            Encoding::Utf16Be => "UTF-16BE",
            Encoding::Latin1 => "ISO-8859-1",
        }
    }
}

/// Bytes of the beginning in which an encoding is looked for.
const HEAD: usize = 256;

/// What bytes are.
#[derive(Debug)]
pub struct Decoded {
    /// The text, without a mark.
    pub text: String,
    /// Its encoding.
    pub encoding: Encoding,
    /// What Sysmon may read otherwise.
    pub doubt: Option<String>,
}

/// Does a mark stand before the text?
pub fn marked(bytes: &[u8]) -> bool {
    [b"\xff\xfe".as_slice(), b"\xfe\xff", b"\xef\xbb\xbf"].iter().any(|mark| bytes.starts_with(mark))
}

/// The bytes of a text, which [`decode`] reads as the same. Nothing where the encoding has no room for a character.
pub fn encode(text: &str, encoding: Encoding, mark: bool) -> Option<Vec<u8>> {
    let before: &[u8] = match encoding {
        _ if !mark => b"",
        Encoding::Utf8 | Encoding::Latin1 => b"\xef\xbb\xbf",
        Encoding::Utf16Le => b"\xff\xfe",
        Encoding::Utf16Be => b"\xfe\xff",
    };
    let mut bytes = before.to_vec();
    match encoding {
        Encoding::Utf8 => bytes.extend_from_slice(text.as_bytes()),
        Encoding::Utf16Le => text.encode_utf16().for_each(|unit| bytes.extend(unit.to_le_bytes())),
        Encoding::Utf16Be => text.encode_utf16().for_each(|unit| bytes.extend(unit.to_be_bytes())),
        Encoding::Latin1 => {
            for c in text.chars() {
                bytes.push(u8::try_from(u32::from(c)).ok()?);
            }
        }
    }
    Some(bytes)
}

/// The text of a configuration.
pub fn decode(bytes: &[u8]) -> Result<Decoded, NotText> {
    if let Some(rest) = bytes.strip_prefix(b"\xff\xfe") {
        return utf16(rest, Encoding::Utf16Le);
    }
    if let Some(rest) = bytes.strip_prefix(b"\xfe\xff") {
        return utf16(rest, Encoding::Utf16Be);
    }
    match bytes {
        [first, 0, ..] if *first != 0 => return utf16(bytes, Encoding::Utf16Le),
        [0, second, ..] if *second != 0 => return utf16(bytes, Encoding::Utf16Be),
        _ => {}
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let declared = declared(bytes);
    let known =
        |names: &[&str]| declared.as_deref().is_some_and(|name| names.iter().any(|n| name.eq_ignore_ascii_case(n)));
    let name = || declared.as_deref().unwrap_or_default().chars().take(40).collect::<String>();
    let utf8 = std::str::from_utf8(bytes);
    if known(&["iso-8859-1", "iso8859-1", "latin1", "iso_8859-1"]) {
        let doubt = (utf8.is_ok() && !bytes.is_ascii())
            .then(|| format!("{:?} is declared, and the letters beyond ASCII in this file are UTF-8", name()));
        return Ok(Decoded {
            text: bytes.iter().map(|byte| char::from(*byte)).collect(),
            encoding: Encoding::Latin1,
            doubt,
        });
    }
    match utf8 {
        Ok(text) => {
            let other = declared.is_some() && !known(&["utf-8", "utf8", "us-ascii", "ascii"]);
            let doubt = other.then(|| format!("{:?} is declared, and this file is UTF-8", name()));
            Ok(Decoded { text: text.to_string(), encoding: Encoding::Utf8, doubt })
        }
        Err(error) => {
            let line = 1 + memchr::memchr_iter(b'\n', bytes.get(..error.valid_up_to()).unwrap_or_default()).count();
            let said = if declared.is_some() { format!(", and {:?} is declared", name()) } else { String::new() };
            Err(not_text(format!("this file is not UTF-8 from byte {} on, in line {line}{said}", error.valid_up_to())))
        }
    }
}

/// The encoding that the XML declaration names.
fn declared(bytes: &[u8]) -> Option<String> {
    let head = String::from_utf8_lossy(bytes.get(..HEAD).unwrap_or(bytes));
    let declaration = head.trim_start().strip_prefix("<?xml")?.split_once("?>")?.0.to_string();
    let rest = declaration.split_once("encoding")?.1.trim_start().strip_prefix('=')?.trim_start();
    let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    Some(rest.get(1..)?.split_once(quote)?.0.to_string())
}

fn utf16(bytes: &[u8], encoding: Encoding) -> Result<Decoded, NotText> {
    let (pairs, odd) = bytes.as_chunks::<2>();
    let unit = |pair: &[u8; 2]| match encoding {
        Encoding::Utf16Be => u16::from_be_bytes(*pair),
        Encoding::Utf16Le | Encoding::Utf8 | Encoding::Latin1 => u16::from_le_bytes(*pair),
    };
    match char::decode_utf16(pairs.iter().map(unit)).collect::<Result<String, _>>() {
        Ok(text) if odd.is_empty() => {
            let doubt = (encoding == Encoding::Utf16Be)
                .then(|| "this file is UTF-16 with the higher byte first, which Sysmon does not read".to_string());
            Ok(Decoded { text, encoding, doubt })
        }
        Ok(_) | Err(_) => Err(not_text(format!("this file begins like {}, but is none to its end", encoding.name()))),
    }
}

fn not_text(message: String) -> NotText {
    NotText {
        message,
        help: "save the configuration as UTF-8; Sysmon also reads UTF-16, and ISO-8859-1 where that is declared",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> String {
        match decode(bytes) {
            Ok(Decoded { text, encoding, doubt }) => {
                format!("{} {text}{}", encoding.name(), doubt.map(|doubt| format!(" [{doubt}]")).unwrap_or_default())
            }
            Err(not_text) => not_text.message,
        }
    }

    #[test]
    fn each_encoding_is_told_with_and_without_its_mark() {
        assert_eq!(read("<a>ü".as_bytes()), "UTF-8 <a>ü");
        assert_eq!(read(b"\xef\xbb\xbf<a>"), "UTF-8 <a>");
        assert_eq!(read(b"\xff\xfe<\0a\0\xfc\0"), "UTF-16LE <aü");
        assert_eq!(
            read(b"\xfe\xff\0<\0a\0\xfc"),
            "UTF-16BE <aü [this file is UTF-16 with the higher byte first, which Sysmon does not read]"
        );
        assert_eq!(read(b"\r\0\n\0<\0\xfc\0"), "UTF-16LE \r\n<ü");
        assert!(read(b"\0<\0a").starts_with("UTF-16BE <a"));
        let latin = b"<?xml version='1.0' encoding='iso-8859-1'?><a>\xfc";
        assert_eq!(read(latin), "ISO-8859-1 <?xml version='1.0' encoding='iso-8859-1'?><a>ü");
        assert_eq!(read(&[b"\xef\xbb\xbf", latin.as_slice()].concat()).chars().last(), Some('ü'));
        assert_eq!(read(b""), "UTF-8 ");
    }

    #[test]
    fn what_was_read_is_written_byte_by_byte() {
        let latin = b"<?xml version='1.0' encoding='iso-8859-1'?><a>\xfc\r\n";
        let marked_latin = [b"\xef\xbb\xbf", latin.as_slice()].concat();
        for bytes in [
            "<a>ü".as_bytes(),
            b"\xef\xbb\xbf<a>",
            b"\xff\xfe<\0a\0\xfc\0",
            b"\xfe\xff\0<\0a\0\xfc",
            b"\r\0\n\0<\0\xfc\0",
            b"\0<\0a",
            latin,
            &marked_latin,
        ] {
            let Decoded { text, encoding, .. } = decode(bytes).unwrap();
            assert_eq!(encode(&text, encoding, marked(bytes)).as_deref(), Some(bytes), "{text}");
        }
        assert_eq!(encode("€", Encoding::Latin1, false), None);
    }

    #[test]
    fn what_is_no_text_is_told_by_its_byte_and_line() {
        assert_eq!(read(b"<a>\n\xfc"), "this file is not UTF-8 from byte 4 on, in line 2");
        assert_eq!(read(b"\xff\xfe<"), "this file begins like UTF-16LE, but is none to its end");
        assert_eq!(
            read(b"<?xml encoding=\"koi8-r\"?>\xfc"),
            "this file is not UTF-8 from byte 25 on, in line 1, and \"koi8-r\" is declared"
        );
    }

    #[test]
    fn what_is_declared_and_not_so_is_told() {
        let doubt = |bytes: &[u8]| decode(bytes).unwrap().doubt.unwrap_or_default();
        assert_eq!(doubt(b"<?xml encoding='utf-16'?>"), "\"utf-16\" is declared, and this file is UTF-8");
        assert_eq!(doubt(b"<?xml encoding='windows-1252'?>"), "\"windows-1252\" is declared, and this file is UTF-8");
        assert_eq!(
            doubt("<?xml encoding='ISO-8859-1'?>ü".as_bytes()),
            "\"ISO-8859-1\" is declared, and the letters beyond ASCII in this file are UTF-8"
        );
        assert_eq!(doubt(b"<?xml encoding='ISO-8859-1'?>\xfc"), "");
        assert_eq!(doubt(b"<?xml encoding='UTF-8'?>"), "");
    }
}
