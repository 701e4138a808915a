//! Lines read in pieces come out as lines read one after the other.

use proptest::prelude::*;

use super::*;

/// Takes down what it is told: of events, where they stand and what their record says.
#[derive(Default)]
struct Told(Vec<String>);

impl Sink for Told {
    fn event(&mut self, record: Record<'_>) -> ControlFlow<()> {
        let text = record.text.map(String::from_utf8_lossy);
        self.0.push(format!("{}@{}+{} {:?}", record.place.number, record.place.offset, record.bytes, text));
        ControlFlow::Continue(())
    }

    fn damaged(&mut self, damaged: Damaged) {
        self.0.push(damaged.to_string());
    }
}

/// Reads pieces with a reader of its own, the later ones first.
struct Backwards {
    told: Told,
    waiting: Vec<Piece>,
    stats: ReadStats,
    pieces: usize,
}

impl Backwards {
    fn tell(&mut self) -> Option<Rest> {
        let mut results = Vec::new();
        for piece in self.waiting.drain(..).rev() {
            let mut told = Told::default();
            let mut reader = EventReader::new(&Layout::new(), AgentVersion::DEFAULT);
            let until = reader.piece(&piece, &mut told);
            results.push((piece, told, until, reader.stats));
        }
        let mut rest: Option<Rest> = None;
        for (piece, told, until, stats) in results.into_iter().rev() {
            if let Some(rest) = &mut rest {
                rest.append(&piece);
                continue;
            }
            self.told.0.extend(told.0);
            self.stats.add(&stats);
            rest = until.map(|until| piece.rest(until));
        }
        rest
    }
}

impl Sink for Backwards {
    fn event(&mut self, record: Record<'_>) -> ControlFlow<()> {
        self.told.event(record)
    }

    fn damaged(&mut self, damaged: Damaged) {
        self.told.damaged(damaged);
    }

    fn pieces(&mut self) -> Option<&mut dyn Pieces> {
        Some(self)
    }
}

impl Pieces for Backwards {
    fn read(&mut self, source: &mut PieceSource<'_>) -> Taken {
        loop {
            let next = source.next(Vec::new());
            let failed = match next {
                Ok(Some(piece)) => {
                    self.pieces += 1;
                    self.waiting.push(piece);
                    None
                }
                Ok(None) => Some(Taken::All),
                Err(error) => Some(Taken::Failed(error)),
            };
            if (failed.is_some() || self.waiting.len() > 2)
                && let Some(rest) = self.tell()
            {
                return Taken::Rest(rest);
            }
            if let Some(taken) = failed {
                return taken;
            }
        }
    }

    fn stats(&mut self) -> ReadStats {
        std::mem::take(&mut self.stats)
    }
}

/// How many pieces a text was read in, having come out as ever.
fn in_pieces(text: &[u8]) -> usize {
    let read = |sink: &mut dyn Sink| {
        let mut reader = EventReader::new(&Layout::new(), AgentVersion::DEFAULT);
        let result = reader.read_file(&"in".into(), Cursor::new(text), sink);
        (result.map_err(|error| error.to_string()), reader.stats)
    };
    let mut one = Told::default();
    let mut several = Backwards { told: Told::default(), waiting: Vec::new(), stats: ReadStats::default(), pieces: 0 };
    let (expected, said) = (read(&mut one), read(&mut several));
    assert_eq!(several.told.0, one.0, "{}", String::from_utf8_lossy(text));
    assert_eq!(said, expected, "{}", String::from_utf8_lossy(text));
    several.pieces
}

#[test]
fn lines_of_a_long_stream_are_read_in_pieces() {
    let text: String = (0..2000).map(|id| own(id) + "\r\n").collect();
    assert!(in_pieces(text.as_bytes()) > 10);
    // A mark at its start and one in between, and no end of line.
    let marked = format!("\u{feff}{text}\u{feff}{}", text.trim_end());
    assert!(in_pieces(marked.as_bytes()) > 20);
    assert_eq!(in_pieces(own(1).as_bytes()), 0);
}

#[test]
fn where_a_record_goes_over_several_lines_pieces_end() {
    let lines: String = (0..400).map(|id| own(id) + "\n").collect();
    for odd in [
        "{\"winlog\":\n{\"event_id\":\"7\"}}\n",
        "[\n{\"winlog\":{\"event_id\":\"7\"}}\n]\n",
        "<Event>\n<System/></Event>\n",
        "{\"winlog\":{\"event_id\":\n",
        "{\"cut\":\"short\n",
        "neither\n\n\n",
    ] {
        assert!(in_pieces(format!("{lines}{odd}{lines}").as_bytes()) > 2, "{odd}");
        in_pieces(format!("{lines}{odd}").as_bytes());
    }
}

#[test]
fn a_line_beyond_the_limit_is_told_of_and_the_rest_is_read() {
    let lines: String = (0..100).map(|id| own(id) + "\n").collect();
    let long = "x".repeat(RECORD_BYTES + 1);
    assert!(in_pieces(format!("{lines}{{{long}\n{lines}").as_bytes()) > 0);
    in_pieces(format!("{lines}{{{long}").as_bytes());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn whatever_the_lines_are(lines in proptest::collection::vec(prop_oneof![
        4 => (0_u32..100).prop_map(own),
        1 => Just("{\"winlog\":{\"event_id\":\"1\"".to_string()),
        1 => Just("  \"a\":1}".to_string()),
        1 => Just(String::new()),
        1 => Just("<14>x<Event><System/></Event>".to_string()),
        1 => Just("[".to_string()),
        1 => r#"[\[\]{}:," \ta\\]{0,9}"#,
    ], 1..120), more in 20_usize..60) {
        let text: String = (0..more as u32).map(|id| own(id) + "\n").collect();
        in_pieces(format!("{text}{}\n", lines.join("\n")).as_bytes());
    }
}
