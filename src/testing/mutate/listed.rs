//! Mutants that are accepted, with a reason.
//!
//! In: the text of a `NAME.mutants.yaml`. Out: its entries with their places, and findings. An entry without a reason is none. Never here:
//! whether there is such a mutant; that is asked where the mutants are known.
//!
//! ```yaml
//! mutants:
//!   - rule: 'Sysmon: routine DNS of Windows'
//!     mutant: "leave-out: Image cased matches '^[A-Za-z]:[ -9;-~]+$'"
//!     reason: the path before it has no second colon
//! ```

use crate::diagnostic::{Code, Diagnostic, nearest};
use crate::origin::{Origin, SourceId};
use crate::yaml::{self, Node};

/// A mutant that is accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// The rule's name.
    pub rule: String,
    /// The mutant's label.
    pub mutant: String,
    /// Why no test needs to notice.
    pub reason: String,
    /// Where the entry stands.
    pub origin: Origin,
}

const KEYS: [&str; 3] = ["rule", "mutant", "reason"];

/// Reads a list.
pub fn read(source: SourceId, text: &str) -> (Vec<Listed>, Vec<Diagnostic>) {
    let mut found = Vec::new();
    let fault = |origin: Origin, message: &str, help: &str| {
        Diagnostic::new(Code::BadTest, origin, message.to_string()).help(help.to_string())
    };
    let shape = "write `mutants:` and below it a `- rule:`, `mutant:` and `reason:` for each";
    let documents = match yaml::read(text) {
        Ok(documents) => documents,
        Err(errors) => {
            for error in errors {
                let origin = Origin::span(source, error.place.span);
                found.push(Diagnostic::new(Code::BadTest, origin, error.message).help(error.help));
            }
            return (Vec::new(), found);
        }
    };
    let [document] = documents.as_slice() else {
        found.push(fault(Origin::whole(source), "a list of mutants is one document", shape));
        return (Vec::new(), found);
    };
    let root = document.root();
    let place = |node: Node<'_>| Origin::span(source, node.place().span);
    let mutants = match root.entries().as_slice() {
        [only] if matches!(only.key.key(), Ok("mutants")) => only.value,
        _ => {
            found.push(fault(place(root), "a list of mutants has one key, `mutants`", shape));
            return (Vec::new(), found);
        }
    };
    let items = mutants.items();
    if items.is_empty() {
        found.push(fault(place(mutants), "`mutants` is a list with at least one entry", shape));
    }
    let mut listed = Vec::new();
    for item in items {
        let mut texts: [Option<String>; 3] = [None, None, None];
        let mut fits = true;
        for entry in item.entries() {
            let key = entry.key.key().unwrap_or_default();
            let text = entry.value.scalar().map(|scalar| scalar.text.trim().to_string());
            match (KEYS.iter().position(|known| *known == key), text.filter(|text| !text.is_empty())) {
                (Some(at), Some(text)) => {
                    if let Some(slot) = texts.get_mut(at) {
                        *slot = Some(text);
                    }
                }
                (Some(_), None) => {
                    fits = false;
                    found.push(fault(place(entry.value), &format!("`{key}` is a text"), "write it in quotes"));
                }
                (None, _) => {
                    fits = false;
                    let help = match nearest(key, KEYS) {
                        Some(near) => format!("did you mean `{near}`?"),
                        None => "its keys are rule, mutant, reason".to_string(),
                    };
                    found.push(fault(place(entry.key), &format!("a listed mutant has no key `{key}`"), &help));
                }
            }
        }
        match texts {
            [Some(rule), Some(mutant), Some(reason)] => {
                listed.push(Listed { rule, mutant, reason, origin: place(item) });
            }
            _ if fits => found.push(fault(
                place(item),
                "a listed mutant has a rule, a mutant and a reason",
                "say why no test needs to notice the change",
            )),
            _ => {}
        }
    }
    (listed, found)
}
