//! Values as one would write them for a field.
//!
//! In: the name of a field, what the catalogue says of it, a number or a text. Out: a value that such a field could have; a text with a
//! little more before or behind it, so that it still reads like one. Always the same. Never here: what a test asks.

use crate::sysmon::{Catalogue, FieldType};

/// What the values of a field look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Look {
    Path,
    Command,
    Registry,
    Pipe,
    User,
    Host,
    Address,
    Number,
    Hex,
    Boolean,
    Guid,
    Time,
    Hash,
    Word,
}

impl Look {
    /// Of a field, by its name in the program.
    pub(super) fn of(catalogue: &Catalogue, name: &str) -> Self {
        let resolved = catalogue.resolve(name);
        let short = resolved.def.map_or(name, |def| def.name.as_str());
        let short = short.rsplit('.').next().unwrap_or(short).to_lowercase();
        let has = |words: &[&str]| words.iter().any(|word| short.contains(word));
        match resolved.def.map(|def| def.kind) {
            Some(FieldType::Path) => Self::Path,
            Some(FieldType::Address) => Self::Address,
            Some(FieldType::Number) => Self::Number,
            Some(FieldType::Hex) => Self::Hex,
            Some(FieldType::Boolean) => Self::Boolean,
            Some(FieldType::Guid) => Self::Guid,
            Some(FieldType::Time) => Self::Time,
            Some(FieldType::Hashes) => Self::Hash,
            Some(FieldType::Text | FieldType::Texts) | None if short.starts_with("hash_") => Self::Hash,
            Some(FieldType::Text | FieldType::Texts) | None if has(&["commandline"]) => Self::Command,
            Some(FieldType::Text | FieldType::Texts) | None if has(&["targetobject"]) => Self::Registry,
            Some(FieldType::Text | FieldType::Texts) | None if has(&["pipe"]) => Self::Pipe,
            Some(FieldType::Text | FieldType::Texts) | None if has(&["user", "account"]) => Self::User,
            Some(FieldType::Text | FieldType::Texts) | None if has(&["computer", "host", "queryname", "domain"]) => {
                Self::Host
            }
            Some(FieldType::Text | FieldType::Texts) | None => Self::Word,
        }
    }

    /// May a value be any text, so that a little more in it leaves one?
    pub(super) fn is_text(self) -> bool {
        match self {
            Self::Path | Self::Command | Self::Registry | Self::Pipe | Self::User | Self::Host | Self::Word => true,
            Self::Address | Self::Number | Self::Hex | Self::Boolean | Self::Guid | Self::Time | Self::Hash => false,
        }
    }

    /// The first, second, ... value that comes to mind.
    pub(super) fn usual(self, number: u32) -> String {
        let (high, low) = (number / 250, number % 250);
        match self {
            Self::Path => format!("C:\\Program Files\\Tools\\tool{number}.exe"),
            Self::Command => format!("tool.exe /run {number}"),
            Self::Registry => format!("HKLM\\SOFTWARE\\Tools\\Value{number}"),
            Self::Pipe => format!("\\tool{number}"),
            Self::User => format!("CORP\\user{number}"),
            Self::Host => format!("ws{number:02}.example.org"),
            Self::Address => format!("10.0.{high}.{low}"),
            Self::Number => (1000 + u64::from(number)).to_string(),
            Self::Hex => format!("0x{:x}", 0x1000 + u64::from(number)),
            Self::Boolean => (number % 2 == 1).to_string(),
            Self::Guid => format!("{{00000000-0000-0000-0000-{number:012}}}"),
            Self::Time => format!("2025-01-01 00:{:02}:{:02}.000", number / 60 % 60, number % 60),
            Self::Hash => format!("{number:064X}"),
            Self::Word => format!("value{number}"),
        }
    }

    /// A text with a little more behind it.
    pub(super) fn longer(self, text: &str) -> String {
        let more = match self {
            Self::Path if text.ends_with('\\') => "tool.exe",
            Self::Path => ".bak",
            Self::Command => " /quiet",
            Self::Registry if text.ends_with('\\') => "Value",
            Self::Registry | Self::Pipe | Self::User => "2",
            Self::Host if text.ends_with('.') => "example.com",
            Self::Host => ".example.com",
            Self::Hex | Self::Number | Self::Address | Self::Hash => "0",
            Self::Boolean | Self::Guid | Self::Time | Self::Word => " 2",
        };
        format!("{text}{more}")
    }

    /// A text with a little more before it.
    pub(super) fn led(self, text: &str) -> String {
        let more = match self {
            // A drive may stand at the beginning only; what names one is led by what Windows puts before long paths.
            Self::Path if text.get(1..2) == Some(":") => "\\\\?\\",
            Self::Path if text.starts_with('\\') => "C:\\Users\\alice",
            Self::Path => "C:\\Users\\alice\\",
            Self::Command => "cmd.exe /c ",
            Self::Registry if text.starts_with('\\') => "HKLM\\SOFTWARE",
            Self::Registry => "HKLM\\SOFTWARE\\",
            Self::Pipe => "\\tool",
            Self::User => "CORP\\",
            Self::Host if text.starts_with('.') => "www",
            Self::Host => "my-",
            Self::Number | Self::Address | Self::Hash => "1",
            Self::Hex | Self::Boolean | Self::Guid | Self::Time | Self::Word => "my ",
        };
        format!("{more}{text}")
    }

    /// A text in the place of the file name or folder of one that has both.
    pub(super) fn beside(self, text: &str) -> Vec<String> {
        if !matches!(self, Self::Path | Self::Registry) {
            return Vec::new();
        }
        let (folder, name) = text.split_at(text.rfind('\\').map_or(0, |at| at + 1));
        vec![format!("{folder}tools\\{name}"), format!("{folder}my-{name}"), format!("C:\\Users\\alice\\{name}")]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_has_values_as_one_would_write_them() {
        let catalogue = Catalogue::standard();
        let of = |name: &str| {
            let look = Look::of(&catalogue, name);
            [look.usual(1), look.longer(&look.usual(1)), look.led(&look.usual(1))]
        };
        let [value, longer, led] = of("Image");
        assert_eq!(value, "C:\\Program Files\\Tools\\tool1.exe");
        assert_eq!((longer, led), (format!("{value}.bak"), format!("\\\\?\\{value}")));
        assert_eq!(of("DestinationIp")[0], "10.0.0.1");
        assert_eq!(of("QueryName")[1], "ws01.example.org.example.com");
        assert_eq!(of("User")[0], "CORP\\user1");
        assert_eq!(of("CommandLine")[2], "cmd.exe /c tool.exe /run 1");
        assert_eq!(of("Computer")[0], "ws01.example.org");
        assert_eq!(of("TargetObject")[0], "HKLM\\SOFTWARE\\Tools\\Value1");
        assert_eq!(of("DestinationPort")[0], "1001");
    }
}
