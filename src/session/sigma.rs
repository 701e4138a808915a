//! Rules of Sigma in the editor.
//!
//! In: files of Sigma, or a file of ours; what the project's `sigma.toml` says. Out: text of ours that can be drawn, or Sigma's YAML. Nothing of it
//! stays here. Never here: a change of meaning, and files that placeholders name; a page hands none over.

use rustc_hash::FxHashMap;

use super::Session;
use super::locate::Locate;
use super::wire::{Converted, RuleFile};
use crate::diagnostic::{self, Diagnostic};
use crate::origin::{SourceId, Sources};
use crate::source::sigma::{self, Setup, setup};
use crate::{source, target};

impl Session {
    /// Files of Sigma that belong together, each as text of ours. One with an error has none; what was found stands with its file, and what is about
    /// none of them with the first.
    pub fn import_sigma(&self, files: &[RuleFile], setup: Option<&str>) -> Vec<Converted> {
        let mut sources = Sources::default();
        let ids: Vec<SourceId> = files.iter().map(|file| sources.add(file.name.as_str(), file.text.as_str())).collect();
        let (setup, fault) = self.setup(setup, &mut sources);
        let texts = ids.iter().zip(files).map(|(id, file)| (*id, file.text.as_str()));
        let (definitions, found) = sigma::parse(texts, &setup);
        let mut of: FxHashMap<SourceId, Vec<Diagnostic>> = FxHashMap::default();
        for found in found {
            of.entry(found.primary.origin.source).or_default().push(found);
        }
        let mut locate = Locate::new(&sources);
        let mut made = Vec::with_capacity(files.len());
        for (id, definition) in ids.iter().zip(&definitions) {
            let found = of.remove(id).unwrap_or_default();
            let whole = !definition.rules.is_empty() && !found.iter().any(Diagnostic::is_error);
            let text = whole.then(|| target::text::write(definition));
            made.push(Converted { text, diagnostics: locate.diagnostics(&found) });
        }
        if let Some(first) = made.first_mut() {
            first.diagnostics.extend(locate.diagnostics(&fault.into_iter().collect::<Vec<_>>()));
        }
        made
    }

    /// A file of ours as Sigma. `onto`: the text of Sigma that it was made of, of which is kept what was not changed; `beside`: those that were
    /// read together with it and have to do with it.
    pub fn export_sigma(
        &self,
        name: &str,
        text: &str,
        onto: Option<&str>,
        setup: Option<&str>,
        beside: &[String],
    ) -> Converted {
        let mut sources = Sources::default();
        let source = sources.add(name, text);
        let (setup, fault) = self.setup(setup, &mut sources);
        let parsed = source::parse(&mut sources, source, text, &self.project.registry);
        let mut found = parsed.diagnostics;
        found.extend(fault);
        let mut text = None;
        if !found.iter().any(Diagnostic::is_error) {
            let beside: Vec<&str> = beside.iter().map(String::as_str).collect();
            match target::sigma::write_beside(&parsed.definition, &setup, onto, &beside) {
                Ok(written) => text = Some(written),
                Err(unsaid) => found.extend(unsaid),
            }
        }
        diagnostic::sort(&mut found);
        Converted { text, diagnostics: Locate::new(&sources).diagnostics(&found) }
    }

    fn setup(&self, text: Option<&str>, sources: &mut Sources) -> (Setup, Option<Diagnostic>) {
        let Some(text) = text else { return (Setup::standard(), None) };
        let id = sources.add(setup::FILE, text);
        match Setup::read(id, text) {
            Ok(own) => (Setup::standard().with(own), None),
            Err(fault) => (Setup::standard(), Some(fault)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULE: &str = "title: T\nname: t\nlogsource:\n    product: windows\n    category: dns_query\ndetection:\n    selection:\n        \
                        QueryName: a.example\n    condition: selection\n";

    fn files(texts: &[&str]) -> Vec<RuleFile> {
        let file = |(at, text): (usize, &&str)| RuleFile { name: format!("{at}.yml"), text: text.to_string() };
        texts.iter().enumerate().map(file).collect()
    }

    #[test]
    fn files_that_belong_together_name_each_others_rules() {
        let counts = "title: C\ncorrelation:\n    type: event_count\n    rules: [t]\n    timespan: 1m\n    condition: {gte: 3}\n";
        let made = Session::default().import_sigma(&files(&[RULE, counts]), None);
        let texts: Vec<&str> = made.iter().map(|made| made.text.as_deref().unwrap_or_default()).collect();
        assert!(texts[0].starts_with("disabled alert \"T\""), "{}", texts[0]);
        assert!(texts[1].contains("when 3 events within 1 minute"), "{}", texts[1]);
    }

    #[test]
    fn what_is_wrong_stands_with_its_file() {
        let made = Session::default().import_sigma(&files(&[RULE, "title: X\n"]), None);
        assert!(made[0].text.is_some() && made[0].diagnostics.is_empty());
        assert!(made[1].text.is_none() && made[1].diagnostics.iter().all(|found| found.place.file == "1.yml"));
        let made = Session::default().import_sigma(&files(&[RULE]), Some("[[logsource]]\ncategry = 1\n"));
        assert_eq!(made[0].diagnostics[0].place.file, "sigma.toml");
    }

    #[test]
    fn what_was_not_changed_comes_back_as_it_was() {
        let session = Session::default();
        let text = session.import_sigma(&files(&[RULE]), None)[0].text.clone().unwrap();
        assert_eq!(session.export_sigma("a.rule", &text, Some(RULE), None, &[]).text.as_deref(), Some(RULE));
        let drops = session.export_sigma("a.rule", "classify \"x\" { tag \"t\" }", None, None, &[]);
        assert!(drops.text.is_none() && drops.diagnostics[0].code == "BS1115");
    }

    #[test]
    fn a_correlation_keeps_naming_the_rules_that_it_counts() {
        let yaml = include_str!("../../examples/sigma/port_scan.yml");
        let session = Session::default();
        let text = session.import_sigma(&files(&[yaml]), None)[0].text.clone().unwrap();
        let more = text.replace("when 5 ", "when 6 ");
        assert_ne!(more, text);
        let made = session.export_sigma("a.rule", &more, Some(yaml), None, &[]);
        let made = made.text.unwrap_or_else(|| panic!("{:?}", made.diagnostics));
        assert_eq!(made.matches("title:").count(), 2, "{made}");
        assert!(made.contains("rules:\n        - connection\n") && made.contains("gte: 6"), "{made}");
        let again = session.import_sigma(&files(&[&made]), None);
        assert_eq!(again[0].text.as_deref(), Some(more.as_str()));
    }

    #[test]
    fn what_others_add_to_a_rule_is_not_written_into_it() {
        let filter = "title: F\nlogsource:\n    category: dns_query\nfilter:\n    rules: [t]\n    known:\n        QueryName: b.example\n    \
                      condition: not known\n";
        let counts = "title: C\ncorrelation:\n    type: event_count\n    rules: [t]\n    timespan: 1m\n    condition: {gte: 3}\n";
        let session = Session::default();
        let all = session.import_sigma(&files(&[RULE, filter, counts]), None);
        let text = all[0].text.clone().unwrap();
        assert!(text.starts_with("disabled") && text.contains("b.example"), "{text}");
        let beside = [filter.to_string(), counts.to_string()];
        let rule =
            |text: &str| session.export_sigma("a.rule", text, Some(RULE), None, &beside).text.unwrap_or_default();
        assert_eq!(rule(&text), RULE);
        let titled = rule(&text.replace("alert \"T\"", "alert \"U\""));
        assert_eq!(titled, RULE.replace("title: T", "title: U"));
        let counting = all[2].text.clone().unwrap();
        let more = counting.replace("when 3 ", "when 4 ");
        let made = session.export_sigma("c.rule", &more, Some(counts), None, &[RULE.to_string(), filter.to_string()]);
        let made = made.text.unwrap_or_else(|| panic!("{:?}", made.diagnostics));
        assert!(made.contains("- t\n") && made.contains("gte: 4") && !made.contains("QueryName"), "{made}");
        // What is counted is said elsewhere.
        let other = counting.replace("a.example", "other.example");
        let made = session.export_sigma("c.rule", &other, Some(counts), None, &[RULE.to_string(), filter.to_string()]);
        assert!(made.text.is_none() && made.diagnostics[0].code == "BS1115");
    }

    #[test]
    fn a_key_that_says_the_same_stays_as_it_was_written() {
        let old = RULE.replace(
            "    product: windows\n    category: dns_query\n",
            "    category: dns_query # by name\n    product: windows\n",
        );
        let session = Session::default();
        let text = session.import_sigma(&files(&[&old]), None)[0].text.clone().unwrap();
        let made = session.export_sigma("a.rule", &text.replace("a.example", "b.example"), Some(&old), None, &[]);
        assert_eq!(
            made.text,
            Some(old.replace("a.example", "b.example").replace("QueryName: b.example", "QueryName: 'b.example'"))
        );
    }
}
