//! Files in a folder of rules that look like rules and whose names say otherwise.
//!
//! In: a folder. Out: a warning for each such file, so that nobody takes for checked what nobody read. Never here: files whose names say
//! that they hold rules; what a file says beyond its shape.

use std::path::Path;

use super::files::below;
use super::load::{Loaded, RULE_ENDING, is_rules};
use super::{Failure, sigma};
use crate::diagnostic::{Code, Diagnostic};
use crate::origin::Origin;

/// Drawings of rules are not larger than that.
const BYTES: u64 = 4 << 20;

/// Warns of each such file below a folder, once.
pub(super) fn told(folder: &Path, loaded: &mut Loaded) -> Result<(), Failure> {
    // What ends like a file of Sigma is none of those that this looks for, and not opened again.
    for file in below(folder, |path| !sigma::has_ending(&path.to_string_lossy()) && !is_rules(path))? {
        let Some(right) = right_name(&file) else { continue };
        let named = file.strip_prefix(".").unwrap_or(&file).display().to_string().replace('\\', "/");
        if loaded.sources.iter().any(|(_, source)| source.name == named) {
            continue;
        }
        let source = loaded.sources.add(named, "");
        let message = "this looks like rules and is not read: its name does not end as names of rules do";
        loaded.diagnostics.push(
            Diagnostic::new(Code::UnreadRules, Origin::whole(source), message)
                .help(format!("call it {right}, or name the file itself")),
        );
    }
    Ok(())
}

/// The name that a file should have, if it looks like rules.
fn right_name(file: &Path) -> Option<String> {
    let name = file.file_name()?.to_str()?;
    let lower = name.to_ascii_lowercase();
    let stem = |length: usize| name.get(..name.len() - length);
    // `a.RULE`, `a.rules`; `a.rule.txt`, as editors save it.
    for ending in [".rule", ".rules", ".rule.txt", ".rules.txt"] {
        if lower.ends_with(ending) && lower.len() > ending.len() {
            return Some(format!("{}.{RULE_ENDING}", stem(ending.len())?));
        }
    }
    for ending in [".blocks.json", ".blocks.xml"] {
        if lower.ends_with(ending) {
            return Some(format!("{}{ending}", stem(ending.len())?));
        }
    }
    if lower.ends_with(".json") && is_drawn(file) {
        return Some(format!("{}.blocks.json", stem(".json".len())?));
    }
    None
}

/// Does a file hold a drawing as Blockly saves it?
fn is_drawn(file: &Path) -> bool {
    if !std::fs::metadata(file).is_ok_and(|data| data.is_file() && data.len() <= BYTES) {
        return false;
    }
    let Ok(bytes) = std::fs::read(file) else { return false };
    let Ok(serde_json::Value::Object(top)) = serde_json::from_slice(&bytes) else { return false };
    top.get("blocks").is_some_and(|blocks| blocks.get("languageVersion").is_some() && blocks.get("blocks").is_some())
}
