//! To which construct a comment belongs, by example.

use super::tree;

#[test]
fn comments_belong_to_the_next_construct_or_behind_one_to_that() {
    insta::assert_snapshot!(tree(
        r#"
// above the rule
//   indented, and trailing blanks go   
//
filter "a" { // behind the brace, metadata follows: the rule
    reason "x" // behind metadata: the rule
    // among metadata: the rule
    id "y"
    // above the if
    if // behind if: the next test
       a == 1 and // behind and: the test before
       // above b
       (b == 2 // behind b
        or c in [ // inside c
            'x', // inside c, too
        ]) // behind the parenthesis: c
       // before the brace: the last test
    { // behind the brace: the next statement
        drop // behind drop
        // last in the body: the statement before
    } // behind the arm: the if
    // before else: the if
    else if d == 4 {
        // alone in a body: the if
    } // behind the whole: the if
    set // inside set
        x = 5
    // last in the rule: the statement before
} // behind the rule
// above the next rule
disabled // inside the head
alert "b" {
    // alone in the rule
}
// after the last rule
//another
"#
    ));
}

#[test]
fn a_comment_in_a_rule_that_is_not_understood_goes_nowhere_else() {
    let text = "// a\nfilter \"a\" {\n dorp // b\n} // c\n// d\nfilter \"d\" { drop }";
    let (def, diagnostics) = super::parse(super::SourceId(0), text);
    assert_eq!(diagnostics.len(), 1);
    assert_eq!(super::show(&def), "# d\nfilter \"d\"\n  drop\n");
}
