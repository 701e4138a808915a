//! What an alert says.
//!
//! In: an event that was decided, with what is stored of it. Out: the [`Alert`] as plain data, and what a template makes of it: subject, text,
//! HTML. Never here: files, the network, the clock; who gets it, and whether.
//!
//! | file | what |
//! | --- | --- |
//! | `data.rs` | the alert as data: what templates and receivers of JSON see |
//! | `sample.rs` | a made-up alert in which everything is there |
//! | `quote.rs` | values in commands that people copy |
//! | `template/` | Jinja templates: read, checked, filled in |

pub mod data;
pub mod quote;
mod sample;
#[cfg(feature = "templates")]
pub mod template;

pub use data::{Alert, Decided};
#[cfg(feature = "templates")]
pub use template::{Known, Rendered, Template, TemplateFault, Texts, render};
