//! Classes in brackets.
//!
//! In: the parser at `[`. Out: what stands between the brackets of the same class of the `regex` crate. Never here: set operations; `&&`, `--` and `[`
//! are plain members in Go, and are written as such.

use super::Fault;
use super::escape::{self, Escape};
use super::parse::Parser;

/// Every character.
pub(super) const ALL: &str = r"\x{0}-\x{10FFFF}";

/// A class as it was read.
pub(super) struct Class {
    /// The inside of the same class of the crate.
    pub(super) inside: String,
    pub(super) negated: bool,
    /// Its members, if they are few and all written alone.
    pub(super) members: Option<Vec<char>>,
}

pub(super) fn bracketed(parser: &mut Parser<'_>) -> Result<Class, Fault> {
    let from = parser.at;
    parser.at += 1;
    let negated = parser.rest().starts_with('^');
    parser.at += usize::from(negated);
    let mut inside = String::new();
    let mut members = Some(Vec::new());
    let mut first = true;
    loop {
        let rest = parser.rest();
        if rest.is_empty() {
            return Err(Fault::bad(from, "this class has no `]` behind it"));
        }
        // The first member may be a bracket.
        if rest.starts_with(']') && !first {
            parser.at += 1;
            return Ok(Class { inside, negated, members });
        }
        first = false;
        if rest.starts_with("[:")
            && let Some((name, _)) = rest.get(2..).and_then(|rest| rest.split_once(":]"))
        {
            named(parser.at, name, &mut inside)?;
            members = None;
            parser.at += name.len() + 4;
            continue;
        }
        let here = parser.at;
        let set = rest.starts_with('\\')
            && matches!(rest.as_bytes().get(1), Some(b'd' | b'D' | b's' | b'S' | b'w' | b'W' | b'p' | b'P'));
        if set {
            members = None;
            match escape::escape(parser)? {
                Escape::Set(set, false) => inside.push_str(&set),
                Escape::Set(set, true) => inside.push_str(&format!("[^{set}]")),
                Escape::Nothing => inside.push_str(&format!("[^{ALL}]")),
                Escape::Char(c) => push(&mut inside, c),
            }
            continue;
        }
        let low = member(parser, from)?;
        let rest = parser.rest();
        if rest.len() >= 2 && rest.starts_with('-') && !rest.starts_with("-]") {
            parser.at += 1;
            let high = member(parser, from)?;
            if high < low {
                return Err(Fault::bad(here, "this range ends before it begins"));
            }
            members = None;
            push(&mut inside, low);
            inside.push('-');
            push(&mut inside, high);
        } else {
            push(&mut inside, low);
            members = members.filter(|members: &Vec<char>| members.len() < 4);
            members.iter_mut().for_each(|members| members.push(low));
        }
    }
}

fn member(parser: &mut Parser<'_>, class: usize) -> Result<char, Fault> {
    match parser.peek() {
        None => Err(Fault::bad(class, "this class has no `]` behind it")),
        Some('\\') => escape::character(parser),
        Some(c) => {
            parser.at += c.len_utf8();
            Ok(c)
        }
    }
}

fn push(inside: &mut String, c: char) {
    if c.is_ascii_alphanumeric() {
        inside.push(c);
    } else {
        inside.push_str(&format!(r"\x{{{:X}}}", u32::from(c)));
    }
}

/// `[:alpha:]` and its like: all are ASCII.
fn named(at: usize, name: &str, inside: &mut String) -> Result<(), Fault> {
    let (negated, plain) = name.strip_prefix('^').map_or((false, name), |plain| (true, plain));
    let set = match plain {
        "alnum" => "0-9A-Za-z",
        "alpha" => "A-Za-z",
        "ascii" => r"\x{0}-\x{7F}",
        "blank" => r"\t ",
        "cntrl" => r"\x{0}-\x{1F}\x{7F}",
        "digit" => "0-9",
        "graph" => "!-~",
        "lower" => "a-z",
        "print" => " -~",
        "punct" => r"!-/:-@\[-`\{-~",
        "space" => r"\t\n\v\f\r ",
        "upper" => "A-Z",
        "word" => "0-9A-Za-z_",
        "xdigit" => "0-9A-Fa-f",
        _ => return Err(Fault::bad(at, format!("Go does not know the class `[:{name}:]`"))),
    };
    match negated {
        true => inside.push_str(&format!("[^{set}]")),
        false => inside.push_str(set),
    }
    Ok(())
}

/// Scripts that Go knows; the last line is of Unicode 14 and 15, which agents of version 8.8 and later know.
const SCRIPTS: &str = "\
    Adlam Ahom Anatolian_Hieroglyphs Arabic Armenian Avestan Balinese Bamum Bassa_Vah Batak Bengali Bhaiksuki Bopomofo Brahmi Braille Buginese \
    Buhid Canadian_Aboriginal Carian Caucasian_Albanian Chakma Cham Cherokee Chorasmian Common Coptic Cuneiform Cypriot Cyrillic Deseret \
    Devanagari Dives_Akuru Dogra Duployan Egyptian_Hieroglyphs Elbasan Elymaic Ethiopic Georgian Glagolitic Gothic Grantha Greek Gujarati \
    Gunjala_Gondi Gurmukhi Han Hangul Hanifi_Rohingya Hanunoo Hatran Hebrew Hiragana Imperial_Aramaic Inherited Inscriptional_Pahlavi \
    Inscriptional_Parthian Javanese Kaithi Kannada Katakana Kayah_Li Kharoshthi Khitan_Small_Script Khmer Khojki Khudawadi Lao Latin Lepcha \
    Limbu Linear_A Linear_B Lisu Lycian Lydian Mahajani Makasar Malayalam Mandaic Manichaean Marchen Masaram_Gondi Medefaidrin Meetei_Mayek \
    Mende_Kikakui Meroitic_Cursive Meroitic_Hieroglyphs Miao Modi Mongolian Mro Multani Myanmar Nabataean Nandinagari New_Tai_Lue Newa Nko Nushu \
    Nyiakeng_Puachue_Hmong Ogham Ol_Chiki Old_Hungarian Old_Italic Old_North_Arabian Old_Permic Old_Persian Old_Sogdian Old_South_Arabian \
    Old_Turkic Oriya Osage Osmanya Pahawh_Hmong Palmyrene Pau_Cin_Hau Phags_Pa Phoenician Psalter_Pahlavi Rejang Runic Samaritan Saurashtra \
    Sharada Shavian Siddham SignWriting Sinhala Sogdian Sora_Sompeng Soyombo Sundanese Syloti_Nagri Syriac Tagalog Tagbanwa Tai_Le Tai_Tham \
    Tai_Viet Takri Tamil Tangut Telugu Thaana Thai Tibetan Tifinagh Tirhuta Ugaritic Vai Wancho Warang_Citi Yezidi Yi Zanabazar_Square \
    Cypro_Minoan Kawi Nag_Mundari Old_Uyghur Tangsa Toto Vithkuqi";

pub(super) fn is_script(name: &str) -> bool {
    SCRIPTS.split_ascii_whitespace().any(|known| known == name)
}
