//! Coverage as a page.
//!
//! In: coverage, the texts of the rules. Out: one HTML file that needs nothing else: no script, no style and no picture from elsewhere. Each
//! rule stands there as text with marks, and as a picture of its blocks in the colours of the editor. Never here: what colour alone says;
//! each mark is a word too.

use std::fmt::Write;

use super::{Category, Coverage, Grade, Piece, Rule, Seen, Share, Totals};
use crate::diagnostic::render::{self, Places};
use crate::origin::{Origin, Sources};

const STYLE: &str = include_str!("page.css");

/// The colour of a category, as the editor's toolbox has it: white text can be read on it.
pub(super) fn colour(category: Category) -> &'static str {
    match category {
        Category::Start => "#2b4a94",
        Category::Event => "#7b3590",
        Category::Combine => "#33566f",
        Category::Compare => "#236741",
        Category::Decide => "#a02a24",
        Category::Tag => "#94480a",
        Category::Remember => "#7a2f7a",
    }
}

/// Writes coverage as a page.
pub fn html(coverage: &Coverage, sources: &Sources) -> String {
    let mut page = Page { out: String::new(), sources, places: Places::new(sources) };
    page.whole(coverage);
    page.out
}

struct Page<'a> {
    out: String,
    sources: &'a Sources,
    places: Places<'a>,
}

/// Text that is text whatever stands in it; what turns text around is shown as its number.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in render::visible_lines(text).chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            c => out.push(c),
        }
    }
    out
}

fn share(share: Share) -> String {
    format!("{} of {}", share.seen, share.all)
}

/// The class of a piece, and its mark in words.
fn mark(seen: Seen) -> Option<(&'static str, String)> {
    let (grade, words) = seen.told()?;
    Some(match grade {
        Grade::Whole => ("both", format!("✓ {words}")),
        Grade::Partly => ("one", format!("◐ {words}")),
        Grade::Never => ("never", format!("✗ {words}")),
        Grade::Uncounted => ("off", words),
    })
}

impl Page<'_> {
    fn push(&mut self, text: std::fmt::Arguments<'_>) {
        // Writing to a text cannot fail.
        let _ = self.out.write_fmt(text);
    }

    fn whole(&mut self, coverage: &Coverage) {
        let totals = Totals::of(&coverage.rules);
        self.push(format_args!(
            "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <title>Coverage of rules by their tests</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<main>\n\
             <h1>Coverage of rules by their tests</h1>\n\
             <p class=\"total\"><strong>{} conditions seen both ways</strong> ({} %)</p>\n\
             <p class=\"legend\">Marks: <span class=\"both\">✓ seen both ways, or reached</span> \
             <span class=\"one\">◐ only true, or only false</span> <span class=\"never\">✗ never asked, or never reached</span></p>\n",
            share(totals.conditions),
            super::rounded(totals.conditions),
        ));
        self.push(format_args!(
            "<table tabindex=\"0\">\n<caption>Rules</caption>\n<thead><tr><th scope=\"col\">Rule</th><th scope=\"col\">Ran</th>\
             <th scope=\"col\">Did something</th><th scope=\"col\">Statements reached</th>\
             <th scope=\"col\">Conditions both ways</th><th scope=\"col\">Enough events</th></tr></thead>\n<tbody>\n"
        ));
        for (at, rule) in coverage.rules.iter().enumerate() {
            let of = Totals::of([rule]);
            self.push(format_args!(
                "<tr><th scope=\"row\"><a href=\"#rule-{at}\">{}</a></th><td>{}×</td><td>{}×</td><td>{}</td><td>{}</td><td>{}</td></tr>\n",
                escaped(&rule.title()),
                rule.ran,
                rule.acted,
                share(of.statements),
                share(of.conditions),
                if of.fired.all == 0 { "–".to_string() } else { share(of.fired) },
            ));
        }
        self.push(format_args!("</tbody>\n</table>\n"));
        for (at, rule) in coverage.rules.iter().enumerate() {
            self.rule(at, rule);
        }
        self.push(format_args!("</main>\n</body>\n</html>\n"));
    }

    fn rule(&mut self, at: usize, rule: &Rule) {
        let place = self.place(rule.origin);
        self.push(format_args!(
            "<section id=\"rule-{at}\" aria-labelledby=\"name-{at}\">\n<h2 id=\"name-{at}\">{}</h2>\n\
             <p>{}; ran {}×, did something {}×</p>\n",
            escaped(&rule.title()),
            escaped(&place),
            rule.ran,
            rule.acted,
        ));
        let missing = rule.missing();
        if missing.is_empty() {
            self.push(format_args!("<p class=\"both\">✓ all of it is covered</p>\n"));
        } else {
            self.push(format_args!("<h3>Not covered</h3>\n<ul class=\"missing\">\n"));
            for missing in missing {
                let place = self.place(missing.origin);
                self.push(format_args!("<li>{}: {}</li>\n", escaped(&place), escaped(&missing.hint())));
            }
            self.push(format_args!("</ul>\n"));
        }
        self.push(format_args!("<div class=\"sides\">\n<div><h3>Text</h3>\n<pre tabindex=\"0\">"));
        self.text(rule);
        self.push(format_args!("</pre></div>\n<div><h3>Blocks</h3>\n"));
        self.blocks(rule);
        self.push(format_args!("</div>\n</div>\n</section>\n"));
    }

    /// Where something stands, for people.
    fn place(&mut self, origin: Origin) -> String {
        let found = self.places.find(origin);
        match (found.range, found.block) {
            (Some(range), _) => format!("{}:{}:{}", found.file, range.start.line, range.start.column),
            (None, Some(block)) => format!("{}, block {block}", found.file),
            (None, None) => found.file.to_string(),
        }
    }

    /// The rule as it was written; of a drawn one, what its blocks say, a line each.
    fn text(&mut self, rule: &Rule) {
        let whole = rule.origin.as_span().zip(self.sources.get(rule.origin.source));
        let Some((span, source)) = whole else {
            for piece in &rule.pieces {
                let indent = "    ".repeat(piece.depth);
                let text = escaped(&piece.text);
                match mark(piece.seen) {
                    Some((class, words)) => self
                        .push(format_args!("{indent}<span class=\"{class}\">{text}<small> {words}</small></span>\n")),
                    None => self.push(format_args!("{indent}{text}\n")),
                }
            }
            return;
        };
        let mut marked: Vec<(u32, u32, &Piece)> = Vec::new();
        for piece in &rule.pieces {
            let Some(inside) = piece.origin.as_span() else { continue };
            match piece.seen {
                Seen::Condition(_) => marked.push((inside.start, inside.end, piece)),
                Seen::Statement(_) if piece.text != "if" => marked.push((inside.start, inside.end, piece)),
                // Only the words in front of the body.
                Seen::When { .. } => marked.push((inside.start, inside.start.saturating_add(4), piece)),
                Seen::Word | Seen::Disabled | Seen::Joined(_) | Seen::Constant(_) | Seen::Statement(_) => {}
            }
        }
        marked.sort_by_key(|(start, end, _)| (*start, *end));
        let slice = |from: u32, to: u32| source.text.get(from as usize..to as usize).unwrap_or_default();
        let mut at = span.start;
        for (start, end, piece) in marked {
            if start < at || end > span.end {
                continue;
            }
            let Some((class, words)) = mark(piece.seen) else { continue };
            let (before, inside) = (escaped(slice(at, start)), escaped(slice(start, end)));
            self.push(format_args!("{before}<span class=\"{class}\">{inside}<small> {words}</small></span>"));
            at = end;
        }
        let rest = escaped(slice(at, span.end));
        self.push(format_args!("{rest}"));
    }

    /// Nested boxes: lists in lists, so that whoever hears the page hears the nesting.
    fn blocks(&mut self, rule: &Rule) {
        let class = if rule.acted > 0 { "both" } else { "never" };
        self.push(format_args!(
            "<ul class=\"blocks\"><li class=\"block\" style=\"--block:{}\"><span class=\"says\">{}</span> \
             <small class=\"{class}\">{}</small>",
            colour(Category::Start),
            escaped(&rule.title()),
            if rule.acted > 0 { "✓ did something" } else { "✗ never did anything" },
        ));
        // Items that are open below the rule's.
        let mut open = 0usize;
        for piece in &rule.pieces {
            if open > piece.depth {
                while open > piece.depth + 1 {
                    self.push(format_args!("</li></ul>"));
                    open -= 1;
                }
                self.push(format_args!("</li>"));
            } else {
                self.push(format_args!("<ul>"));
            }
            open = piece.depth + 1;
            let text = escaped(&piece.text);
            match piece.category {
                Some(category) => self.push(format_args!(
                    "<li class=\"block\" style=\"--block:{}\"><span class=\"says\">{text}</span>",
                    colour(category)
                )),
                None => self.push(format_args!("<li class=\"word\"><span class=\"says\">{text}</span>")),
            }
            if let Some((class, words)) = mark(piece.seen) {
                self.push(format_args!(" <small class=\"{class}\">{words}</small>"));
            }
        }
        while open > 0 {
            self.push(format_args!("</li></ul>"));
            open -= 1;
        }
        self.push(format_args!("</li></ul>\n"));
    }
}
