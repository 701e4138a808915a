//! The rules that an event does not rule out.
//!
//! In: what to look at in events of its kind, and the event. Out: a bit for each rule of the stage. Never here: evaluation; what a rule
//! asks.
//!
//! A field that holds anything but a sound text rules nothing out, and neither does one that the event's form lost: whoever reads it
//! must fail, or report, as it does without this.

use super::frame::decode;
use crate::event::{EventView, Raw};
use crate::limits;
use crate::ruleset::{FieldPlan, Form, Plan};

/// The buffers of one thread.
#[derive(Default)]
pub(super) struct Candidates {
    /// A bit for each rule of the stage.
    words: Vec<u64>,
    folded: String,
    text: String,
    bytes: Vec<u8>,
}

impl Candidates {
    /// Finds them.
    pub(super) fn find(&mut self, plan: &Plan, view: &dyn EventView) {
        self.words.clear();
        self.words.extend_from_slice(&plan.always);
        for field in &plan.fields {
            self.look(field, view);
        }
    }

    /// The first of them from a rule on, both counted from the stage's first.
    pub(super) fn next(&self, from: u32) -> Option<u32> {
        let mut at = from as usize / 64;
        let mut word = self.words.get(at)? & u64::MAX << (from % 64);
        while word == 0 {
            at += 1;
            word = *self.words.get(at)?;
        }
        Some(at as u32 * 64 + word.trailing_zeros())
    }

    fn look(&mut self, plan: &FieldPlan, view: &dyn EventView) {
        let Candidates { words, folded, text, bytes } = self;
        let mut add = |rules: &[u32]| {
            for rule in rules {
                if let Some(word) = words.get_mut(*rule as usize / 64) {
                    *word |= 1 << (rule % 64);
                }
            }
        };
        match view.raw(plan.slot) {
            Raw::Absent | Raw::Null => {
                if view.undecidable(plan.slot).is_some() {
                    add(&plan.readers);
                }
            }
            Raw::Json(inside) if inside.len() <= limits::VALUE_BYTES => {
                if !is_plain(inside) {
                    text.clear();
                    if decode(inside, text).is_err() {
                        return add(&plan.readers);
                    }
                    add(&plan.present);
                    if let Some(field) = &plan.field {
                        folded.clear();
                        crate::fold::fold_into(text, folded);
                        bytes.clear();
                        Form::Escaped.append(folded, bytes);
                        field.search(Form::Escaped, bytes, &mut add);
                    }
                    return;
                }
                add(&plan.present);
                if let Some(field) = &plan.field {
                    bytes.clear();
                    bytes.extend_from_slice(inside);
                    bytes.make_ascii_lowercase();
                    field.search(Form::Escaped, bytes, &mut add);
                }
            }
            Raw::Text(value) if value.len() <= limits::VALUE_BYTES => {
                add(&plan.present);
                if let Some(field) = &plan.field {
                    folded.clear();
                    crate::fold::fold_into(value, folded);
                    field.search(Form::Plain, folded.as_bytes(), &mut add);
                }
            }
            Raw::Json(_)
            | Raw::Text(_)
            | Raw::Bool(_)
            | Raw::Number(_)
            | Raw::List(_)
            | Raw::Map(_)
            | Raw::Malformed => add(&plan.readers),
        }
    }
}

/// Is the inside of a JSON string ASCII without control characters, and nothing escaped in it but quotes and backslashes?
fn is_plain(inside: &[u8]) -> bool {
    let odd = inside.iter().fold(false, |odd, byte| odd | !(0x20..0x80).contains(byte));
    if odd {
        return false;
    }
    let mut behind = 0;
    for at in memchr::memchr_iter(b'\\', inside) {
        if at < behind {
            continue;
        }
        if !matches!(inside.get(at + 1), Some(b'\\' | b'"')) {
            return false;
        }
        behind = at + 2;
    }
    true
}

#[cfg(test)]
mod tests {
    use super::is_plain;

    #[test]
    fn only_quotes_and_backslashes_are_escaped_in_a_plain_text() {
        for plain in [r"", r"abc", r"C:\\Windows\\", r#"\"a\" \\\\ \\\""#] {
            assert!(is_plain(plain.as_bytes()), "{plain}");
        }
        for other in [r"\n", r"a\u0041", r"\\\/", r"\\\", "\t", "é", r"\x"] {
            assert!(!is_plain(other.as_bytes()), "{other}");
        }
    }
}
