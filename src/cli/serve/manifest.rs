//! blocksieve.toml for the page, which has no reader of TOML.
//!
//! In: its text. Out: what the page hands to the engine. Never here: what is wrong with it; `check` says that.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::dialect::AgentVersion;

/// The settings as the engine takes them, without the texts of the tables. Tables in the order of their names.
#[derive(Debug, Serialize)]
pub(super) struct Manifest {
    name: Option<String>,
    winlogbeat: String,
    tables: Vec<Table>,
    /// Their names; none: there is no project file.
    templates: Option<Vec<String>>,
    logmanager: Option<Value>,
    collect: Option<Value>,
}

#[derive(Debug, Serialize)]
struct Table {
    name: String,
    file: String,
    key: String,
    hashes: Vec<String>,
}

#[derive(Debug, Default, Deserialize)]
struct Written {
    name: Option<String>,
    winlogbeat: Option<String>,
    #[serde(default)]
    tables: BTreeMap<String, WrittenTable>,
    #[serde(default)]
    templates: BTreeMap<String, Value>,
    logmanager: Option<Value>,
    collect: Option<Value>,
}

#[derive(Debug, Deserialize)]
struct WrittenTable {
    file: String,
    key: String,
    #[serde(default)]
    hashes: Vec<String>,
}

/// What a file says; none: it is no project file as it stands. No text: a folder without one.
pub(super) fn read(text: Option<&str>) -> Option<Manifest> {
    let Written { name, winlogbeat, tables, templates, logmanager, collect } =
        toml::from_str(text.unwrap_or_default()).ok()?;
    let table = |(name, WrittenTable { file, key, hashes })| Table { name, file, key, hashes };
    Some(Manifest {
        name,
        winlogbeat: winlogbeat.unwrap_or_else(|| AgentVersion::DEFAULT.to_string()),
        tables: tables.into_iter().map(table).collect(),
        templates: text.map(|_| templates.into_keys().collect()),
        logmanager,
        collect,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_page_is_told() {
        let text = "name = \"x\"\n[tables.white]\nfile = \"t/white.csv\"\nkey = \"sha256\"\n[templates.t]\nsubject = \"s\"\ntext = \"t.txt\"\n[logmanager.tags]\nu = \"t\"\n";
        insta::assert_json_snapshot!(read(Some(text)), @r#"
        {
          "name": "x",
          "winlogbeat": "8.17",
          "tables": [
            {
              "name": "white",
              "file": "t/white.csv",
              "key": "sha256",
              "hashes": []
            }
          ],
          "templates": [
            "t"
          ],
          "logmanager": {
            "tags": {
              "u": "t"
            }
          },
          "collect": null
        }
        "#);
        assert!(read(None).is_some());
        assert!(read(Some("name = ")).is_none());
    }
}
