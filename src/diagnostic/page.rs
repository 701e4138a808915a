//! The page of every code, and what `explain-code` says.
//!
//! In: `grammar/diagnostics.md`, which is part of the program. Out: the section of a code as Markdown, or as plain text for a
//! terminal. Never here: the wording; who wants to change a page changes the file. Tests hold that each code has exactly one
//! section, in order, with the code's own title and severity.

use super::{Code, Severity};

const PAGES: &str = include_str!("../../grammar/diagnostics.md");

/// What each hundred is about.
const RANGES: &[(u16, &str)] = &[
    (1, "spelling and limits"),
    (2, "names"),
    (3, "types and patterns"),
    (4, "safety and lints"),
    (5, "projects and configuration"),
    (6, "modules"),
    (7, "events"),
    (8, "blocks, and what a target cannot hold"),
    (9, "agents' configurations"),
    (10, "Sysmon's configuration"),
    (11, "rules of Sigma"),
];

/// The page of one code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Page {
    /// Whose.
    pub code: Code,
    /// The heading without the code.
    pub title: &'static str,
    /// What stands below the heading, as Markdown.
    pub markdown: &'static str,
}

impl Page {
    /// The first paragraph that is no severity line: what the code means, on one line.
    pub fn meaning(&self) -> String {
        self.markdown
            .split("\n\n")
            .map(str::trim)
            .find(|paragraph| !paragraph.is_empty() && !paragraph.starts_with("Severity:"))
            .map(|paragraph| paragraph.split_whitespace().collect::<Vec<_>>().join(" "))
            .unwrap_or_default()
    }

    /// The examples of the page, in order: the words behind the fence's three marks, and the text inside.
    pub fn examples(&self) -> Vec<(&'static str, &'static str)> {
        fences(self.markdown)
    }
}

/// The page of `code`.
pub fn page(code: Code) -> Page {
    // The tests below hold that the section is there; without it the title alone is shown.
    sections().find(|page| page.code == code).unwrap_or(Page { code, title: code.title(), markdown: "" })
}

/// All sections in the order of the file.
fn sections() -> impl Iterator<Item = Page> {
    PAGES.split("\n## BS").skip(1).filter_map(|section| {
        let (heading, markdown) = section.split_once('\n')?;
        let (number, title) = heading.split_once(' ')?;
        // A heading of the next range ends the section too.
        let markdown = markdown.split_once("\n# BS").map_or(markdown, |(before, _)| before);
        Some(Page { code: Code::parse(number)?, title: title.trim(), markdown: markdown.trim() })
    })
}

fn fences(markdown: &'static str) -> Vec<(&'static str, &'static str)> {
    let mut found = Vec::new();
    let mut rest = markdown;
    while let Some(at) = rest.find("```") {
        let Some((info, body)) = rest[at + 3..].split_once('\n') else { break };
        let Some((inside, after)) = body.split_once("```") else { break };
        found.push((info.trim(), inside));
        rest = after;
    }
    found
}

/// The page of `code` as plain text: heading, text without marks of Markdown, examples indented by four.
pub fn explain(code: Code) -> String {
    let page = page(code);
    let heading = format!("{code} {}", page.title);
    let mut out = format!("{heading}\n{}\n\n", "=".repeat(heading.chars().count()));
    let mut inside = false;
    for line in page.markdown.lines() {
        if let Some(info) = line.strip_prefix("```") {
            inside = !inside;
            let caption = [
                ("rule bad", "  Found in:\n\n"),
                ("winlogbeat bad", "  Found in:\n\n"),
                ("sysmon bad", "  Found in:\n\n"),
                ("rule good", "  Mended:\n\n"),
                ("winlogbeat good", "  Mended:\n\n"),
                ("sysmon good", "  Mended:\n\n"),
            ];
            out.extend(caption.into_iter().filter(|(kind, _)| *kind == info).map(|(_, text)| text));
        } else if inside && !line.is_empty() {
            out.push_str(&format!("    {line}\n"));
        } else {
            out.push_str(&line.replace("**", ""));
            out.push('\n');
        }
    }
    out
}

/// All codes with their severity and title, a line each, under what their range is about.
pub fn index() -> String {
    let mut out = String::new();
    for &(hundred, about) in RANGES {
        if !out.is_empty() {
            out.push('\n');
        }
        out.push_str(&format!("BS{hundred:02}xx {about}\n"));
        for &code in Code::ALL.iter().filter(|code| **code as u16 / 100 == hundred) {
            let severity = match code.severity() {
                Severity::Error => "error  ",
                Severity::Warning => "warning",
                Severity::Note => "note   ",
            };
            out.push_str(&format!("  {code}  {severity}  {}\n", code.title()));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_code_has_exactly_one_section_in_order() {
        let written: Vec<Code> = sections().map(|page| page.code).collect();
        assert_eq!(written, Code::ALL);
        assert_eq!(PAGES.matches("\n## BS").count(), Code::ALL.len(), "a heading whose code does not exist");
    }

    #[test]
    fn title_and_severity_are_those_of_the_code() {
        for page in sections() {
            assert_eq!(page.title, page.code.title(), "{}", page.code);
            let severity = page.markdown.lines().next().unwrap_or_default();
            assert_eq!(severity, format!("Severity: {}", page.code.severity().word()), "{}", page.code);
        }
    }

    #[test]
    fn each_page_says_what_why_and_what_to_do() {
        for page in sections() {
            let meaning = page.meaning();
            assert!(meaning.len() > 20 && meaning.ends_with('.'), "{}: {meaning}", page.code);
            for part in ["**Why it matters.**", "**What to do.**"] {
                assert_eq!(page.markdown.matches(part).count(), 1, "{}: {part}", page.code);
            }
            let open = page.markdown.lines().filter(|line| line.starts_with("```")).count();
            assert_eq!(open, 2 * page.examples().len(), "{}: a fence that is not closed", page.code);
        }
    }

    #[test]
    fn an_example_that_fails_has_its_repaired_twin() {
        let known = [
            "rule bad",
            "rule good",
            "rule shown",
            "winlogbeat bad",
            "winlogbeat good",
            "sysmon bad",
            "sysmon good",
            "sigma bad",
            "sigma good",
            "sigma.toml bad",
            "sigma.toml good",
            "to-sigma bad",
            "to-sigma good",
            "toml",
            "text",
            "",
        ];
        for page in sections() {
            let of = |kind: &str| page.examples().iter().filter(|(info, _)| *info == kind).count();
            assert_eq!(of("rule bad"), of("rule good"), "{}", page.code);
            assert_eq!(of("winlogbeat bad"), of("winlogbeat good"), "{}", page.code);
            for kind in ["sysmon", "sigma", "sigma.toml", "to-sigma"] {
                assert_eq!(of(&format!("{kind} bad")), of(&format!("{kind} good")), "{}", page.code);
            }
            for (info, text) in page.examples() {
                assert!(known.contains(&info), "{}: fence `{info}`", page.code);
                assert!(!text.trim().is_empty() && !text.contains('\t'), "{}", page.code);
            }
        }
    }

    #[test]
    fn a_page_in_plain_text() {
        insta::assert_snapshot!(explain(Code::UnguardedNegation));
    }

    #[test]
    fn the_index_has_a_line_a_code() {
        let index = index();
        for code in Code::ALL {
            assert_eq!(index.lines().filter(|line| line.contains(&code.to_string())).count(), 1, "{code}");
        }
        assert!(index.starts_with("BS01xx spelling and limits\n  BS0100  error    not the language\n"), "{index}");
    }

    #[test]
    fn plain_text_has_no_marks_of_markdown_and_fits_a_terminal() {
        for &code in Code::ALL {
            let text = explain(code);
            assert!(!text.contains("**") && !text.contains("```"), "{text}");
            for line in text.lines() {
                assert!(line.chars().count() <= 100, "{code}: {line}");
            }
        }
    }
}
