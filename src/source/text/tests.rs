//! The text language by example.

use super::*;
use crate::ast::show::{show, show_condition};
use crate::origin::Sources;

/// The tree of a text without faults.
fn tree(text: &str) -> String {
    let (def, diagnostics) = parse(SourceId(0), text);
    assert!(diagnostics.is_empty(), "{}", faults(text));
    show(&def)
}

/// The findings of a text: `code line:column message / help`.
fn faults(text: &str) -> String {
    let (_, diagnostics) = parse(SourceId(0), text);
    rendered(text, &diagnostics)
}

fn rendered(text: &str, diagnostics: &[Diagnostic]) -> String {
    let mut sources = Sources::default();
    let id = sources.add("rules", text);
    let mut out = String::new();
    for finding in diagnostics {
        let at = finding.primary.origin.as_span().map_or_else(String::new, |span| {
            let at = sources.line_column(id, span.start);
            format!("{}:{}", at.line, at.column)
        });
        let help = finding.help.as_deref().unwrap_or("-");
        out += &format!("{} {at} {} / {help}\n", finding.code, finding.message);
    }
    out
}

#[test]
fn the_rules_of_the_design() {
    let text = r#"
// Names that the operating system itself resolves all day
filter "Sysmon: routine DNS of Windows" {
    reason "Update and telemetry names, resolved all day by every host"
    if event is sysmon.dns_query
       and Image == 'C:\Windows\System32\svchost.exe'
       and QueryName ends with any ['.windowsupdate.com', '.events.data.microsoft.com'] {
        drop
    }
}

alert "Sysmon: significant security event" {
    if not has tag "whitelisted"
       and ((has tag "suspicious" and msg.eventid in [4, 15, 16, 255])
            or msg.rulename contains any ['Credential Dumping', 'Process Injection', 'Sysmon Bypass']) {
        send mail using template "sysmon"
    }
}
"#;
    insta::assert_snapshot!(tree(text));
}
