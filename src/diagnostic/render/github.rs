//! Annotations of a GitHub workflow: a workflow command a finding.
//!
//! `::error file=F,line=1,endLine=1,col=3,endColumn=9,title=BS0401 …::message`, notes as `::notice`. Columns stand only where
//! the place lies in one line, because GitHub takes them only there; they count characters from 1, `endColumn` is one past
//! the last. Help follows the message on a line of its own; a drawn place follows in brackets, because GitHub knows no blocks.
//! Whatever a rule contains can neither end the command nor begin another: line ends, `%` and in properties `:` and `,` are
//! escaped as GitHub says, all else that is not seen as [`visible`](super::visible) does.

use super::place::Places;
use super::visible::{visible, visible_lines};
use crate::diagnostic::{Diagnostic, Severity};
use crate::origin::Sources;

/// A line a finding; nothing at all where there are none.
pub fn render(diagnostics: &[Diagnostic], sources: &Sources) -> String {
    let mut places = Places::new(sources);
    let mut out = String::new();
    for diagnostic in diagnostics {
        let command = match diagnostic.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Note => "notice",
        };
        let place = places.find(diagnostic.primary.origin);
        let mut properties = format!("file={}", property(place.file));
        if let Some(range) = place.range {
            properties.push_str(&format!(",line={},endLine={}", range.start.line, range.end.line));
            if range.start.line == range.end.line {
                properties.push_str(&format!(",col={},endColumn={}", range.start.column, range.end.column));
            }
        }
        if let Some(at) = place.at {
            properties.push_str(&format!(",line={}", at.line));
        }
        properties
            .push_str(&format!(",title={}", property(&format!("{} {}", diagnostic.code, diagnostic.code.title()))));

        let mut message = visible(&diagnostic.message).into_owned();
        if let Some(block) = place.block {
            let field = place.field.map(|field| format!(", field {}", visible(field))).unwrap_or_default();
            message.push_str(&format!(" (block {}{field})", visible(block)));
        }
        if let Some(help) = &diagnostic.help {
            message.push_str(&format!("\nhelp: {}", visible_lines(help)));
        }
        out.push_str(&format!("::{command} {properties}::{}\n", data(&message)));
    }
    out
}

/// The text of a command: `%` first, then line ends.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// A property of a command.
fn property(text: &str) -> String {
    data(&visible(text)).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Code;
    use crate::diagnostic::render::sample;
    use crate::origin::{Origin, Span};

    #[test]
    fn a_command_a_finding() {
        let (diagnostics, sources) = sample::set();
        insta::assert_snapshot!(render(&diagnostics, &sources));
    }

    #[test]
    fn a_message_cannot_begin_a_command_of_its_own() {
        let mut sources = Sources::default();
        let id = sources.add("a,b:c\n::error::x", "abc\ndef");
        let nasty = Diagnostic::new(Code::Syntax, Origin::span(id, Span::new(1, 2)), "100%\r\n::warning::gotcha")
            .help("first\n::set-output name=x::y");
        insta::assert_snapshot!(
            render(&[nasty], &sources),
            @r"::error file=a%2Cb%3Ac\n%3A%3Aerror%3A%3Ax,line=1,endLine=1,col=2,endColumn=3,title=BS0100 not the language::100%25\r\n::warning::gotcha%0Ahelp: first%0A::set-output name=x::y"
        );
    }

    #[test]
    fn no_columns_over_several_lines() {
        let mut sources = Sources::default();
        let id = sources.add("a", "abc\ndef");
        let wide = Diagnostic::new(Code::Syntax, Origin::span(id, Span::new(1, 6)), "m");
        let line = render(&[wide], &sources);
        assert!(line.starts_with("::error file=a,line=1,endLine=2,title="), "{line}");
    }
}
