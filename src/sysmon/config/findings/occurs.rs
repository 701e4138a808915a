//! Values that a field never has, whatever happens: two ports where one stands, a network where an address does.
//!
//! In: a filter that matches only where its value, or one item of it, occurs. Out: one finding at the first text that never does, with what the field holds.
//! Never here: values that are only unlikely. `-`, which is what an empty field is, always can occur.

use std::net::IpAddr;

use super::super::model::{Condition, Filter};
use super::super::read::short;
use super::super::{environment, twin};
use super::Look;
use crate::diagnostic::{Code, Diagnostic};
use crate::sysmon::{FieldType, kind_of};

impl Look<'_, '_> {
    /// Is there a text in it that never occurs?
    pub(super) fn never_occurs(&mut self, filter: &Filter) -> bool {
        let (field, value) = (filter.field.value.as_str(), filter.value.value.as_str());
        if filter.condition.is_negative() || environment::names(value).next().is_some() {
            return false;
        }
        let items: Vec<&str> = match filter.condition {
            Condition::IsAny => value.split(';').collect(),
            list if list.takes_list() => twin::items(value).collect(),
            _ => vec![value],
        };
        // Empty items and blanks are told elsewhere.
        let mut plain = items.into_iter().filter(|item| !item.is_empty() && item.trim() == *item);
        let Some((item, holds)) = plain.find_map(|item| Some((item, instead(field, filter.condition, item)?))) else {
            return false;
        };
        let message = format!("{:?} never occurs in `{field}`, which holds {holds}", short(item));
        let found = Diagnostic::new(Code::NeverMatches, self.config.origin(filter.value.span), message);
        self.found.push(found.help("write the text as the field holds it; values of a list have `;` between them"));
        true
    }
}

/// What the field holds, if that is never this text.
fn instead(field: &str, condition: Condition, item: &str) -> Option<&'static str> {
    use Condition as C;
    let whole = match condition {
        C::Is | C::IsAny | C::Image => true,
        C::Contains | C::ContainsAny | C::ContainsAll | C::BeginWith | C::EndWith => false,
        // Compared as texts; and conditions that are not asked about here.
        C::LessThan | C::MoreThan | C::IsNot | C::Excludes | C::ExcludesAny | C::ExcludesAll => return None,
        C::NotBeginWith | C::NotEndWith => return None,
    };
    if item == "-" {
        return None;
    }
    let only = |test: fn(char) -> bool| item.chars().all(test);
    let (possible, holds) = match kind_of(field)? {
        FieldType::Number => {
            let digits = only(|c| c.is_ascii_digit());
            (digits && !(whole && item.len() > 1 && item.starts_with('0')), "one number without zeros in front")
        }
        FieldType::Address if whole => (item.parse::<IpAddr>().is_ok() || item.contains('%'), "one address"),
        FieldType::Address => (only(|c| c.is_ascii_hexdigit() || matches!(c, '.' | ':' | '%')), "one address"),
        // Of `Archived` it is not known that it holds nothing else.
        FieldType::Boolean if field != "Archived" => {
            let item = item.to_ascii_lowercase();
            let possible =
                ["true", "false"].iter().any(|text| if whole { *text == item } else { text.contains(&item) });
            (possible, "true or false")
        }
        // In paths of Linux every character can be.
        FieldType::Path if !item.contains('/') => {
            (only(|c| !matches!(c, '*' | '"')), "a path, in which no `*` and no quotes can be")
        }
        FieldType::Hashes if whole => (item.contains('='), "hashes with their names, as in `MD5=…,SHA256=…`"),
        FieldType::Boolean | FieldType::Path | FieldType::Hashes => return None,
        FieldType::Text | FieldType::Texts | FieldType::Hex | FieldType::Guid | FieldType::Time => return None,
    };
    (!possible).then_some(holds)
}
