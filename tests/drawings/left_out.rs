//! What counts as none is kept beside the rules, when they are written again.

use blocksieve::source::blockly::Format;
use blocksieve::target::blockly::{Old, write};

use crate::drawings::{Read, asks, dns, read, workspace};

/// The drawing, read and written where it stood; what was left out stands alone.
#[track_caller]
fn again(drawing: &str, format: Format) -> (String, Read) {
    let first = read(drawing);
    let drawn = first.drawn.as_ref().expect("it is drawn");
    let old = Old { workspace: &drawn.workspace, aside: &drawn.aside };
    let written = write(&first.definition, format, Some(old)).expect("both formats can carry it");
    let second = read(&written);
    assert!(blocksieve::ast::same(&first.definition, &second.definition), "{written}");
    (written, second)
}

/// The ids of blocks that stand alone and begin no rule.
fn alone(read: &Read) -> Vec<&str> {
    let drawn = read.drawn.as_ref().expect("it is drawn");
    drawn.aside.iter().map(|id| drawn.workspace.block(*id).id.as_str()).collect()
}

#[test]
fn a_line_about_a_rule_that_is_switched_off_stands_alone_without_what_stood_below_it() {
    let line = |id: &str, level: &str, below: &str| {
        format!(r#"{{"type":"rule_severity","id":"{id}","fields":{{"LEVEL":"{level}"}}{below}}}"#)
    };
    let off = |line: String| line.replacen("\"id\"", "\"disabledReasons\":[\"MANUALLY_DISABLED\"],\"id\"", 1);
    let note = r#"{"type":"rule_note","id":"why","fields":{"KEY":"REASON","TEXT":"because"}}"#;
    let first = off(line("off", "LOW", &format!(r#","next":{{"block":{note}}}"#)));
    let last = note.replacen("}}", &format!(r#"}},"next":{{"block":{}}}}}"#, off(line("off", "LOW", ""))), 1);
    for meta in [first, last] {
        let both = workspace(&format!(
            r#"{{"type":"rule_classify","id":"r","fields":{{"NAME":"n"}},"inputs":{{
                "META":{{"block":{meta}}},"DO":{{"block":{{"type":"rule_stop","id":"s"}}}}}}}}"#
        ));
        for (drawing, format) in [(&both.json, Format::Json), (&both.xml, Format::Xml)] {
            assert_eq!(alone(&read(drawing)), ["off"], "{drawing}");
            let (written, second) = again(drawing, format);
            assert_eq!(alone(&second), ["off"], "{written}");
            assert_eq!(second.told.len(), 1, "{:?}", second.told);
            assert!(second.told[0].starts_with("BS0810 #off "), "{:?}", second.told);
            assert_eq!(written.matches("because").count(), 1, "{written}");
        }
    }
}

#[test]
fn a_shadow_that_was_left_out_is_a_block_where_it_stands_alone() {
    // Blockly loads no shadow that stands alone, and neither do we.
    let both = asks(&format!(
        r#"{{"type":"logic_operation","id":"and","fields":{{"OP":"AND"}},"inputs":{{"A":{{"block":{}}},"B":{{"shadow":
            {{"type":"field_test","id":"off","disabledReasons":["MANUALLY_DISABLED"],"fields":{{"TYPE":"EXISTS"}},
              "inputs":{{"VALUE":{{"shadow":{{"type":"event_field","id":"f","fields":{{"NAME":"Image"}}}}}}}}}}}}}}}}"#,
        dns("is")
    ));
    for (drawing, format) in [(&both.json, Format::Json), (&both.xml, Format::Xml)] {
        let (written, second) = again(drawing, format);
        assert_eq!(alone(&second), ["off"], "{written}");
        let codes: Vec<&str> = second.told.iter().map(|told| &told[..6]).collect();
        assert_eq!(codes, ["BS0810"], "{:?}", second.told);
    }
}
