//! Tables of broken drawings: one finding each, whose wording a snapshot holds.

use crate::drawings::{Both, check};

/// Each drawing yields one finding of this code at this place (`#block.part`, or `:line:column`), checking included.
pub fn table(name: &str, cases: &[(&str, String, &str)]) {
    let (mut wording, mut failed) = (String::new(), String::new());
    for (what, drawing, expected) in cases {
        let (told, _) = check(drawing);
        match told.as_slice() {
            [one] if one.starts_with(&format!("{expected} ")) => wording.push_str(&format!("{what}\n    {one}\n")),
            _ => failed.push_str(&format!("{what}, expected {expected}: {told:#?}\n{drawing}\n")),
        }
    }
    assert!(failed.is_empty(), "{failed}");
    insta::assert_snapshot!(name, wording);
}

/// The same in both formats, which must say the same.
pub fn table_in_both(name: &str, cases: &[(&str, Both, &str)]) {
    let json: Vec<_> = cases.iter().map(|(what, both, expected)| (*what, both.json.clone(), *expected)).collect();
    table(name, &json);
    for (what, both, _) in cases {
        let (json, xml) = (check(&both.json).0, check(&both.xml).0);
        assert_eq!(json, xml, "{what}\n{}", both.xml);
    }
}
