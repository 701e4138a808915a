//! What the name of a Sysmon rule says.
//!
//! In: the text of `RuleName`, as the author of a configuration wrote it. Out: techniques of MITRE ATT&CK, their name, tactic, and
//! whatever else the usual conventions hold. Never here: which rule of which configuration it was.
//!
//! | configuration | form |
//! | --- | --- |
//! | sysmon-modular | `technique_id=T1055,technique_name=Process Injection` |
//! | SwiftOnSecurity, Neo23x0 | `T1060,RunKey`, `Alert,Metasploit` |
//! | ion-storm | `MitreRef=T1117,Technique=...,Tactic=...,Alert=...`; `MR=T1195,Tec=...,Tac=...,Alert=...,Risk=10` |
//!
//! A name is split at its commas, a part at its first `=`. Ids of techniques count wherever they stand, up to [`TECHNIQUES`].

use std::collections::BTreeSet;

use super::retired::{is_retired, successor};
use crate::limits::TECHNIQUES;

/// The parts of a rule name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RuleName {
    /// Ids of techniques in the order in which they stand, in capitals, each once: `T1055`, `T1574.010`; at most [`TECHNIQUES`].
    pub techniques: Vec<String>,
    /// What the author calls the technique.
    pub technique_name: Option<String>,
    /// The tactic.
    pub tactic: Option<String>,
    /// What the author calls the alert.
    pub alert: Option<String>,
    /// How bad the author finds it.
    pub risk: Option<String>,
    /// Parts that are none of these, in order.
    pub words: Vec<String>,
}

impl RuleName {
    /// Reads a name; `None`: there is none, which Sysmon writes as `-`, or leaves empty.
    pub fn parse(text: &str) -> Option<RuleName> {
        let text = text.trim();
        if text.is_empty() || text == "-" {
            return None;
        }
        let mut name = RuleName { techniques: techniques(text), ..RuleName::default() };
        for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
            let Some((key, value)) = part.split_once('=') else {
                if !is_technique(part) {
                    name.words.push(part.to_string());
                }
                continue;
            };
            let value = value.trim();
            let place = match key.trim().to_ascii_lowercase().as_str() {
                // The ids were found already.
                "technique_id" | "mitreref" | "mr" => continue,
                "technique" if is_technique(value) => continue,
                "technique_name" | "technique" | "tec" => &mut name.technique_name,
                "tactic" | "tac" => &mut name.tactic,
                "alert" => &mut name.alert,
                "risk" => &mut name.risk,
                _ => {
                    name.words.push(part.to_string());
                    continue;
                }
            };
            if place.is_none() && !value.is_empty() {
                *place = Some(value.to_string());
            }
        }
        Some(name)
    }

    /// Those of the techniques that ATT&CK has retired since.
    pub fn retired(&self) -> impl Iterator<Item = &str> {
        self.techniques.iter().map(String::as_str).filter(|id| is_retired(id))
    }
}

/// The page of a technique; of a retired one, that of the technique that took its place.
pub fn technique_url(id: &str) -> String {
    format!("https://attack.mitre.org/techniques/{}/", successor(id).unwrap_or(id).replace('.', "/"))
}

fn is_technique(text: &str) -> bool {
    length_of_id(text) == Some(text.len())
}

/// Ids of techniques in a text: `T` and four digits, perhaps a dot and three more, at the bounds of words.
fn techniques(text: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let mut seen = BTreeSet::new();
    let mut before = None;
    for (at, letter) in text.char_indices() {
        let word = |c: char| c.is_alphanumeric() || c == '_';
        let starts = !before.is_some_and(word);
        before = Some(letter);
        let Some(rest) = text.get(at..).filter(|_| starts) else { continue };
        let Some(length) = length_of_id(rest) else { continue };
        if rest.get(length..).and_then(|rest| rest.chars().next()).is_some_and(word) {
            continue;
        }
        let id = rest.get(..length).unwrap_or_default().to_ascii_uppercase();
        if seen.insert(id.clone()) {
            found.push(id);
        }
        if found.len() == TECHNIQUES {
            break;
        }
    }
    found
}

/// The length of the id at the start of a text.
fn length_of_id(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let digits = |from: usize, count: usize| {
        bytes.get(from..from + count).is_some_and(|digits| digits.iter().all(u8::is_ascii_digit))
    };
    if !matches!(bytes.first(), Some(b'T' | b't')) || !digits(1, 4) {
        return None;
    }
    let sub = bytes.get(5) == Some(&b'.') && digits(6, 3) && !digits(9, 1);
    Some(if sub { 9 } else { 5 })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> String {
        let Some(name) = RuleName::parse(text) else { return "none".to_string() };
        let show = |label: &str, value: &Option<String>| value.as_ref().map(|value| format!("{label}={value}"));
        let mut parts = vec![name.techniques.join("+")];
        parts.extend(show("name", &name.technique_name));
        parts.extend(show("tactic", &name.tactic));
        parts.extend(show("alert", &name.alert));
        parts.extend(show("risk", &name.risk));
        parts.extend((!name.words.is_empty()).then(|| name.words.join("|")));
        parts.join("; ")
    }

    #[test]
    fn the_usual_conventions() {
        let table = [
            ("-", "none"),
            ("", "none"),
            ("technique_id=T1055,technique_name=Process Injection", "T1055; name=Process Injection"),
            (
                "technique_id=T1574.010,technique_name=Services File Permissions Weakness",
                "T1574.010; name=Services File Permissions Weakness",
            ),
            ("technique=T1036,technique_name=Masquerading", "T1036; name=Masquerading"),
            ("technique_id=T,technique_name=", ""),
            ("technique_id=T1055; Possible Cobalt Strike", "T1055"),
            ("T1099", "T1099"),
            ("T1060,RunKey", "T1060; RunKey"),
            ("Alert,Metasploit", "; Alert|Metasploit"),
            (
                "MitreRef=T1117,Technique=Regsvr32,Tactic=Defense Evasion,Alert=Squiblydoo",
                "T1117; name=Regsvr32; tactic=Defense Evasion; alert=Squiblydoo",
            ),
            ("MitreRef=ToDo", ""),
            (
                "MR=T1195,Tec=Supply Chain Compromise,Tac=Initial Access,Alert=Dell,Risk=10",
                "T1195; name=Supply Chain Compromise; tactic=Initial Access; alert=Dell; risk=10",
            ),
            ("t1003.001 and T1003.001, T1059", "T1003.001+T1059; t1003.001 and T1003.001"),
            ("XT1003 T10031 T1003x T1003.0010", "T1003; XT1003 T10031 T1003x T1003.0010"),
        ];
        for (text, parts) in table {
            assert_eq!(parse(text), parts, "{text}");
        }
    }

    #[test]
    fn of_very_many_techniques_the_first_count() {
        let ids: Vec<String> = (1000..9000).map(|id| format!("T{id}")).collect();
        // Some come again before others come at all.
        let text = format!("{},{}", ids[..TECHNIQUES / 2].join(",").repeat(2), ids.join(",").repeat(50));
        let name = RuleName::parse(&text).unwrap();
        assert_eq!(name.techniques[..10], ids[..10]);
        assert_eq!(name.techniques.len(), TECHNIQUES);
    }

    #[test]
    fn links_lead_to_what_took_the_place_of_a_retired_technique() {
        assert_eq!(technique_url("T1574.010"), "https://attack.mitre.org/techniques/T1574/010/");
        assert_eq!(technique_url("T1060"), "https://attack.mitre.org/techniques/T1547/001/");
        let name = RuleName::parse("T1060,T1055").unwrap();
        assert_eq!(name.retired().collect::<Vec<_>>(), ["T1060"]);
        // Retired without a successor: its own page says so.
        assert_eq!(technique_url("T1064"), "https://attack.mitre.org/techniques/T1064/");
        let name = RuleName::parse("T1064,T1562.001,T1685").unwrap();
        assert_eq!(name.retired().collect::<Vec<_>>(), ["T1064", "T1562.001"]);
    }
}
