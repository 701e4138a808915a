//! Links in a page that lead to a program.
//!
//! In: HTML as a template made it. Out: the same; links that begin with another scheme than `http`, `https` and `mailto` begin with `unsafe:`, which
//! nothing follows. Never here: a judgement on where a link leads.
//!
//! Values of events are escaped, so that none ends its attribute. But all of `href="{{ msg.commandline }}"` is the endpoint's to choose, and
//! `javascript:…` has nothing in it that would be escaped. Pages are read as browsers read them: names without case, references like `&#58;`, and
//! blanks and controls that do not count.

/// Attributes that hold a link.
const LINKS: [&str; 10] =
    ["href", "src", "action", "formaction", "xlink:href", "background", "poster", "data", "cite", "longdesc"];
const SCHEMES: [&str; 3] = ["http", "https", "mailto"];
/// What stands before a link that nobody is to follow.
const UNSAFE: &str = "unsafe:";

/// Makes links harmless.
pub(super) fn harmless(html: String) -> String {
    let places = unsafe_links(&html);
    if places.is_empty() {
        return html;
    }
    let mut out = String::with_capacity(html.len() + places.len() * UNSAFE.len());
    let mut from = 0;
    for at in places {
        out.push_str(html.get(from..at).unwrap_or_default());
        out.push_str(UNSAFE);
        from = at;
    }
    out.push_str(html.get(from..).unwrap_or_default());
    out
}

/// Where the values of such links begin.
fn unsafe_links(html: &str) -> Vec<usize> {
    let bytes = html.as_bytes();
    let mut places = Vec::new();
    let mut at = 0;
    while let Some(open) = memchr::memchr(b'<', bytes.get(at..).unwrap_or_default()).map(|found| at + found) {
        at = open + 1;
        if bytes.get(at..).is_some_and(|rest| rest.starts_with(b"!--")) {
            let end = memchr::memmem::find(bytes.get(at + 3..).unwrap_or_default(), b"-->");
            at = end.map_or(bytes.len(), |end| at + 3 + end + 3);
        } else if bytes.get(at).is_some_and(u8::is_ascii_alphabetic) {
            at = skip(bytes, at, |byte| !is_blank(byte) && byte != b'/' && byte != b'>');
            at = attributes(html, at, &mut places);
        }
    }
    places
}

/// Goes over the attributes of a tag, to behind its end.
fn attributes(html: &str, mut at: usize, places: &mut Vec<usize>) -> usize {
    let bytes = html.as_bytes();
    loop {
        at = skip(bytes, at, |byte| is_blank(byte) || byte == b'/');
        match bytes.get(at) {
            None => return at,
            Some(b'>') => return at + 1,
            Some(_) => {}
        }
        // An equals sign in front is a part of the name.
        let name_end = skip(bytes, at + 1, |byte| !is_blank(byte) && !matches!(byte, b'/' | b'>' | b'='));
        let name = html.get(at..name_end).unwrap_or_default();
        at = skip(bytes, name_end, is_blank);
        if bytes.get(at) != Some(&b'=') {
            continue;
        }
        at = skip(bytes, at + 1, is_blank);
        let (start, end, next) = match bytes.get(at) {
            Some(&quote @ (b'"' | b'\'')) => {
                let end = skip(bytes, at + 1, |byte| byte != quote);
                (at + 1, end, end + 1)
            }
            Some(_) | None => {
                let end = skip(bytes, at, |byte| !is_blank(byte) && byte != b'>');
                (at, end, end)
            }
        };
        let value = html.get(start..end).unwrap_or_default();
        if LINKS.iter().any(|link| link.eq_ignore_ascii_case(name)) && is_unsafe(name, value) {
            places.push(start);
        }
        at = next;
    }
}

fn skip(bytes: &[u8], from: usize, goes_on: impl Fn(u8) -> bool) -> usize {
    let rest = bytes.get(from..).unwrap_or_default();
    rest.iter().position(|byte| !goes_on(*byte)).map_or(bytes.len(), |end| from + end)
}

fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | 0x0c)
}

/// Has a link a scheme that is not one of ours?
fn is_unsafe(name: &str, value: &str) -> bool {
    // Browsers pass over controls and blanks; no scheme has any.
    let plain: String = unescaped(value).chars().filter(|c| !c.is_control() && !c.is_whitespace()).collect();
    let Some((scheme, rest)) = plain.split_once(':') else { return false };
    // What stands behind one of these is a path, a question or a part of a page.
    if scheme.contains(['/', '?', '#', '\\']) || SCHEMES.iter().any(|known| known.eq_ignore_ascii_case(scheme)) {
        return false;
    }
    // A picture that stands in the page itself runs nothing.
    let picture =
        scheme.eq_ignore_ascii_case("data") && rest.get(..6).is_some_and(|kind| kind.eq_ignore_ascii_case("image/"));
    !(picture && name.eq_ignore_ascii_case("src"))
}

/// With the references of HTML read that can stand in a scheme.
fn unescaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, reference)) = rest.split_once('&') {
        out.push_str(before);
        let (character, length) = character_of(reference);
        match character {
            Some(character) => out.push(character),
            None => out.push('&'),
        }
        rest = reference.get(length..).unwrap_or_default();
    }
    out.push_str(rest);
    out
}

/// The character of a reference, and how long it is behind its `&`.
fn character_of(reference: &str) -> (Option<char>, usize) {
    if let Some(number) = reference.strip_prefix('#') {
        let (digits, radix, before) = match number.strip_prefix(['x', 'X']) {
            Some(digits) => (digits, 16, 2),
            None => (number, 10, 1),
        };
        let length = digits.bytes().take_while(|byte| char::from(*byte).is_digit(radix)).count();
        let code = digits.get(..length).and_then(|digits| u32::from_str_radix(digits, radix).ok());
        // Browsers take one without its semicolon as well.
        let end = usize::from(digits.as_bytes().get(length) == Some(&b';'));
        return match length {
            0 => (None, 0),
            _some => (Some(code.and_then(char::from_u32).unwrap_or('\u{fffd}')), before + length + end),
        };
    }
    for (name, character) in
        [("colon;", ':'), ("Tab;", '\t'), ("NewLine;", '\n'), ("amp;", '&'), ("sol;", '/'), ("num;", '#')]
    {
        if reference.starts_with(name) {
            return (Some(character), name.len());
        }
    }
    (None, 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_with_other_schemes_lead_nowhere_and_all_else_stays() {
        let same = [
            "<a href=\"https://x.example.org/?a=javascript:1\">x</a>",
            "<a href='HTTP://x'>javascript:alert(1)</a><b title=\"javascript:alert(1)\">",
            "<a href=mailto:soc@example.org>m</a> a < b, href=javascript:x",
            "<a href=\"/p:q\"><a href=\"#a:b\"><a href=\"?a:b\"><a href=\"\"><a href>",
            "<img src=\"data:image/png;base64,AAAA\"> &#x6a;avascript:",
            "<!-- <a href=\"javascript:x\"> --><p>",
            "<a href=\"https&#58;&#x2f;&#x2f;x.example.org\">",
            "<a",
            "<a href",
            "<a href=",
            "<a href=\"",
            "<!--",
            "<",
        ];
        for html in same {
            assert_eq!(harmless(html.to_string()), html);
        }
        for (html, expected) in [
            ("<a href=\"javascript:alert(1)\">x</a>", "<a href=\"unsafe:javascript:alert(1)\">x</a>"),
            ("<A\nHREF = ' java\tscript&colon;x'>", "<A\nHREF = 'unsafe: java\tscript&colon;x'>"),
            ("<a x/href=&#106&#x61;vascript:x>", "<a x/href=unsafe:&#106&#x61;vascript:x>"),
            ("<a title='>' href=\"vbscript:x\">", "<a title='>' href=\"unsafe:vbscript:x\">"),
            (
                "<img src=\"data:text/html,x\"><a href=\"data:image/svg+xml,x\">",
                "<img src=\"unsafe:data:text/html,x\"><a href=\"unsafe:data:image/svg+xml,x\">",
            ),
            ("<svg><use xlink:href='file:///x'></svg>", "<svg><use xlink:href='unsafe:file:///x'></svg>"),
            ("<form action=\"javascript:x\"", "<form action=\"unsafe:javascript:x\""),
            ("<a href=\"C:\\x.exe\">", "<a href=\"unsafe:C:\\x.exe\">"),
            ("<a href=\"\u{1}javascript:x", "<a href=\"unsafe:\u{1}javascript:x"),
        ] {
            assert_eq!(harmless(html.to_string()), expected);
        }
    }

    proptest::proptest! {
        #[test]
        fn whatever_the_page_is_nothing_is_taken_away(html in "[<>a-h=\"' :/&#;!\\-\\né]{0,60}") {
            proptest::prop_assert_eq!(harmless(html.clone()).replace(UNSAFE, ""), html.replace(UNSAFE, ""));
        }
    }
}
