//! How often a field's text has what a test asks for: an estimate, made of what Windows writes all day.
//!
//! In: what is asked. Out: the part of texts that have it, between 0 and 1. A wrong estimate costs time and nothing else. Never here:
//! measurement; the share is the same on every run, so that a module's plan is too.
//!
//! An event's id is the commonest thing about it, and no text: it never stands here, since rules are dealt out by it beforehand.

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

/// How often a text has this.
pub(super) fn share(asks: &Asks) -> f32 {
    match asks {
        Asks::Present => 0.95,
        Asks::Equal(text) => rare(text, &|common| common == text) * 0.2,
        Asks::Start(text) => rare(text, &|common| common.starts_with(text.as_str())),
        Asks::End(text) => rare(text, &|common| common.ends_with(text.as_str())),
        Asks::Inside(text) => rare(text, &|common| common.contains(text.as_str())),
    }
}

/// How often a text has one of these.
pub(super) fn of(asks: &[Asks]) -> f32 {
    asks.iter().map(share).sum()
}

/// By length, and by what is common.
fn rare(text: &str, in_common: &dyn Fn(&str) -> bool) -> f32 {
    let common: f32 = COMMON.iter().filter(|(common, _)| in_common(common)).map(|(_, share)| share).sum();
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
    (common + chance).min(0.95)
}
