//! What must hold of any bytes that are read as a workspace.
//!
//! In: bytes. Out: nothing, or a panic that names what broke. Never here: expectations about what is understood.

use blocksieve::ast;
use blocksieve::blockly::Registry;
use blocksieve::blockly::registry::Column;
use blocksieve::origin::{SourceId, Sources};
use blocksieve::source::blockly::{Format, Outside, read};
use blocksieve::target;

/// What the log manager's exports name: one of each, under ids that are quickly found.
fn registry() -> Registry {
    let one = |id: &str, name: &str| [(id.to_string(), name.to_string())].into();
    Registry {
        tags: one("t", "tag"),
        templates: one("m", "mail"),
        tables: [("l".to_string(), Column { table: "ports".to_string(), column: "service".to_string() })].into(),
        prefix_lists: [("n".to_string(), "10.0.0.0/8".parse().ok().map(|net| (net, "10.0.0.0/8".to_string())))]
            .into_iter()
            .map(|(id, network)| (id, network.into_iter().collect()))
            .collect(),
        ..Registry::default()
    }
}

/// A workspace is read without a panic, and if without an error, it goes round: through text, JSON and XML, onto itself; an
/// export of the log manager also through another one.
pub fn workspace(data: &[u8], format: Format) {
    let Ok(text) = blocksieve::source::decode(data) else { return };
    let registry = registry();
    let outside = Outside { name: "fuzz", registry: &registry };
    let (drawn, found) = read(SourceId(0), &text, format, outside);
    // Every place can be shown.
    let mut sources = Sources::default();
    let id = sources.add_drawn("fuzz", text.as_str(), drawn.names.clone());
    assert!(
        found
            .iter()
            .all(|found| found.primary.origin.source == id && !sources.describe(found.primary.origin).is_empty())
    );
    let _ = blocksieve::diagnostic::render::json::render(&found, &sources);
    // And whatever is found of names and types is found without a panic.
    let _ = blocksieve::compile_text(&text, &[]);
    if found.iter().any(|found| found.is_error()) {
        return;
    }
    let written = target::text::write(&drawn.definition);
    let (again, errors) = blocksieve::source::text::parse(SourceId(0), &written);
    assert!(errors.iter().all(|found| !found.is_error()), "{written}\n{errors:?}");
    assert!(ast::same(&drawn.definition, &again), "text: {written}");
    let old = target::blockly::Old { workspace: &drawn.workspace, aside: &drawn.aside };
    for format in [Format::Json, Format::Xml] {
        let Ok(blocks) = target::blockly::write(&drawn.definition, format, Some(old)) else { continue };
        let (again, errors) = read(SourceId(0), &blocks, format, outside);
        assert!(errors.iter().all(|found| !found.is_error()), "{blocks}\n{errors:?}");
        assert!(ast::same(&drawn.definition, &again.definition), "{blocks}");
    }
    if drawn.manager {
        // Only what JSON can carry and XML cannot may be refused.
        match target::logmanager::write(&drawn.definition, &registry) {
            Err(refused) => assert!(
                refused.iter().all(|found| found.code == blocksieve::diagnostic::Code::NotCarried),
                "{written}\n{refused:?}"
            ),
            Ok(export) => {
                let (again, errors) = read(SourceId(0), &export, Format::Xml, outside);
                assert!(errors.iter().all(|found| !found.is_error()), "{export}\n{errors:?}");
                assert!(ast::same(&drawn.definition, &again.definition), "{written}\n{export}");
            }
        }
    }
}
