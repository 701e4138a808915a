//! The hash and the file of an event.
//!
//! In: a record. Out: what a white list would have to hold, or why the record has nothing for one. Only the best hash that an
//! event has counts: SHA256, and where there is none SHA1, then MD5.

use super::hashes::{KINDS, NO_IMPHASH};
use super::{Refusal, Sheet};
use crate::ast::HashKind;
use crate::event::read::Record;
use crate::event::{Value, find};
use crate::sysmon::components::File;
use crate::sysmon::hashes::{self, FILES};
use crate::sysmon::{Catalogue, EventDef};

/// What an event says of a file.
#[derive(Clone, Debug)]
pub struct HashOfFile {
    /// The file that the hash belongs to.
    pub file: String,
    /// The hashes that may be taken, the best first.
    hashes: Vec<(HashKind, String)>,
    original_name: String,
    product: String,
    signature: String,
    valid: bool,
}

impl HashOfFile {
    /// What tells a component of Windows.
    pub fn facts(&self) -> File<'_> {
        let Self { file, original_name, product, signature, valid, .. } = self;
        File { path: file, original_name, product, signature, valid: *valid }
    }

    /// The hash that counts, and the column for it.
    pub fn hash(&self, sheet: &Sheet) -> Result<(usize, String), Refusal> {
        best(&self.hashes, sheet, "of the event")
    }

    /// The hashes that may be taken.
    pub fn values(&self) -> impl Iterator<Item = &String> {
        self.hashes.iter().map(|(_, value)| value)
    }
}

/// The best hash for which the table has a column. `whose` hashes they are is for people.
pub fn best(hashes: &[(HashKind, String)], sheet: &Sheet, whose: &str) -> Result<(usize, String), Refusal> {
    let column = |kind: HashKind| sheet.columns.iter().position(|column| column.hash == Some(kind));
    let hash = hashes.iter().find_map(|(kind, value)| Some((column(*kind)?, value.clone())));
    hash.ok_or_else(|| {
        let words: Vec<&str> = hashes.iter().map(|(kind, _)| kind.word()).collect();
        match words.as_slice() {
            [] => refused(format!("the list {whose} has no hash of a file"), format!("{NO_IMPHASH}; take the SHA256")),
            words => Refusal::usage(
                format!("the table has no column for the {} {whose}", words.join(" or ")),
                "add the column to the table, and its name to `hashes` in blocksieve.toml",
            ),
        }
    })
}

/// Of Sysmon's list of hashes those that may be taken, the best first.
pub fn hashes_of(list: &str) -> Vec<(HashKind, String)> {
    KINDS.into_iter().filter_map(|kind| Some((kind, hashes::hash(list, kind)?.to_string()))).collect()
}

/// Reads what a record says.
pub fn read(record: &Record<'_>) -> Result<HashOfFile, Refusal> {
    let here = format!("{}:{}", record.place.file, record.place.number);
    match record.view.whole() {
        Ok(members) => of_event(&members, &here),
        Err(damage) => Err(refused(format!("{here} is damaged: {damage}"), "choose another record".to_string())),
    }
}

fn of_event(members: &[(String, Value)], here: &str) -> Result<HashOfFile, Refusal> {
    let catalogue = Catalogue::standard();
    let text = |name: &str| -> String {
        let values = catalogue.resolve(name).path.paths.into_iter().filter_map(|path| find(members, &path));
        values.filter_map(plain).next().unwrap_or_default()
    };
    let event = event(&catalogue, &text).ok_or_else(|| {
        refused(format!("{here} is no event of Sysmon"), format!("a hash is taken from {}", takers()))
    })?;
    let Some(field) = hashes::file_field(event.id) else {
        let message = format!("no hash is taken from event {} ({})", event.id, event.title);
        return Err(refused(message, format!("it is taken from {}", takers())));
    };
    let all = text("Hashes");
    let mut hashes = hashes_of(&all);
    // Beside a SHA256 no other hash is asked for.
    if let [(HashKind::Sha256, _), ..] = hashes.as_slice() {
        hashes.truncate(1);
    }
    if hashes.is_empty() {
        let (message, why) = match hashes::hash(&all, HashKind::Imphash) {
            Some(_) => ("the event has an IMPHASH only", format!("{NO_IMPHASH}; ")),
            None => ("the event has no hash", String::new()),
        };
        let help =
            format!("{why}let Sysmon compute SHA256: <HashAlgorithms>SHA256</HashAlgorithms> in its configuration");
        return Err(refused(message.to_string(), help));
    }
    let file = text(field);
    if matches!(file.as_str(), "" | "-") {
        let help = "nobody could say what is whitelisted: give hash and file by hand if you know them";
        return Err(refused(format!("the event does not name the file: {field} is empty"), help.to_string()));
    }
    Ok(HashOfFile {
        file,
        hashes,
        original_name: text("OriginalFileName"),
        product: text("Product"),
        signature: text("Signature"),
        valid: text("Signed").eq_ignore_ascii_case("true") && text("SignatureStatus").eq_ignore_ascii_case("valid"),
    })
}

/// Which event of Sysmon this is.
fn event<'c>(catalogue: &'c Catalogue, text: &impl Fn(&str) -> String) -> Option<&'c EventDef> {
    let (provider, channel) = (text("Provider"), text("Channel"));
    let some = |text: &'_ str| (!text.is_empty()).then(|| text.to_string());
    let id = text("EventID").parse().ok()?;
    let at = catalogue.event_of(some(&provider).as_deref(), id, some(&channel).as_deref())?;
    catalogue.event_at(at)
}

/// A single value as text.
fn plain(value: &Value) -> Option<String> {
    match value {
        Value::Text(text) => Some(text.clone()),
        Value::Number(number) => Some(number.text()),
        Value::Bool(value) => Some(value.to_string()),
        Value::Null | Value::List(_) | Value::Map(_) => None,
    }
}

/// `events 1 (Image), 6 (ImageLoaded), …`
fn takers() -> String {
    let events: Vec<String> = FILES.iter().map(|(id, field)| format!("{id} ({field})")).collect();
    format!("events {}", events.join(", "))
}

fn refused(message: String, help: String) -> Refusal {
    Refusal::finding(message, help)
}
