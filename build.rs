//! Makes Rust of `grammar/blocks.json`: an enum of the blocks and a static table of their shapes; and takes the editor's page
//! into the program, if it was built.
//!
//! In: the file; with the feature `serve`, what `www/build.sh` left in `www/dist`. Out: `blocks.rs`, which
//! `src/blockly/vocabulary.rs` includes; `page.rs` for `src/cli/serve/assets.rs`. A fault in the file fails the build with its
//! place. Never here: labels, tooltips and colours, which only the editor and the manual need; and building the page, which
//! needs Node.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::hash::{DefaultHasher, Hasher};

use serde_json::Value;

const FILE: &str = "grammar/blocks.json";
const PAGE: &str = "www/dist";

fn main() {
    println!("cargo::rerun-if-changed={FILE}");
    println!("cargo::rerun-if-changed=build.rs");
    if let Err(fault) = generate() {
        println!("cargo::error={FILE}: {fault}");
    }
    if std::env::var_os("CARGO_FEATURE_SERVE").is_some()
        && let Err(fault) = page()
    {
        println!("cargo::error={PAGE}: {fault}");
    }
}

/// A table of the files of the page, an empty one where it was not built. A file with the same name and `.gz` beside it is
/// taken in its place.
fn page() -> Result<(), String> {
    println!("cargo::rerun-if-changed={PAGE}");
    let root = std::path::absolute(PAGE).map_err(|error| error.to_string())?;
    // Of a folder that is not there cargo would think that it changed, each time. Where none can be made, so be it.
    let _ = std::fs::create_dir_all(&root);
    let mut files = Vec::new();
    gather(&root, "", &mut files)?;
    files.sort();
    let mut table = String::from("static PAGE: &[Asset] = &[\n");
    for name in &files {
        if name.strip_suffix(".gz").is_some_and(|plain| files.binary_search_by(|file| file.as_str().cmp(plain)).is_ok())
        {
            continue;
        }
        let packed = format!("{name}.gz");
        let gzip = files.binary_search(&packed).is_ok();
        let path = root.join(if gzip { &packed } else { name });
        let path = path.to_str().ok_or("the path is not Unicode")?;
        let bytes = std::fs::read(path).map_err(|error| format!("{path}: {error}"))?;
        let mut hasher = DefaultHasher::new();
        hasher.write(&bytes);
        let tag = format!("{:016x}", hasher.finish());
        let _ = writeln!(
            table,
            "    Asset {{ path: {name:?}, bytes: include_bytes!({path:?}), gzip: {gzip}, tag: {tag:?} }},"
        );
    }
    table.push_str("];\n");
    let folder = std::env::var("OUT_DIR").map_err(|error| error.to_string())?;
    std::fs::write(std::path::Path::new(&folder).join("page.rs"), table).map_err(|error| error.to_string())
}

/// The files of a folder and of those in it, by their names with slashes.
fn gather(folder: &std::path::Path, prefix: &str, files: &mut Vec<String>) -> Result<(), String> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Ok(()) };
    for entry in entries {
        let entry = entry.map_err(|error| error.to_string())?;
        let name = entry.file_name().into_string().map_err(|name| format!("{} is not Unicode", name.display()))?;
        let name = format!("{prefix}{name}");
        if entry.path().is_dir() {
            gather(&entry.path(), &format!("{name}/"), files)?;
        } else {
            files.push(name);
        }
    }
    Ok(())
}

fn generate() -> Result<(), String> {
    let text = std::fs::read_to_string(FILE).map_err(|error| error.to_string())?;
    let file: Value = serde_json::from_str(&text).map_err(|error| error.to_string())?;
    let mut out = String::new();
    for (key, module, about) in [
        ("blocks", "ours", "The blocks of the rule language."),
        ("logmanager", "logmanager", "The log manager's blocks, as far as their form was published."),
    ] {
        let Some(blocks) = file.get(key) else { continue };
        vocabulary(array(blocks, key)?, module, about, &mut out)?;
    }
    let folder = std::env::var("OUT_DIR").map_err(|error| error.to_string())?;
    std::fs::write(std::path::Path::new(&folder).join("blocks.rs"), out).map_err(|error| error.to_string())
}

fn vocabulary(blocks: &[Value], module: &str, about: &str, out: &mut String) -> Result<(), String> {
    let mut kinds = String::new();
    let mut all = String::new();
    let mut defs = String::new();
    let mut seen = BTreeSet::new();
    for block in blocks {
        let name = text(block, "type", "a block")?;
        if !seen.insert(name) {
            return Err(format!("the block {name} stands twice"));
        }
        let camel = camel(name);
        // Writing to a String cannot fail.
        let _ = writeln!(kinds, "        /// `{name}`\n        {camel},");
        let _ = write!(all, "Kind::{camel}, ");
        let _ =
            writeln!(defs, "        {},", definition(block, name).map_err(|fault| format!("block {name}: {fault}"))?);
    }
    let _ = writeln!(
        out,
        "/// {about}\npub mod {module} {{\n    use super::*;\n    /// Which block.\n    #[derive(Clone, Copy, Debug, \
         PartialEq, Eq, Hash, PartialOrd, Ord)]\n    pub enum Kind {{\n{kinds}    }}\n    impl Kind {{\n        /// All, in \
         the order of [`BLOCKS`].\n        pub const ALL: &'static [Kind] = &[{all}];\n    }}\n    /// Their shapes.\n    pub \
         static BLOCKS: &[BlockDef] = &[\n{defs}    ];\n}}"
    );
    Ok(())
}

fn definition(block: &Value, name: &str) -> Result<String, String> {
    let shape = match text(block, "shape", name)? {
        "hat" => "Shape::Hat".to_string(),
        "metadata" => "Shape::Metadata".to_string(),
        "statement" => "Shape::Statement".to_string(),
        "step" => "Shape::Step".to_string(),
        "value" => format!("Shape::Value(&{:?})", texts(block.get("output"), "output")?),
        other => return Err(format!("{other} is no shape")),
    };
    let extra = match block.get("extra") {
        None => String::new(),
        Some(extra) => array(extra, "extra")?.iter().map(extra_def).collect::<Result<String, String>>()?,
    };
    let parts = block.get("parts").and_then(Value::as_object).ok_or("it has no parts")?;
    // In the order in which the rows name them, as Blockly saves them.
    let rows = texts(block.get("rows"), "rows")?;
    let lead = block.get("lead").and_then(Value::as_object);
    let lines = rows.iter().map(|row| lead.and_then(|lead| lead.get(*row)?.as_str()).unwrap_or(row));
    let sentence = lines.collect::<Vec<&str>>().join(" ") + &rows.concat();
    let mut order: Vec<(usize, &String, &Value)> = Vec::new();
    for (name, part) in parts {
        let place = sentence.find(&format!("{{{name}}}")).ok_or_else(|| format!("no row names {name}"))?;
        order.push((place, name, part));
    }
    order.sort_by_key(|(place, _, _)| *place);
    let parts = order.iter().map(|(_, name, part)| part_def(name, part)).collect::<Result<String, String>>()?;
    let written = block.get("written") != Some(&Value::Bool(false));
    Ok(format!(
        "BlockDef {{ name: {name:?}, shape: {shape}, parts: &[{parts}], extra: &[{extra}], written: {written} }}"
    ))
}

fn extra_def(extra: &Value) -> Result<String, String> {
    let (name, mutation) = (text(extra, "name", "extra")?, text(extra, "mutation", "extra")?);
    let kind = match text(extra, "kind", "extra")? {
        "flag" => "ExtraKind::Flag".to_string(),
        "count" => {
            let absent = extra.get("absent").and_then(Value::as_u64).ok_or("a count needs `absent`")?;
            format!("ExtraKind::Count {{ absent: {absent} }}")
        }
        other => return Err(format!("{other} is no kind of extra state")),
    };
    Ok(format!("ExtraDef {{ name: {name:?}, mutation: {mutation:?}, kind: {kind} }}, "))
}

fn part_def(name: &str, part: &Value) -> Result<String, String> {
    let kind = match (part.get("field").and_then(Value::as_str), part.get("input").and_then(Value::as_str)) {
        (Some("text"), None) => "PartKind::Text".to_string(),
        (Some("pick"), None) => "PartKind::Text".to_string(),
        (Some("number"), None) => "PartKind::Number".to_string(),
        (Some("variable"), None) => "PartKind::Variable".to_string(),
        (Some("literal"), None) => format!("PartKind::Literal({:?})", text(part, "literal", name)?),
        (Some("options"), None) => {
            let options = array(part.get("options").unwrap_or(&Value::Null), "options")?;
            let keys: Option<Vec<&str>> = options.iter().map(|option| option.get(1)?.as_str()).collect();
            format!("PartKind::Options(&{:?})", keys.ok_or("an option is [label, key]")?)
        }
        (None, Some("value")) => format!("PartKind::Value(&{:?})", texts(part.get("check"), "check")?),
        (None, Some("statements")) => format!("PartKind::Statements(&{:?})", texts(part.get("check"), "check")?),
        _ => return Err(format!("part {name} is neither a field nor an input that is known")),
    };
    let repeat = match part.get("repeat") {
        None => "None".to_string(),
        Some(repeat) => format!(
            "Some(Repeat {{ count: {:?}, plus: {}, least: {}, first: &{:?}, then: {:?} }})",
            text(repeat, "count", name)?,
            repeat.get("plus").and_then(Value::as_u64).unwrap_or(0),
            repeat.get("least").and_then(Value::as_u64).unwrap_or(0),
            match repeat.get("first") {
                None => Vec::new(),
                first => texts(first, "first")?,
            },
            text(repeat, "then", name)?,
        ),
    };
    let when = part.get("when").map(|_| text(part, "when", name)).transpose()?;
    let optional = part.get("optional") == Some(&Value::Bool(true));
    Ok(format!("Part {{ name: {name:?}, kind: {kind}, repeat: {repeat}, when: {when:?}, optional: {optional} }}, "))
}

fn array<'a>(value: &'a Value, what: &str) -> Result<&'a Vec<Value>, String> {
    value.as_array().ok_or_else(|| format!("`{what}` is no list"))
}

fn text<'a>(value: &'a Value, key: &str, what: &str) -> Result<&'a str, String> {
    value.get(key).and_then(Value::as_str).ok_or_else(|| format!("{what} has no text `{key}`"))
}

fn texts<'a>(value: Option<&'a Value>, what: &str) -> Result<Vec<&'a str>, String> {
    let list = array(value.unwrap_or(&Value::Null), what)?;
    list.iter().map(|item| item.as_str().ok_or_else(|| format!("`{what}` holds something that is no text"))).collect()
}

/// `rule_filter` as `RuleFilter`.
fn camel(name: &str) -> String {
    name.split('_')
        .map(|word| {
            let mut chars = word.chars();
            chars.next().map_or(String::new(), |first| first.to_uppercase().chain(chars).collect())
        })
        .collect()
}
