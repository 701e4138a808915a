// CodeMirror as one line for a condition. Loaded when such a line is first shown.
//
// In: a place in the page, what to call when it changes. Out: a handle. Never here: what a condition means.
import { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap, completionStatus, type CompletionContext, type CompletionResult } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { bracketMatching, StreamLanguage } from "@codemirror/language";
import { setDiagnostics } from "@codemirror/lint";
import { Annotation, EditorState, Prec } from "@codemirror/state";
import { drawSelection, EditorView, keymap, placeholder as hint } from "@codemirror/view";
import type { Diagnostic } from "../engine/types.ts";
import { completeCondition } from "./complete.ts";
import { rules } from "./language.ts";
import { theme } from "./theme.ts";

export interface LineOptions {
  parent: HTMLElement;
  label: string;
  placeholder: string;
  /** The id of what says what is wrong. */
  describedBy: string;
  /** The events that fields are offered of. */
  events: () => readonly string[];
  onChange: (text: string) => void;
  onEnter: (text: string) => void;
}

export interface LineEditor {
  setText: (text: string) => void;
  setFindings: (findings: readonly Diagnostic[]) => void;
  focus: () => void;
  end: () => void;
}

const FromOutside = Annotation.define<boolean>();

const look = EditorView.theme({
  "&": { height: "auto", backgroundColor: "transparent" },
  ".cm-scroller": { overflow: "hidden auto", maxHeight: "7.5em" },
  ".cm-content": { padding: "3px 0" },
  ".cm-line": { padding: "0 8px" },
  ".cm-placeholder": { color: "var(--text-2)", opacity: "1" },
});

export function makeLine({ parent, label, placeholder, describedBy, events, onChange, onEnter }: LineOptions): LineEditor {
  const complete = (context: CompletionContext): Promise<CompletionResult | null> => completeCondition(context, events());
  const enter = (view: EditorView): boolean => {
    if (completionStatus(view.state) === "active") return false;
    onEnter(view.state.doc.toString());
    return true;
  };
  const view = new EditorView({
    parent,
    state: EditorState.create({
      doc: "",
      extensions: [
        history(),
        drawSelection(),
        bracketMatching(),
        closeBrackets(),
        StreamLanguage.define(rules),
        autocompletion({ override: [complete], icons: false }),
        hint(placeholder),
        EditorView.lineWrapping,
        EditorView.contentAttributes.of({ "aria-label": label, "aria-describedby": describedBy, "aria-multiline": "false", spellcheck: "false" }),
        // Enter takes the condition over; Tab leaves the line. A condition that was pasted may have several lines.
        Prec.high(keymap.of([{ key: "Enter", run: enter }])),
        keymap.of([...closeBracketsKeymap, ...defaultKeymap, ...historyKeymap, ...completionKeymap]),
        theme,
        look,
        EditorView.updateListener.of((update) => {
          if (update.docChanged && !update.transactions.some((each) => each.annotation(FromOutside))) onChange(update.state.doc.toString());
        }),
      ],
    }),
  });
  return {
    setText(text) {
      if (view.state.doc.toString() === text) return;
      view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text }, annotations: FromOutside.of(true) });
    },
    setFindings(findings) {
      const all = view.state.doc.length;
      const marks = findings.flatMap(({ range, severity, message }) => {
        if (!range) return [];
        const from = Math.min(range.start, all);
        return [{ from, to: Math.min(Math.max(range.end, from), all), severity: severity === "note" ? ("info" as const) : severity, message }];
      });
      view.dispatch(setDiagnostics(view.state, marks));
    },
    focus: () => view.focus(),
    end: () => view.destroy(),
  };
}
