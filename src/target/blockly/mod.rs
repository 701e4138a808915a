//! Rules as Blockly workspaces.
//!
//! In: a tree, and perhaps the workspace that it was drawn in before. Out: a workspace in JSON or XML that reads back as the
//! same tree, with the ids, places and stray blocks of the old one where there is one and a tidy layout where there is none.
//! Never here: meaning.
//!
//! | stage | from | to |
//! | --- | --- | --- |
//! | `raise` | the tree | blocks |
//! | `onto` | blocks, and an old workspace | the same blocks, where they stood |
//! | `tidy` | blocks | the rest gets ids and places |
//! | `json`, `xml` | a workspace | text |

pub mod json;
pub mod onto;
pub mod raise;
pub mod tidy;
pub mod xml;

pub use raise::{Raised, raise};

use crate::ast::Definition;
use crate::blockly::{BlockId, Workspace};
use crate::diagnostic::{Code, Diagnostic};
use crate::origin::Origin;
use crate::source::blockly::Format;

/// What a definition was drawn in before.
#[derive(Clone, Copy, Debug)]
pub struct Old<'a> {
    /// The workspace.
    pub workspace: &'a Workspace,
    /// Its blocks that are no part of a rule.
    pub aside: &'a [BlockId],
}

/// A workspace as text, and where its blocks come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Linked {
    /// The workspace.
    pub text: String,
    /// The ids of its blocks, each with its place in the definition, parents before what is in them.
    pub links: Vec<(String, Origin)>,
}

/// A definition as the text of a workspace, laid out as `old` is where there is one; else the findings that say what it cannot
/// hold.
pub fn write(def: &Definition, format: Format, old: Option<Old<'_>>) -> Result<String, Vec<Diagnostic>> {
    linked(def, format, old).map(|linked| linked.text)
}

/// The same, with where each block comes from.
pub fn linked(def: &Definition, format: Format, old: Option<Old<'_>>) -> Result<Linked, Vec<Diagnostic>> {
    let Raised { mut workspace, origins, mut diagnostics } = raise(def);
    let rules = workspace.tops.clone();
    if let Some(old) = old {
        onto::onto(&mut workspace, old.workspace, old.aside);
    }
    tidy::tidy(&mut workspace, &rules);
    let text = text(&workspace, format, def, &origins, &mut diagnostics);
    if !diagnostics.is_empty() {
        return Err(diagnostics);
    }
    // Blocks of the old workspace that are no part of a rule were added behind those that are.
    let links = workspace.blocks.into_iter().map(|block| block.id).zip(origins).collect();
    Ok(Linked { text, links })
}

fn text(
    workspace: &Workspace,
    format: Format,
    def: &Definition,
    origins: &[Origin],
    diagnostics: &mut Vec<Diagnostic>,
) -> String {
    match format {
        Format::Json => json::write(workspace),
        Format::Xml => {
            let (text, uncarried) = xml::write(workspace, xml::NAMESPACE);
            let place = |block: Option<BlockId>| {
                block.and_then(|id| origins.get(id.0 as usize)).copied().unwrap_or(Origin::whole(def.source))
            };
            diagnostics.extend(uncarried.into_iter().map(|uncarried| {
                let message = format!("XML cannot carry {}", uncarried.what);
                Diagnostic::new(Code::NotCarried, place(uncarried.block), message)
                    .help("write the rules as Blockly JSON, which can; or take it out")
            }));
            text
        }
    }
}

#[cfg(test)]
mod tests;
