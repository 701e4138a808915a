//! SARIF 2.1.0, the form that code scanning services and editors read.
//!
//! In: diagnostics and sources. Out: one log with one run. Never here: a path of this machine that the user did not give, a
//! time, a random id; the same findings give the same bytes.
//!
//! | of SARIF | holds |
//! | --- | --- |
//! | `tool.driver.rules` | the codes that occur, by number: title, meaning, the whole page as help, default level |
//! | `results[].message` | the message; the help follows as a second sentence |
//! | `artifactLocation.uri` | the name as the user gave it, percent-encoded; `./` in front is left out; an absolute path becomes a `file:` URI |
//! | `region` | lines and columns from 1, columns in Unicode code points (`columnKind`), `endColumn` one past the last |
//! | `logicalLocations` | the block and its field, where the rule is drawn |
//! | `relatedLocations` | the related places |
//! | `fixes` | the fix, where it changes a text |

use std::collections::BTreeSet;

use serde::Serialize;

use super::place::{Places, Range, Where};
use super::visible::ascii_json;
use crate::diagnostic::page::{explain, page};
use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::origin::{Origin, Sources};

#[derive(Serialize)]
struct Log {
    #[serde(rename = "$schema")]
    schema: &'static str,
    version: &'static str,
    runs: [Run; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Run {
    tool: Tool,
    column_kind: &'static str,
    results: Vec<Finding>,
}

#[derive(Serialize)]
struct Tool {
    driver: Driver,
}

#[derive(Serialize)]
struct Driver {
    name: &'static str,
    version: &'static str,
    rules: Vec<Rule>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Rule {
    id: String,
    short_description: Text,
    full_description: Text,
    help: Text,
    default_configuration: Configuration,
}

#[derive(Serialize)]
struct Configuration {
    level: &'static str,
}

#[derive(Serialize)]
struct Text {
    text: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    markdown: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Finding {
    rule_id: String,
    rule_index: usize,
    level: &'static str,
    message: Text,
    locations: [Location; 1],
    #[serde(skip_serializing_if = "Vec::is_empty")]
    related_locations: Vec<Location>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    fixes: Vec<Fix>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Location {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<usize>,
    physical_location: PhysicalLocation,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    logical_locations: Vec<LogicalLocation>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<Text>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PhysicalLocation {
    artifact_location: ArtifactLocation,
    #[serde(skip_serializing_if = "Option::is_none")]
    region: Option<Region>,
}

#[derive(Serialize)]
struct ArtifactLocation {
    uri: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Region {
    start_line: usize,
    start_column: usize,
    end_line: usize,
    end_column: usize,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct LogicalLocation {
    name: String,
    fully_qualified_name: String,
    kind: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Fix {
    description: Text,
    artifact_changes: [ArtifactChange; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ArtifactChange {
    artifact_location: ArtifactLocation,
    replacements: [Replacement; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Replacement {
    deleted_region: Region,
    inserted_content: Text,
}

fn text(text: impl Into<String>) -> Text {
    Text { text: text.into(), markdown: None }
}

fn level(severity: Severity) -> &'static str {
    severity.word()
}

fn rule(code: Code) -> Rule {
    let page = page(code);
    Rule {
        id: code.to_string(),
        short_description: text(page.title),
        full_description: text(page.meaning()),
        help: Text { text: explain(code), markdown: Some(page.markdown.to_string()) },
        default_configuration: Configuration { level: level(code.severity()) },
    }
}

fn region(range: Range) -> Region {
    Region {
        start_line: range.start.line,
        start_column: range.start.column,
        end_line: range.end.line,
        end_column: range.end.column,
    }
}

fn location(place: Where<'_>, id: Option<usize>, label: &str) -> Location {
    let artifact_location = ArtifactLocation { uri: uri(place.file) };
    let logical_locations = match (place.block, place.field) {
        (Some(block), field) => {
            let field = field.map(|field| format!(".{field}")).unwrap_or_default();
            vec![LogicalLocation {
                name: format!("{block}{field}"),
                fully_qualified_name: format!("{}#{block}{field}", place.file),
                kind: "block",
            }]
        }
        (None, _) => Vec::new(),
    };
    Location {
        id,
        physical_location: PhysicalLocation {
            artifact_location,
            region: place.range.or(place.at.map(|at| Range { start: at, end: at })).map(region),
        },
        logical_locations,
        message: (!label.is_empty()).then(|| text(label)),
    }
}

fn fix(origin: Origin, replacement: &str, places: &mut Places<'_>) -> Option<Fix> {
    let place = places.find(origin);
    Some(Fix {
        description: text(format!("write `{replacement}`")),
        artifact_changes: [ArtifactChange {
            artifact_location: ArtifactLocation { uri: uri(place.file) },
            replacements: [Replacement { deleted_region: region(place.range?), inserted_content: text(replacement) }],
        }],
    })
}

/// One log, indented, with a final line end.
pub fn render(diagnostics: &[Diagnostic], sources: &Sources) -> String {
    let mut places = Places::new(sources);
    let codes: Vec<Code> = diagnostics.iter().map(|d| d.code).collect::<BTreeSet<_>>().into_iter().collect();
    let results = diagnostics
        .iter()
        .map(|diagnostic| Finding {
            rule_id: diagnostic.code.to_string(),
            rule_index: codes.partition_point(|code| *code < diagnostic.code),
            level: level(diagnostic.severity),
            message: text(match &diagnostic.help {
                Some(help) => format!("{}. {help}", diagnostic.message),
                None => diagnostic.message.clone(),
            }),
            locations: [location(places.find(diagnostic.primary.origin), None, &diagnostic.primary.text)],
            related_locations: diagnostic
                .related
                .iter()
                .enumerate()
                .map(|(i, related)| location(places.find(related.origin), Some(i), &related.text))
                .collect(),
            fixes: diagnostic
                .fix
                .as_ref()
                .and_then(|change| fix(change.origin, &change.replacement, &mut places))
                .into_iter()
                .collect(),
        })
        .collect();
    let log = Log {
        schema: "https://json.schemastore.org/sarif-2.1.0.json",
        version: "2.1.0",
        runs: [Run {
            tool: Tool {
                driver: Driver {
                    name: "blocksieve",
                    version: env!("CARGO_PKG_VERSION"),
                    rules: codes.iter().copied().map(rule).collect(),
                },
            },
            column_kind: "unicodeCodePoints",
            results,
        }],
    };
    let mut out = ascii_json(serde_json::to_string_pretty(&log).unwrap_or_default());
    out.push('\n');
    out
}

/// A name as a URI: a relative reference, or a `file:` URI where the user gave an absolute path. On Windows `\` is the
/// separator it is there; elsewhere it is a character like others.
fn uri(name: &str) -> String {
    if cfg!(windows) { uri_of(&name.replace('\\', "/"), true) } else { uri_of(name, false) }
}

fn uri_of(name: &str, drives: bool) -> String {
    let bytes = name.as_bytes();
    let drive = drives && bytes.len() > 2 && bytes[0].is_ascii_alphabetic() && &bytes[1..3] == b":/";
    let (prefix, path) = if drive {
        (format!("file:///{}:", &name[..1]), &name[2..])
    } else if drives && name.starts_with("//") {
        ("file:".to_string(), name)
    } else if name.starts_with('/') {
        ("file://".to_string(), name)
    } else {
        (String::new(), name.trim_start_matches("./"))
    };
    let mut out = prefix;
    for byte in path.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => out.push(char::from(byte)),
            other => out.push_str(&format!("%{other:02X}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::render::sample;

    #[test]
    fn the_log_without_the_pages() {
        let (diagnostics, sources) = sample::set();
        let mut log: serde_json::Value = serde_json::from_str(&render(&diagnostics, &sources)).unwrap();
        for rule in log["runs"][0]["tool"]["driver"]["rules"].as_array_mut().unwrap() {
            // The pages are tested where they are; here they would only make the snapshot long.
            rule["help"] = serde_json::Value::Null;
            rule["fullDescription"] = serde_json::Value::Null;
        }
        log["runs"][0]["tool"]["driver"]["version"] = "…".into();
        insta::assert_snapshot!(serde_json::to_string_pretty(&log).unwrap());
    }

    #[test]
    fn each_result_points_at_its_rule_and_each_rule_has_its_page() {
        let (diagnostics, sources) = sample::set();
        let log: serde_json::Value = serde_json::from_str(&render(&diagnostics, &sources)).unwrap();
        let run = &log["runs"][0];
        for result in run["results"].as_array().unwrap() {
            let index = result["ruleIndex"].as_u64().unwrap() as usize;
            let rule = &run["tool"]["driver"]["rules"][index];
            assert_eq!(rule["id"], result["ruleId"]);
            assert!(rule["help"]["markdown"].as_str().unwrap().contains("**What to do.**"));
        }
    }

    #[test]
    fn names_become_uris_and_no_absolute_path_is_made_up() {
        assert_eq!(uri_of("rules/a b.rules", false), "rules/a%20b.rules");
        assert_eq!(uri_of("./rules/ž:1#2%.rules", false), "rules/%C5%BE%3A1%232%25.rules");
        assert_eq!(uri_of("../x.rules", false), "../x.rules");
        assert_eq!(uri_of("<stdin>", false), "%3Cstdin%3E");
        assert_eq!(uri_of("/srv/x.rules", false), "file:///srv/x.rules");
        assert_eq!(uri_of("a\\b.rules", false), "a%5Cb.rules");
        assert_eq!(uri_of("C:/rules/x y.rules", true), "file:///C:/rules/x%20y.rules");
        assert_eq!(uri_of("//server/share/x.rules", true), "file://server/share/x.rules");
    }

    #[test]
    fn nothing_found_is_a_log_without_results() {
        let log: serde_json::Value = serde_json::from_str(&render(&[], &Sources::default())).unwrap();
        assert_eq!(log["runs"][0]["results"], serde_json::json!([]));
    }
}
