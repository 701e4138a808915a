//! Folders of Windows that every user can write to, also those below `C:\Windows`.
//!
//! In: a path, or the beginning of one. Out: the folder in which it lies, or that lies below it. Never here: which field it is of.
//!
//! Those below `C:\Windows` are the ones that the public list api0cradle/UltimateAppLockerByPassList found on Windows 10 1803, with
//! `debug\WIA`, which older lists have; the others follow from Windows' own access lists: a user owns his profile, may add to
//! `ProgramData`, and may make folders in the root of a drive, of which `Temp` and `Tmp` are the usual ones. Below
//! `ProgramData\Microsoft` Windows sets its own.

/// Without the drive.
const WRITABLE: [&str; 21] = [
    r"\Users\",
    r"\ProgramData\",
    r"\Temp\",
    r"\Tmp\",
    r"\$Recycle.Bin\",
    r"\Windows\Temp\",
    r"\Windows\Tasks\",
    r"\Windows\tracing\",
    r"\Windows\debug\WIA\",
    r"\Windows\Registration\CRMLog\",
    r"\Windows\System32\FxsTmp\",
    r"\Windows\System32\com\dmp\",
    r"\Windows\System32\Microsoft\Crypto\RSA\MachineKeys\",
    r"\Windows\System32\spool\PRINTERS\",
    r"\Windows\System32\spool\SERVERS\",
    r"\Windows\System32\spool\drivers\color\",
    r"\Windows\System32\Tasks\",
    r"\Windows\System32\Tasks_Migrated\",
    r"\Windows\SysWOW64\FxsTmp\",
    r"\Windows\SysWOW64\com\dmp\",
    r"\Windows\SysWOW64\Tasks\",
];

/// Does a folded text begin with a folder of the list?
fn begins(text: &str, folder: &str) -> bool {
    text.get(..folder.len()).is_some_and(|head| head.eq_ignore_ascii_case(folder))
}

/// What is below one of them and is not the users'.
const SAFE: [&str; 1] = [r"\ProgramData\Microsoft\"];

/// A folded path behind its drive, also where Windows' own spelling stands before it; as it stands where it has none.
pub(super) fn behind_drive(path: &str) -> &str {
    if let Some(rest) = path.strip_prefix(r"\device\harddiskvolume") {
        return rest.trim_start_matches(|c: char| c.is_ascii_digit() || matches!(c, '?' | '*'));
    }
    let path = path.strip_prefix(r"\\?\").or_else(|| path.strip_prefix(r"\??\")).unwrap_or(path);
    let mut chars = path.chars();
    match (chars.next(), chars.next()) {
        (Some(drive), Some(':')) if drive.is_ascii_alphabetic() || drive == '?' || drive == '*' => chars.as_str(),
        (_, _) => path,
    }
}

/// The writable folder in which a folded path lies.
pub(super) fn holds(path: &str) -> Option<&'static str> {
    let path = behind_drive(path);
    if SAFE.iter().any(|safe| begins(path, safe)) {
        return None;
    }
    WRITABLE.iter().copied().find(|folder| begins(path, folder))
}

/// The writable folder that a part of a path names.
pub(super) fn within(part: &str) -> Option<&'static str> {
    if part.contains(r"\appdata\") {
        return Some(r"\Users\");
    }
    if SAFE.iter().any(|safe| part.contains(&safe.to_ascii_lowercase())) {
        return None;
    }
    WRITABLE.iter().copied().find(|folder| part.contains(&folder.to_ascii_lowercase()))
}

/// All of them.
pub(super) fn all() -> &'static [&'static str] {
    &WRITABLE
}

/// Writable folders below a folder that is named with its last backslash.
pub(super) fn below(folder: &str) -> impl Iterator<Item = &'static str> {
    let folder = behind_drive(folder).to_string();
    WRITABLE
        .iter()
        .copied()
        .filter(move |writable| folder.ends_with('\\') && writable.len() > folder.len() && begins(writable, &folder))
}

/// As people write it.
pub(super) fn shown(folder: &str) -> String {
    format!("C:{}", folder.trim_end_matches('\\'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_of_users_are_known_on_every_drive() {
        assert_eq!(holds(r"c:\users\eva\x.exe"), Some(r"\Users\"));
        assert_eq!(holds(r"d:\windows\temp\x.exe"), Some(r"\Windows\Temp\"));
        assert_eq!(holds(r"c:\windows\tempest\x.exe"), None);
        assert_eq!(holds(r"c:\programdata\microsoft\windows defender\x.exe"), None);
        assert_eq!(holds(r"c:\programdata\acme\x.exe"), Some(r"\ProgramData\"));
        assert_eq!(holds(r"\\?\c:\users\eva\x.exe"), Some(r"\Users\"));
        assert_eq!(holds(r"\device\harddiskvolume3\users\eva\x.exe"), Some(r"\Users\"));
        assert_eq!(within(r"\programdata\microsoft\"), None);
    }

    #[test]
    fn what_lies_below_counts_only_with_the_last_backslash() {
        assert!(below(r"c:\windows\system32\").any(|folder| folder.ends_with(r"\color\")));
        assert_eq!(below(r"c:\windows\system32").count(), 0);
        assert_eq!(below(r"c:\program files\").count(), 0);
    }
}
