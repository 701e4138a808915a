//! Records in, agent's events out: a file for each kind of form, an example for each trap.

mod carried;
mod flat;
mod stored;
mod told;
mod windows;

use crate::event::Form;
use crate::event::testing::{Event, event};

/// The event of a record that must have this form.
fn of(form: Form, record: &str) -> Event {
    let event = event(record);
    assert_eq!(event.form, form, "{record}");
    event
}
