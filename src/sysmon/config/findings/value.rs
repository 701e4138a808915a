//! What is doubtful in the value of one filter.
//!
//! In: a filter. Out: findings at its value. Never here: what filters do to each other.

use super::super::model::{Condition, Filter, Placed};
use super::super::read::short;
use super::super::{environment, twin, write};
use super::Look;
use crate::diagnostic::{Code, Diagnostic};

impl Look<'_, '_> {
    pub(super) fn filter(&mut self, filter: &Filter) {
        let schema = self.config.schema.value;
        let condition = filter.condition;
        let word = condition.word();
        if schema < condition.since() && schema != Default::default() {
            let since = condition.since();
            let message = format!("`{word}` is known from schema {since} on, and this is {schema}");
            let span = filter.condition_span.unwrap_or(filter.span);
            self.report(Code::NewerThanSchema, span, message, format!("write schemaversion=\"{since}\" or later"));
        }
        let Placed { value, span } = &filter.value;
        let span = *span;
        if value.is_empty() {
            let what = if twin::compare(condition, "", "x\\") && twin::compare(condition, "", "x") {
                "matches every event"
            } else if condition == Condition::Image {
                "matches only paths that end in a backslash"
            } else {
                "matches no event"
            };
            let message = format!("`{word}` with an empty value {what}");
            self.report(Code::EmptyItem, filter.span, message, "write a value, or take the filter out");
            return;
        }
        if value.contains(';') {
            if condition.takes_list() {
                self.list(filter);
            } else {
                self.single(filter);
            }
        }
        self.variable(filter);
        self.letter(filter);
        self.order(filter);
        let edge = |text: &str| text.starts_with(['\n', '\r']) || text.ends_with(['\n', '\r']);
        let trimmed = value.trim_matches(['\n', '\r', ' ', '\t']);
        if edge(value.trim_matches([' ', '\t'])) && !trimmed.is_empty() {
            let message = "the line breaks around this value belong to it, so hardly anything ever matches";
            let diagnostic = Diagnostic::new(Code::NeverMatches, self.config.origin(span), message)
                .help("write the value on the line of its element")
                .fix(self.config.origin(span), write::escaped(trimmed));
            self.found.push(diagnostic);
        }
        if !self.never_occurs(filter) {
            self.whole_path(filter);
            self.hash(filter);
        }
    }

    /// A hash that the configuration does not compute.
    fn hash(&mut self, filter: &Filter) {
        if !matches!(filter.field.value.as_str(), "Hashes" | "Hash") || filter.condition.is_negative() {
            return;
        }
        let Some(option) =
            self.config.options.iter().find(|option| option.name.value == "HashAlgorithms" && option.read)
        else {
            return;
        };
        let computed: Vec<&str> = option.value.split(',').map(str::trim).collect();
        let not_computed = |item: &str| {
            let kind = item.split_once('=').map(|(kind, _)| kind.trim());
            let known =
                kind.filter(|kind| ["MD5", "SHA1", "SHA256", "IMPHASH"].iter().any(|k| k.eq_ignore_ascii_case(kind)));
            known.is_some_and(|kind| !computed.iter().any(|c| *c == "*" || c.eq_ignore_ascii_case(kind)))
        };
        let value = filter.value.value.as_str();
        let all = match filter.condition.takes_list() {
            true => value.split(';').all(not_computed),
            false => not_computed(value),
        };
        if all && !value.is_empty() {
            let message = format!("no event has this hash: the option `HashAlgorithms` is {:?}", short(&option.value));
            let diagnostic = Diagnostic::new(Code::NeverMatches, self.config.origin(filter.value.span), message)
                .related(self.config.origin(option.name.span), "the option")
                .help("add the algorithm to the option, or give another hash of the file");
            self.found.push(diagnostic);
        }
    }

    /// What can never be a path, or a part of one, where a path is compared.
    fn whole_path(&mut self, filter: &Filter) {
        use Condition as C;
        const PATHS: [&str; 6] =
            ["Image", "ParentImage", "SourceImage", "TargetImage", "ImageLoaded", "TargetFilename"];
        let (condition, field) = (filter.condition, filter.field.value.as_str());
        if field == "RuleName" {
            let message = "RuleName is what the rules make of the event: while they decide it is `-`";
            self.report(Code::NeverMatches, filter.span, message, "test what the rules of that name test");
            return;
        }
        let whole = matches!(condition, C::Is | C::IsAny | C::Image);
        if !PATHS.contains(&field) || !(whole || matches!(condition, C::BeginWith | C::EndWith)) {
            return;
        }
        let value = filter.value.value.as_str();
        let items: Vec<&str> = if condition == C::IsAny { value.split(';').collect() } else { vec![value] };
        let all = |test: fn(&str) -> bool| items.iter().all(|item| test(item));
        let word = condition.word();
        if !value.contains('%') && condition != C::EndWith && all(|text| text.get(1..3) == Some(":/")) {
            let message = format!("`{field}` has backslashes, so no path begins like this");
            self.report(Code::NeverMatches, filter.value.span, message, "write backslashes");
        } else if (condition != C::EndWith && all(|text| text.starts_with([' ', '\t'])))
            || (condition != C::BeginWith && all(|text| text.ends_with([' ', '\t'])))
        {
            let message = format!("the blanks around this value belong to it, so `{word}` never matches");
            let diagnostic = Diagnostic::new(Code::NeverMatches, self.config.origin(filter.value.span), message)
                .help("take them out")
                .fix(self.config.origin(filter.value.span), write::escaped(value.trim()));
            self.found.push(diagnostic);
        } else if condition == C::Image && value.contains('\\') && !begins_a_path(value) {
            let message = format!(
                "`image` compares a value with a backslash with all of `{field}`, and no path begins like this"
            );
            let help = "write condition=\"end with\" and a backslash in front of it, or the name alone";
            self.report(Code::NeverMatches, filter.span, message, help);
        } else if matches!(condition, C::Is | C::IsAny) && all(is_a_name) {
            let message = format!("`{field}` holds whole paths, so `{word}` a mere name never matches");
            let help = match condition {
                C::Is => "write condition=\"image\", which compares what stands behind the last backslash",
                _ => "write `image` filters, or `contains any` with a backslash before each name",
            };
            self.report(Code::NeverMatches, filter.span, message, help);
        }
    }

    /// A variable, which Sysmon on Windows puts in; and a value that is too long for that.
    fn variable(&mut self, filter: &Filter) {
        let Placed { value, span } = &filter.value;
        let units = value.encode_utf16().count();
        if value.contains('%') && units > environment::LONGEST {
            let message = format!(
                "a value with a percent sign and {units} characters: Sysmon on Windows puts variables in up to {} and else matches nothing",
                environment::LONGEST
            );
            self.report(
                Code::NeverMatches,
                *span,
                message,
                "write several filters, or take what has the percent sign into one of its own",
            );
        } else if environment::names(value).next().is_some() {
            let message = "Sysmon on Windows puts in the value of a variable of the event's session here, when it checks the event";
            let help = "the decisions here compare the text as it is written, unless `--env NAME=VALUE` gives the value; write a path out, or `contains` for the rest of it";
            self.report(Code::VariableInValue, *span, message, help);
        }
    }

    /// A letter beyond ASCII that has another case.
    fn letter(&mut self, filter: &Filter) {
        let other = |c: &char| !c.is_ascii() && (c.to_lowercase().ne([*c]) || c.to_uppercase().ne([*c]));
        if let Some(letter) = filter.value.value.chars().find(other) {
            let message = format!(
                "Sysmon ignores the case of A to Z; whether it does that of {letter:?} depends on the system: here it counts"
            );
            let help = "write both spellings in a list, or the part of the value that is ASCII";
            self.report(Code::LetterBeyondAscii, filter.value.span, message, help);
        }
    }

    /// Numbers under a condition that compares texts.
    fn order(&mut self, filter: &Filter) {
        let value = filter.value.value.trim();
        if matches!(filter.condition, Condition::LessThan | Condition::MoreThan)
            && !value.is_empty()
            && value.bytes().all(|byte| byte.is_ascii_digit())
        {
            let message =
                format!("`{}` compares texts, digit by digit: 443 is more than 1024", filter.condition.word());
            self.report(
                Code::OrderOfTexts,
                filter.value.span,
                message,
                "list the values that are meant, with `is any`",
            );
        }
    }

    /// A value with `;` under a condition that takes one.
    fn single(&mut self, filter: &Filter) {
        let items: Vec<&str> = filter.value.value.split(';').collect();
        if items.iter().any(|item| item.trim().is_empty()) {
            return;
        }
        let any = match filter.condition {
            Condition::Is | Condition::Image => Some("is any"),
            Condition::Contains => Some("contains any"),
            Condition::Excludes => Some("excludes any"),
            _ => None,
        };
        let word = filter.condition.word();
        let message = format!(
            "`{word}` takes one value: this one is compared with its semicolons, not as {} values",
            items.len()
        );
        let help = match any {
            Some(any) => format!("write condition=\"{any}\" if a list is meant"),
            None => "write a filter for each value, in a Rule or node with groupRelation=\"or\"".to_string(),
        };
        self.report(Code::ListUnderSingle, filter.value.span, message, help);
    }

    fn list(&mut self, filter: &Filter) {
        use Condition as C;
        let items: Vec<&str> = filter.value.value.split(';').collect();
        let span = filter.value.span;
        let word = filter.condition.word();
        let last = items.len() - 1;
        if let Some(empty) = items.iter().position(|item| item.is_empty()) {
            let (message, help) = match filter.condition {
                C::IsAny => ("an empty item of `is any` matches nothing".to_string(), "take the semicolon out"),
                C::ContainsAny if empty == last => {
                    ("the semicolon at the end makes an empty item, which is in every text: this filter matches every event".to_string(), "take the last semicolon out")
                }
                C::ExcludesAny if empty == last => {
                    ("the semicolon at the end makes an empty item, which is in every text: this filter matches no event".to_string(), "take the last semicolon out")
                }
                _ if empty == last => {
                    (format!("the semicolon at the end makes an empty item of `{word}`, which is in every text"), "take the last semicolon out")
                }
                _ => {
                    let rest = items.get(empty..).unwrap_or_default().join(";");
                    (format!("before an empty item Sysmon looks for the rest of the list as it stands: {:?}", short(&rest)), "take the second semicolon out")
                }
            };
            self.report(Code::EmptyItem, span, message, help);
        }
        let blank = |(n, item): &(usize, &&str)| {
            !item.trim().is_empty()
                && ((*n > 0 && item.starts_with(' '))
                    || (filter.condition == C::IsAny && *n < last && item.ends_with(' ')))
        };
        if let Some((_, item)) = items.iter().enumerate().find(blank) {
            let message = format!("the blank beside the semicolon belongs to the item: {:?}", short(item));
            self.report(Code::BlankInList, span, message, "take it out, unless the field has it too");
        }
    }
}

/// Is this a file's name without a folder?
fn is_a_name(text: &str) -> bool {
    let end = text.rsplit_once('.').map(|(_, end)| end.to_ascii_lowercase());
    !text.contains(['\\', '/']) && matches!(end.as_deref(), Some("exe" | "dll" | "sys" | "com" | "scr" | "ps1"))
}

/// Can a whole path begin like this? A drive, a share or device, a variable.
fn begins_a_path(text: &str) -> bool {
    text.starts_with(['\\', '%']) || text.get(1..3) == Some(":\\")
}
