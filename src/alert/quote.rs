//! Values in commands that people copy into a shell.
//!
//! In: any text. Out: one word of a POSIX shell, which PowerShell reads alike unless the text holds a single quote. Never here: a text that could
//! end the word, whatever an endpoint wrote.

/// As one word.
pub fn shell(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '/' | ':' | '-' | '+' | '=' | ',');
    // What begins with a dash would be taken for an option by whoever reads the word.
    if !text.is_empty() && text.chars().all(plain) && !text.starts_with('-') {
        return text.to_string();
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// Is it a GUID in braces, `{747F3D96-68DB-5E76-0000-0010B6A50000}`?
pub fn is_guid(text: &str) -> bool {
    let Some(inner) = text.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) else { return false };
    let groups: Vec<&str> = inner.split('-').collect();
    groups.iter().map(|group| group.len()).eq([8, 4, 4, 4, 12])
        && groups.iter().all(|group| group.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_stays_one_word() {
        assert_eq!(shell("logs/Sysmon.evtx"), "logs/Sysmon.evtx");
        assert_eq!(shell(""), "''");
        assert_eq!(shell("-rf"), "'-rf'");
        assert_eq!(shell(r"C:\a b.exe"), r"'C:\a b.exe'");
        assert_eq!(shell("a'; rm -rf ~; '"), r"'a'\''; rm -rf ~; '\'''");
        assert_eq!(shell("$(id)`id`\n%x%"), "'$(id)`id`\n%x%'");
    }

    #[test]
    fn only_a_guid_is_one() {
        assert!(is_guid("{747F3D96-68DB-5E76-0000-0010B6A50000}"));
        for none in ["", "{}", "747F3D96-68DB-5E76-0000-0010B6A50000", "{747F3D96-68DB-5E76-0000-0010B6A5000'}"] {
            assert!(!is_guid(none), "{none}");
        }
    }
}
