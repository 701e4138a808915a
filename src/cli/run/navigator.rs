//! `run --navigator`: what was hit, as a layer of the MITRE ATT&CK Navigator.
//!
//! In: hits by alert. Out: a file in the format of layers, version 4.5: each technique that an alert with a hit names, with the number of
//! hits as its score and the alerts as its comment. Never here: techniques without a hit; ids that ATT&CK would not know by their form.
//!
//! A technique that ATT&CK has retired counts as the one that took its place, for the Navigator shows no other.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use super::hits::Counted;
use crate::check::is_technique;
use crate::cli::source::plural;
use crate::sysmon::retired::successor;

/// The version of ATT&CK that ids are of; that of [`crate::sysmon::retired`].
const ATTACK: &str = "19";
/// Alerts that a comment names.
const NAMED: usize = 20;

/// The layer.
pub(super) fn layer(counted: &Counted<'_>) -> String {
    // Of each technique, its alerts with their hits.
    let mut techniques: BTreeMap<&str, Vec<(u64, &str)>> = BTreeMap::new();
    for rule in &counted.rules {
        let ids = rule.rule.techniques.iter().map(String::as_str).filter(|id| is_technique(id));
        // Two that are the same today are one.
        for id in ids.map(|id| successor(id).unwrap_or(id)).collect::<BTreeSet<_>>() {
            techniques.entry(id).or_default().push((rule.hits, rule.rule.name));
        }
    }
    let score = |alerts: &Vec<(u64, &str)>| alerts.iter().map(|(hits, _)| hits).sum::<u64>();
    let most = techniques.values().map(score).max().unwrap_or(0).max(1);
    let listed: Vec<serde_json::Value> = techniques
        .into_iter()
        .map(|(id, mut alerts)| {
            alerts.sort_by(|a, b| (b.0, a.1).cmp(&(a.0, b.1)));
            let more = alerts.len().saturating_sub(NAMED);
            let named = alerts.iter().take(NAMED).map(|(hits, name)| format!("{name} ({hits})"));
            let more = (more > 0).then(|| format!("and {more} more"));
            let comment: Vec<String> = named.chain(more).collect();
            json!({
                "techniqueID": id,
                "score": score(&alerts),
                "comment": comment.join("\n"),
                "enabled": true,
                "metadata": [{ "name": "alerts", "value": alerts.len().to_string() }],
            })
        })
        .collect();
    let layer = json!({
        "name": "Blocksieve: hits of alerts",
        "versions": { "attack": ATTACK, "navigator": "5.1.0", "layer": "4.5" },
        "domain": "enterprise-attack",
        "description": counted.summed(),
        "sorting": 3,
        "layout": { "layout": "side", "showID": true, "showName": true, "expandedSubtechniques": "annotated" },
        "hideDisabled": false,
        "gradient": { "colors": ["#fff3b0", "#e6550d", "#a50f15"], "minValue": 0, "maxValue": most },
        "metadata": [
            { "name": "program", "value": format!("blocksieve {}", env!("CARGO_PKG_VERSION")) },
            { "name": "score", "value": "hits of alerts that name the technique" },
            { "name": "techniques", "value": plural(listed.len() as u64, "technique") },
        ],
        "techniques": listed,
    });
    format!("{layer:#}\n")
}
