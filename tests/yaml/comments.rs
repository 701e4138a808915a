//! Which comments belong to what.

use blocksieve::yaml::{Node, read};

use crate::{one, value};

fn above(node: Node<'_>) -> Vec<&str> {
    node.comments_above().iter().map(|comment| comment.text.as_ref()).collect()
}

fn beside(node: Node<'_>) -> Option<&str> {
    node.comment_beside().map(|comment| comment.text.as_ref())
}

const RULES: &str = "\
# the head

# first
#   second
processors: # of the key
  # noise
  - drop_event: # drops
      when.equals: # the test
        # why
        a: 'x # y' # the value
    # not above the next item
  # one
# two
  - 'z' # item

  # apart

  - |  # block
    # text
    # text
  - [a, # in it
     b] # behind
  # the end
last: 1 # of it
# tail
";

#[test]
fn comments_stand_above_what_follows_and_beside_what_ends_before_them() {
    let document = one(RULES);
    let processors = document.root().entries()[0];
    assert_eq!(above(processors.key), ["first", "second"]);
    assert_eq!(beside(processors.key), Some("of the key"));
    let items = processors.value.items();
    assert_eq!(above(items[0]), ["noise"]);
    let when = value(items[0], "drop_event").entries()[0];
    assert_eq!((above(when.key), beside(when.key)), (vec![], Some("the test")));
    let a = when.value.entries()[0];
    assert_eq!(above(a.key), ["why"]);
    assert_eq!(beside(a.value), Some("the value"));
    // What is indented deeper belongs to what stands before it.
    assert_eq!(above(items[1]), ["one", "two"]);
    assert_eq!(beside(items[1]), Some("item"));
    // A blank line parts.
    assert_eq!(above(items[2]), Vec::<&str>::new());
    assert_eq!(beside(items[2]), Some("block"));
    assert_eq!(items[2].scalar().unwrap().text.as_ref(), "# text\n# text\n");
    let inside = items[3].items();
    assert_eq!((beside(inside[0]), beside(inside[1])), (Some("in it"), Some("behind")));
    assert_eq!(beside(items[3]), Some("behind"));
    assert_eq!(beside(value(document.root(), "last")), Some("of it"));
    let texts: Vec<_> = document.comments().iter().map(|comment| comment.text.as_ref()).collect();
    assert_eq!(texts.len(), 20, "{texts:?}");
    for comment in document.comments() {
        let cut = &RULES[comment.place.span.range()];
        assert_eq!(cut.trim_start_matches('#').trim(), comment.text.as_ref());
        assert_eq!(
            comment.own_line,
            RULES.lines().nth(comment.place.at.line as usize - 1).unwrap().trim_start() == cut
        );
    }
}

#[test]
fn no_comment_is_found_in_a_text() {
    for text in [
        "a: '# no'",
        "a: \"x\n  # no\n  \"",
        "a: 'x\n\n  # no'",
        "a: |\n  # no\n\n  # no",
        "a: >-\n  x\n  # no\n",
        "a: x#no",
        "a: [x#no, '#no']",
        "'# no': \"\\\" # no\"",
        "a: http://x/#no",
    ] {
        assert!(one(text).comments().is_empty(), "{text}");
    }
}

#[test]
fn comments_stand_in_the_lines_of_markers_block_texts_and_brackets() {
    let rows: &[(&str, &[&str])] = &[
        ("--- # a\nx", &["a"]),
        ("a: |- # b\n  x\n# c\n", &["b", "c"]),
        ("[ # d\n x, # e\n # f\n] # g", &["d", "e", "f", "g"]),
        ("? a # h\n# i\n: b # j\n", &["h", "i", "j"]),
        ("a: !!str # k\n  x\n", &["k"]),
        ("#l\r\na: 1 #m\r\n", &["l", "m"]),
        ("\u{feff}# n\na: é # ö\n", &["n", "ö"]),
    ];
    for (text, expected) in rows {
        let document = one(text);
        let found: Vec<_> = document.comments().iter().map(|comment| comment.text.as_ref()).collect();
        assert_eq!(&found, expected, "{text}");
    }
}

#[test]
fn comments_between_documents_belong_to_the_one_before_the_marker() {
    let documents = read("# a\n---\n# b\nx\n# c\n---\n# d\ny # e\n...\n# f\nz # g\n").unwrap();
    let texts = |index: usize| -> Vec<&str> {
        documents[index].comments().iter().map(|comment| comment.text.as_ref()).collect()
    };
    assert_eq!((texts(0), texts(1), texts(2)), (vec!["a", "b", "c"], vec!["d", "e"], vec!["f", "g"]));
}
