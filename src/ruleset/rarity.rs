//! How often a field's text has what a test asks for: an estimate, made of what Windows writes all day.
//!
//! In: what is asked. Out: the part of texts that have it, between 0 and 1. A wrong estimate costs time and nothing else. Never here:
//! measurement; the share is the same on every run, so that a module's plan is too.
//!
//! An event's id is the commonest thing about it, and no text: it never stands here, since rules are dealt out by it beforehand.

use std::sync::LazyLock;

use memchr::memmem::Finder;

use super::atom::Asks;

/// Texts that stand in many events, folded, and about how many of those that have the field have one like it.
const COMMON: [(&str, f32); 26] = [
    (r"c:\windows\system32\svchost.exe -k netsvcs -p -s schedule", 0.3),
    (r"c:\windows\system32\", 0.5),
    (r"c:\windows\syswow64\", 0.1),
    (r"c:\windows\explorer.exe", 0.1),
    (r"c:\windows\system32\lsass.exe", 0.05),
    (r"c:\windows\system32\services.exe", 0.1),
    (r"c:\windows\system32\cmd.exe", 0.05),
    (r"c:\windows\system32\cmd.exe /c", 0.05),
    (r"c:\windows\system32\conhost.exe 0xffffffff -forcev1", 0.05),
    (r"c:\windows\system32\rundll32.exe", 0.03),
    (r"c:\windows\system32\windowspowershell\v1.0\powershell.exe", 0.03),
    (r"c:\windows\microsoft.net\framework64\v4.0.30319\", 0.05),
    (r"c:\windows\system32\ntdll.dll+9d4c4|c:\windows\system32\kernelbase.dll+", 0.3),
    (r"c:\program files (x86)\microsoft\edge\application\msedge.exe", 0.1),
    (r"c:\program files\google\chrome\application\chrome.exe --type=renderer", 0.1),
    (r"c:\program files\common files\microsoft shared\", 0.05),
    (r"c:\users\user\appdata\local\temp\", 0.1),
    (r"c:\users\user\appdata\roaming\microsoft\windows\", 0.05),
    (r"c:\programdata\microsoft\windows defender\platform\", 0.05),
    (r"hklm\software\microsoft\windows\currentversion\", 0.2),
    (r"hklm\system\currentcontrolset\services\", 0.2),
    (r"hku\s-1-5-21-1000\software\microsoft\windows\currentversion\", 0.1),
    (r"nt authority\system", 0.4),
    ("sha1=0,md5=0,sha256=0,imphash=0", 0.9),
    ("microsoft corporation microsoft windows operating system", 0.3),
    ("www.microsoft.com", 0.05),
];

/// All of them, one behind the other, each between two bytes that no text has: so one search goes through them all.
struct Joined {
    text: Vec<u8>,
    /// Where each ends, and how many have it.
    ends: Vec<(usize, f32)>,
    /// A bit for each two bytes that stand beside each other somewhere: most of what is asked has some that do not.
    pairs: Vec<u64>,
}

/// What stands between two texts.
const BETWEEN: u8 = 0xFF;

static JOINED: LazyLock<Joined> = LazyLock::new(|| {
    let mut joined = Joined { text: vec![BETWEEN], ends: Vec::new(), pairs: vec![0; 1 << 10] };
    for (common, share) in COMMON {
        joined.text.extend_from_slice(common.as_bytes());
        joined.text.push(BETWEEN);
        joined.ends.push((joined.text.len(), share));
    }
    for pair in joined.text.windows(2) {
        let (word, bit) = bit(pair);
        joined.pairs[word] |= bit;
    }
    joined
});

/// Where the bit of two bytes stands: in which word, and which one there.
fn bit(pair: &[u8]) -> (usize, u64) {
    let number = pair.iter().fold(0_usize, |number, byte| number << 8 | usize::from(*byte));
    (number >> 6, 1 << (number & 63))
}

/// How often a text has this.
pub(super) fn share(asks: &Asks) -> f32 {
    match asks {
        Asks::Present => 0.95,
        Asks::Equal(text) => rare(text, &[BETWEEN], &[BETWEEN]) * 0.2,
        Asks::Start(text) => rare(text, &[BETWEEN], &[]),
        Asks::End(text) => rare(text, &[], &[BETWEEN]),
        Asks::Inside(text) => rare(text, &[], &[]),
    }
}

/// How often a text has one of these.
pub(super) fn of(asks: &[Asks]) -> f32 {
    asks.iter().map(share).sum()
}

/// By length, and by what is common.
fn rare(text: &str, before: &[u8], behind: &[u8]) -> f32 {
    let chance = match text.chars().count() {
        0 => 1.0,
        1 => 0.8,
        2 => 0.4,
        3 => 0.15,
        4 => 0.05,
        5 => 0.02,
        6 | 7 => 0.008,
        8..=11 => 0.004,
        _longer => 0.002,
    };
    (common(&[before, text.as_bytes(), behind].concat()) + chance).min(0.95)
}

/// How many have one of the common texts with this in it.
fn common(wanted: &[u8]) -> f32 {
    let may_be = |pair: &[u8]| {
        let (word, bit) = bit(pair);
        JOINED.pairs.get(word).is_some_and(|word| word & bit != 0)
    };
    if !wanted.windows(2).all(may_be) {
        return 0.0;
    }
    let finder = Finder::new(wanted);
    let (mut from, mut sum) = (0, 0.0);
    while let Some(found) = JOINED.text.get(from..).and_then(|text| finder.find(text)) {
        let at = from + found;
        // What begins at the sign between two texts is in the one behind it.
        let Some((end, share)) = JOINED.ends.iter().find(|(end, _)| at + 1 < *end) else { break };
        sum += share;
        // Each counts once; the sign before the next one belongs to it.
        from = end - 1;
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_search_finds_what_a_search_in_each_does() {
        let sum = |has: &dyn Fn(&str) -> bool| {
            COMMON.iter().filter(|(text, _)| has(text)).map(|(_, share)| share).sum::<f32>()
        };
        let mut texts = vec![String::new(), "x".to_string(), "no such text".to_string()];
        for (text, _) in COMMON {
            // Everything that begins or ends somewhere in it, and a little around it.
            let ends = (0..text.len()).step_by(3);
            texts.extend(ends.clone().map(|at| text[at..].to_string()));
            texts.extend(ends.clone().map(|at| text[..at].to_string()));
            texts.extend(ends.map(|at| text[at..(at + 2).min(text.len())].to_string()));
        }
        for text in texts {
            let bytes = text.as_bytes();
            let cases = [
                (common(bytes), sum(&|common| common.contains(&text))),
                (common(&[&[BETWEEN], bytes].concat()), sum(&|common| common.starts_with(&text))),
                (common(&[bytes, &[BETWEEN]].concat()), sum(&|common| common.ends_with(&text))),
                (common(&[&[BETWEEN], bytes, &[BETWEEN]].concat()), sum(&|common| common == text)),
            ];
            for (at, (found, expected)) in cases.into_iter().enumerate() {
                assert!((found - expected).abs() < 1e-6, "{text:?}, case {at}: {found} for {expected}");
            }
        }
    }
}
