//! New text among the base's own.
//!
//! In: the base, rules, and the node or the end they go to. Out: edits that put text in, with the line end and the indentation of what stands around it.
//! Never here: whether rules may go there; any line of the base that they do not touch.
//!
//! | in the base | becomes |
//! | --- | --- |
//! | `<X …>` and the end of its line, comments between them | the same, and rules behind it |
//! | `<X …>` and something else on its line | the same, and the rest on a line of its own behind the rules |
//! | `<X …/>` | `<X …>`, rules, `</X>` |
//! | a node that needs a group | a line before and one behind it |
//! | the end of `EventFiltering` | new groups before it, as its last ones |

use std::ops::Range;

use super::Alternative;
use super::dnf::Filter;
use crate::origin::Span;
use crate::sysmon::config::write::{comment, escaped};
use crate::sysmon::config::{Config, Node, Relation};

/// Text to be put into the base's.
pub(super) struct Edit {
    /// Empty, but for the `/>` of an element that is opened.
    at: Range<usize>,
    text: String,
}

/// A line: how deep, and what.
type Line = (usize, String);

/// Makes the edits.
pub(super) fn apply(base: &Config, edits: Vec<Edit>) -> String {
    let mut edits = edits;
    // From behind, so that places before stay; of two at one place the first stays first.
    edits.reverse();
    edits.sort_by_key(|edit| std::cmp::Reverse(edit.at.start));
    let mut text = base.text.to_string();
    for Edit { at, text: new } in edits {
        text.replace_range(at, &new);
    }
    text
}

/// Rules as lines, each filter of the program under its name.
pub(super) fn rules<'r>(rules: impl IntoIterator<Item = &'r Alternative>, depth: usize, out: &mut Vec<Line>) {
    let mut name = None;
    for rule in rules {
        if name != Some(&rule.name) {
            out.push((depth, format!("<!-- {} -->", comment(&rule.name))));
            name = Some(&rule.name);
        }
        out.push((depth, "<Rule groupRelation=\"and\">".to_string()));
        for Filter { field, condition, value } in &rule.all {
            let word = condition.word();
            out.push((depth + 1, format!("<{field} condition=\"{word}\">{}</{field}>", escaped(value))));
        }
        out.push((depth, "</Rule>".to_string()));
    }
}

/// Lines in front of all that a node has, in a group with `or` if it has another relation.
pub(super) fn into_node(base: &Config, node: &Node, lines: &[Line]) -> Vec<Edit> {
    let around = Around::new(base, node.span);
    let outer = around.indent(node.span.start as usize).unwrap_or_default().to_string();
    let first = node.items.first().and_then(|item| around.indent(item.span().start as usize));
    let inner = first.map_or_else(|| format!("{outer}{}", around.step), str::to_string);
    let mut edits = match node.span == node.tag_span {
        true => vec![around.opened(node.tag_span, node.tag.name, &around.lines(&inner, lines), &outer)],
        false => vec![around.behind(node.tag_span.end as usize, &inner, lines)],
    };
    if node.relation == Relation::And {
        let start = node.span.start as usize;
        let group = format!("<RuleGroup name=\"\" groupRelation=\"or\">{}{outer}", around.end);
        edits.insert(0, Edit { at: start..start, text: group });
        edits.push(around.behind(node.span.end as usize, &outer, &[(0, "</RuleGroup>".to_string())]));
    }
    edits
}

/// Lines as the last of all that is filtered.
pub(super) fn at_the_end(base: &Config, lines: &[Line]) -> Option<Edit> {
    let elements = &base.document.elements;
    let root = elements.first()?;
    let filtering =
        elements.iter().rposition(|element| element.parent == Some(0) && element.name.value == "EventFiltering");
    let element = filtering.and_then(|at| elements.get(at)).unwrap_or(root);
    let around = Around::new(base, element.span);
    let outer = around.indent(element.span.start as usize).unwrap_or_default().to_string();
    // As the last of its children stands.
    let last = element.children.last().and_then(|child| elements.get(*child));
    let inner = last
        .and_then(|last| around.indent(last.span.start as usize))
        .map_or_else(|| format!("{outer}{}", around.step), str::to_string);
    let text = match filtering {
        Some(_) => around.lines(&inner, lines),
        None => {
            let mut block = vec![(0, "<EventFiltering>".to_string())];
            block.extend(lines.iter().map(|(depth, text)| (depth + 1, text.clone())));
            block.push((0, "</EventFiltering>".to_string()));
            around.lines(&inner, &block)
        }
    };
    if element.span == element.tag {
        return Some(around.opened(element.tag, &element.name.value, &text, &outer));
    }
    // Before the closing tag, on lines of their own.
    let whole = base.text.get(element.span.range()).unwrap_or_default();
    let tag = element.span.start as usize + whole.rfind("</").unwrap_or(0);
    let end = around.end;
    Some(match around.indent(tag) {
        Some(blanks) => Edit { at: tag - blanks.len()..tag - blanks.len(), text: format!("{text}{end}") },
        None => Edit { at: tag..tag, text: format!("{end}{text}{end}{outer}") },
    })
}

/// How the text around a place is laid out.
struct Around<'b> {
    text: &'b str,
    /// The end of a line.
    end: &'static str,
    /// What a line that is deeper by one begins with in addition.
    step: String,
}

impl<'b> Around<'b> {
    /// The line end is that of the line that the place begins on, else of the one before. The step is that of the first element within the place that
    /// is deeper than the one it stands in, else of the first in the base.
    fn new(base: &'b Config, place: Span) -> Around<'b> {
        let text: &str = &base.text;
        let (before, behind) = text.split_at_checked(place.start as usize).unwrap_or((text, ""));
        let newline = behind.find('\n').map(|at| before.len() + at).or_else(|| before.rfind('\n'));
        let windows = newline.and_then(|at| text.get(..at)).is_some_and(|text| text.ends_with('\r'));
        let mut around = Around { text, end: if windows { "\r\n" } else { "\n" }, step: String::new() };
        let elements = &base.document.elements;
        let step = |within: bool| {
            elements
                .iter()
                .filter(|element| !within || place.range().contains(&(element.span.start as usize)))
                .find_map(|element| {
                    let parent = elements.get(element.parent?)?;
                    let outer = around.indent(parent.span.start as usize)?;
                    around.indent(element.span.start as usize)?.strip_prefix(outer).filter(|step| !step.is_empty())
                })
        };
        let step = step(true).or_else(|| step(false)).unwrap_or("  ").to_string();
        around.step = step;
        around
    }

    /// The blanks before a place, if nothing else stands there on its line.
    fn indent(&self, at: usize) -> Option<&'b str> {
        let before = self.text.get(..at)?;
        let line = before.get(before.rfind('\n').map_or(0, |at| at + 1)..)?;
        line.chars().all(|c| matches!(c, ' ' | '\t')).then_some(line)
    }

    /// Lines without an end behind the last one.
    fn lines(&self, indent: &str, lines: &[Line]) -> String {
        let line = |(depth, text): &Line| format!("{indent}{}{text}", self.step.repeat(*depth));
        lines.iter().map(line).collect::<Vec<_>>().join(self.end)
    }

    /// Lines behind a place: where its line ends, if nothing but comments stands between them.
    fn behind(&self, at: usize, indent: &str, lines: &[Line]) -> Edit {
        let text = self.lines(indent, lines);
        let end = self.end;
        match self.rest_of_line(at) {
            Some(at) => Edit { at: at..at, text: format!("{end}{text}") },
            None => Edit { at: at..at, text: format!("{end}{text}{end}{indent}") },
        }
    }

    /// The end of the line, or of the text, if nothing but blanks and comments stands before it.
    fn rest_of_line(&self, at: usize) -> Option<usize> {
        let mut rest = self.text.get(at..)?;
        loop {
            rest = rest.trim_start_matches([' ', '\t']);
            match rest.strip_prefix("<!--").and_then(|comment| comment.split_once("-->")) {
                Some((comment, behind)) if !comment.contains('\n') => rest = behind,
                Some(_) => return None,
                None => {
                    let ends = rest.is_empty() || rest.starts_with('\n') || rest.starts_with("\r\n");
                    return ends.then_some(self.text.len() - rest.len());
                }
            }
        }
    }

    /// An element `<X/>` with text in it.
    fn opened(&self, tag: Span, name: &str, text: &str, outer: &str) -> Edit {
        let whole = self.text.get(tag.range()).unwrap_or_default();
        let kept = whole.strip_suffix("/>").unwrap_or(whole).trim_end();
        let end = self.end;
        Edit {
            at: tag.start as usize + kept.len()..tag.end as usize,
            text: format!(">{end}{text}{end}{outer}</{name}>"),
        }
    }
}
