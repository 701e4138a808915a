//! Samples for the filters: what each is meant to drop, and what comes near and must stay.
//!
//! In: a family of samples for each filter, in `noise/`. Out: samples. Each family gets near misses that all have in common:
//! a look-alike letter in every text that decides, the name of a rule for which the alert waits, another source with
//! the same event id and the same fields.

#[path = "noise/files.rs"]
mod files;
#[path = "noise/network.rs"]
mod network;
#[path = "noise/processes.rs"]
mod processes;

use super::sample::{Fields, INJECTION, Sample, Source};

/// Samples for one filter.
pub struct Family {
    /// Its name.
    pub filter: &'static str,
    /// The event that it looks at.
    pub event: u16,
    /// An event that it drops.
    pub base: Fields,
    /// Fields of the base in which every letter decides.
    pub decides: &'static [&'static str],
    /// Changes of the base that are dropped too.
    pub drops: &'static [Variant],
    /// Changes of the base that must stay.
    pub keeps: &'static [Variant],
}

/// What it shows, and what differs from the family's base.
pub type Variant = (&'static str, Fields);

/// All of them, family by family.
pub fn samples() -> Vec<Sample> {
    let families = network::FAMILIES.iter().chain(processes::FAMILIES).chain(files::FAMILIES);
    families.enumerate().flat_map(|(number, family)| family.samples(number)).collect()
}

impl Family {
    fn samples(&self, number: usize) -> Vec<Sample> {
        let base = Sample::new(self.event, self.base).about(self.filter);
        let mut samples = vec![base.clone().dropped().shows("what it is for")];
        samples.extend(self.drops.iter().map(|(shows, changes)| base.clone().with(changes).dropped().shows(*shows)));
        samples.extend(self.keeps.iter().map(|(shows, changes)| base.clone().with(changes).shows(*shows)));
        for (nth, name) in self.decides.iter().enumerate() {
            let value = base.value(name).unwrap_or_default();
            let at = |letter: char| value.to_ascii_lowercase().find(letter);
            // There are two such letters: by turns, where a text has both.
            let (k, s) = (at('k').map(|at| (at, 'k', '\u{212a}')), at('s').map(|at| (at, 's', '\u{17f}')));
            if let Some((at, letter, like)) = if (number + nth).is_multiple_of(2) { k.or(s) } else { s.or(k) } {
                let mut value = value.to_string();
                value.replace_range(at..at + 1, &like.to_string());
                let shows = format!("U+{:04X} in {name}, which folds to {letter}", u32::from(like));
                samples.push(base.clone().with_value(name, value).shows(shows));
            }
        }
        samples.push(
            base.clone()
                .with(&[("RuleName", INJECTION)])
                .tagged(&["suspicious"])
                .alerted()
                .shows("logged under a name that the alert waits for"),
        );
        let (source, shows) = if number.is_multiple_of(2) {
            (Source::Application, "the same id and fields in the channel Application")
        } else {
            (Source::Security, "the same id and fields in the channel Security")
        };
        samples.push(base.from(source).shows(shows));
        samples
    }
}
