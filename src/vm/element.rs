//! `some of`: does one element of a list meet several tests?
//!
//! In: the element's small program, a view of the event. Out: yes, no, or a fault. Never here: what a test says.

use super::Fault;
use super::frame::Frame;
use super::matcher::{self, Matcher};
use super::prepared::Prepared;
use super::test::holds;
use crate::bytecode::Instr;
use crate::event::{EventView, MapView, Raw, RawMap, Value, json};
use crate::ir::Element;
use crate::limits;

/// Does one element of the list meet the condition?
pub(super) fn some_of(
    element: &Element,
    matcher: &Matcher,
    view: &dyn EventView,
    prepared: &Prepared,
    frame: &mut Frame,
) -> Result<bool, Fault> {
    let (Matcher::Element(code), Raw::List(list)) = (matcher, view.raw(element.list)) else { return Ok(false) };
    for (count, member) in list.members().enumerate() {
        if count >= limits::VALUE_MEMBERS {
            return Err(Fault::ListTooLong);
        }
        let owned;
        let fields: &[(String, Value)] = match member {
            Raw::Map(RawMap::Values(fields)) => fields,
            Raw::Map(RawMap::Json(bytes)) => match json::parse(bytes) {
                Ok(Value::Map(fields)) => {
                    owned = fields;
                    &owned
                }
                Ok(_) => continue,
                Err(_) => return Err(Fault::Malformed),
            },
            Raw::Malformed => return Err(Fault::Malformed),
            Raw::Absent | Raw::Null | Raw::Bool(_) | Raw::Number(_) | Raw::Text(_) | Raw::Json(_) | Raw::List(_) => {
                continue;
            }
        };
        frame.next_event();
        if element_meets(element, code, &MapView::as_it_stands(&element.layout, fields), prepared, frame)? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn element_meets(
    element: &Element,
    code: &matcher::ElementCode,
    view: &MapView<'_>,
    prepared: &Prepared,
    frame: &mut Frame,
) -> Result<bool, Fault> {
    let mut pc = 0;
    while let Some(instr) = code.code.get(pc) {
        pc += 1;
        let (test, when, to) = match *instr {
            Instr::JumpIfFalse { site, to } => (site as usize, false, to),
            Instr::JumpIfTrue { site, to } => (site as usize, true, to),
            Instr::Jump { to } => {
                pc = to as usize;
                continue;
            }
            Instr::Keep => return Ok(true),
            Instr::Drop
            | Instr::Stop
            | Instr::Name(_)
            | Instr::Tag(_)
            | Instr::Untag(_)
            | Instr::Set(_)
            | Instr::Remove(_)
            | Instr::Send(_)
            | Instr::Step(_)
            | Instr::When { .. }
            | Instr::Remember(_)
            | Instr::Forget(_) => return Ok(false),
        };
        if holds(&element.tests[test], &code.matchers[test], view, prepared, frame)? == when {
            pc = to as usize;
        }
    }
    Ok(false)
}
