//! What the uuids in the log manager's exports stand for.
//!
//! In: a project's settings. Out: names for tags, templates, tables and prefix lists, both ways. Never here: files.

use std::collections::BTreeMap;

use ipnet::IpNet;

/// A column of a lookup table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// The table's name in the project.
    pub table: String,
    /// The column whose value is given.
    pub column: String,
}

/// Names by uuid.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Registry {
    /// Tags.
    pub tags: BTreeMap<String, String>,
    /// Mail templates.
    pub templates: BTreeMap<String, String>,
    /// Lookup tables, with the column that a search gives.
    pub tables: BTreeMap<String, Column>,
    /// IP prefix lists, each network as written.
    pub prefix_lists: BTreeMap<String, Vec<(IpNet, String)>>,
    /// Where the vendor of a hardware address stands, by the address.
    pub vendors: Option<Column>,
    /// The table of what the log manager knows of an IP address: its columns are `city`, `country_code` and so on.
    pub addresses: Option<String>,
}

impl Registry {
    /// What the log manager adds to an IP address, as columns of the table of [`Registry::addresses`].
    pub const ADDRESS: [&str; 6] = ["city", "country_code", "country_name", "ptr", "as_number", "as_organization"];

    /// Nothing is known.
    pub const EMPTY: Registry = Registry {
        tags: BTreeMap::new(),
        templates: BTreeMap::new(),
        tables: BTreeMap::new(),
        prefix_lists: BTreeMap::new(),
        vendors: None,
        addresses: None,
    };
}

/// The uuid of a value.
pub(crate) fn uuid<'a, T: PartialEq>(map: &'a BTreeMap<String, T>, value: &T) -> Option<&'a str> {
    map.iter().find(|(_, have)| *have == value).map(|(uuid, _)| uuid.as_str())
}
