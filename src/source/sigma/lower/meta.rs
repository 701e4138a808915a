//! What is said about a rule.
//!
//! In: Sigma's metadata. Out: the language's, in canonical order. Never here: what a rule asks.

use super::super::model::Meta;
use crate::ast::{self, At, MetaKey, MetaValue};

/// What is said about a rule, in canonical order.
pub(super) fn metadata(meta: &Meta) -> Vec<ast::Meta> {
    let mut all = Vec::new();
    let mut text = |key: MetaKey, at: &Option<At<String>>| {
        if let Some(at) = at.as_ref().filter(|at| !at.value.trim().is_empty()) {
            all.push(ast::Meta { key, value: MetaValue::Text(at.value.clone()), origin: at.origin });
        }
    };
    text(MetaKey::Id, &meta.id);
    text(MetaKey::Reason, &meta.description);
    text(MetaKey::Author, &meta.author);
    if let Some(level) = &meta.level {
        all.push(ast::Meta { key: MetaKey::Severity, value: MetaValue::Severity(level.value), origin: level.origin });
    }
    if let Some(status) = &meta.status {
        let value = MetaValue::Text(status.value.clone());
        all.push(ast::Meta { key: MetaKey::Status, value, origin: status.origin });
    }
    let (mut techniques, mut labels) = (Vec::new(), Vec::new());
    for tag in &meta.tags {
        match technique(&tag.value) {
            Some(technique) => techniques.push(At::new(technique, tag.origin)),
            // A label is one word; what else stands there was warned of.
            None => labels.push(At::new(tag.value.replace(char::is_whitespace, "_"), tag.origin)),
        }
    }
    let mut texts = |key: MetaKey, texts: Vec<At<String>>| {
        if let Some(first) = texts.first() {
            let origin = first.origin;
            all.push(ast::Meta { key, value: MetaValue::Texts(texts), origin });
        }
    };
    texts(MetaKey::Techniques, techniques);
    texts(MetaKey::Labels, labels);
    texts(MetaKey::References, meta.references.clone());
    texts(MetaKey::FalsePositives, meta.falsepositives.clone());
    all
}

/// `attack.t1059.001` is the technique T1059.001.
fn technique(tag: &str) -> Option<String> {
    let id = tag.strip_prefix("attack.")?.to_ascii_uppercase();
    let (technique, sub) = match id.split_once('.') {
        Some((technique, sub)) => (technique, Some(sub)),
        None => (id.as_str(), None),
    };
    let digits = |text: &str, count: usize| text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit());
    let right = technique.strip_prefix('T').is_some_and(|rest| digits(rest, 4)) && sub.is_none_or(|sub| digits(sub, 3));
    right.then_some(id)
}
