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
//!   - rule: [first, second]
//!     mutant: ["widen: msg.dataset == 'sysmon' -> msg.dataset contains 'sysmon'"]
//!     reason: nothing sets another data set
//! ```
//!
//! An entry with several rules or mutants is each of these changes in each of these rules, so that one reason is given once; each of them has
//! to be there, and none is named by half.

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
        let mut texts: [Vec<(String, Origin)>; 3] = Default::default();
        let mut fits = true;
        for entry in item.entries() {
            let key = entry.key.key().unwrap_or_default();
            let text = |node: Node<'_>| {
                let text = node.scalar()?.text.trim().to_string();
                (!text.is_empty()).then(|| (text, place(node)))
            };
            let several = key != "reason" && !entry.value.items().is_empty();
            let nodes = if several { entry.value.items() } else { vec![entry.value] };
            let read: Option<Vec<(String, Origin)>> = nodes.into_iter().map(text).collect();
            match (KEYS.iter().position(|known| *known == key), read) {
                (Some(at), Some(read)) => {
                    if let Some(slot) = texts.get_mut(at) {
                        *slot = read;
                    }
                }
                (Some(_), None) => {
                    fits = false;
                    let (is, help) = match key {
                        "reason" => ("a text", "write it in quotes"),
                        _ => ("a text, or a list of texts", "write each in quotes"),
                    };
                    found.push(fault(place(entry.value), &format!("`{key}` is {is}"), help));
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
        let [rules, mutants, reasons] = texts;
        let is_whole = !rules.is_empty() && !mutants.is_empty() && !reasons.is_empty();
        if fits && !is_whole {
            found.push(fault(
                place(item),
                "a listed mutant has a rule, a mutant and a reason",
                "say why no test needs to notice the change",
            ));
        }
        let Some((reason, _)) = reasons.first().filter(|_| fits) else { continue };
        let alone = rules.len() * mutants.len() == 1;
        for (rule, at_rule) in &rules {
            for (mutant, at_mutant) in &mutants {
                // Of several, what is stale is told where it stands.
                let origin = match (alone, mutants.len()) {
                    (true, _) => place(item),
                    (false, 1) => *at_rule,
                    (false, _) => *at_mutant,
                };
                let (rule, mutant, reason) = (rule.clone(), mutant.clone(), reason.clone());
                listed.push(Listed { rule, mutant, reason, origin });
            }
        }
    }
    (listed, found)
}
