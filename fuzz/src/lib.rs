//! What must hold of any bytes that a reader is given.
//!
//! In: bytes. Out: nothing, or a panic that names what broke. Never here: expectations about what is understood.

use blocksieve::ast;
use blocksieve::origin::{SourceId, Sources};
use blocksieve::source::blockly::{Format, Outside, read};
use blocksieve::target;

/// A workspace is read without a panic, and if without an error, it goes round: through text, JSON and XML, onto itself.
pub fn workspace(data: &[u8], format: Format) {
    let Ok(text) = blocksieve::source::decode(data) else { return };
    let (drawn, found) = read(SourceId(0), &text, format, Outside::NOTHING);
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
        let (again, errors) = read(SourceId(0), &blocks, format, Outside::NOTHING);
        assert!(errors.iter().all(|found| !found.is_error()), "{blocks}\n{errors:?}");
        assert!(ast::same(&drawn.definition, &again.definition), "{blocks}");
    }
}
