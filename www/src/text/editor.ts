// CodeMirror, as the page uses it. Loaded when a text is first shown.
//
// In: a place in the page, a text, what to call when it changes. Out: a handle. Never here: the project, the engine.
import { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, indentLess, indentMore } from "@codemirror/commands";
import { xml } from "@codemirror/lang-xml";
import { yaml } from "@codemirror/lang-yaml";
import { bracketMatching, codeFolding, foldGutter, foldKeymap, foldService, indentOnInput, indentUnit, StreamLanguage } from "@codemirror/language";
import { type Diagnostic as Lint, lintGutter, lintKeymap, setDiagnostics } from "@codemirror/lint";
import { highlightSelectionMatches, openSearchPanel, search, searchKeymap } from "@codemirror/search";
import { Annotation, EditorState, type Extension } from "@codemirror/state";
import { drawSelection, EditorView, highlightActiveLine, highlightActiveLineGutter, keymap, lineNumbers } from "@codemirror/view";
import { complete } from "./complete.ts";
import { closing, smallestChange } from "./edit.ts";
import { rules } from "./language.ts";
import { type Sign, setSigns, signs } from "./marks.ts";
import { theme } from "./theme.ts";

export type Language = "rules" | "yaml" | "sigma" | "xml" | "plain";

export interface Finding {
  start: number;
  end: number;
  severity: "error" | "warning" | "info";
  title: string;
  message: string;
  help: string | null;
  fix: { label: string; run: () => void } | null;
}

export interface Options {
  parent: HTMLElement;
  label: string;
  language: Language;
  readOnly?: boolean;
  onChange?: (text: string) => void;
  onFormat?: () => void;
}

export interface TextEditor {
  /** Another text; the cursor and the scroll stay where they can. `fresh`: another file, with a history of its own. */
  setText: (text: string, fresh: boolean) => void;
  setFindings: (findings: Finding[]) => void;
  setSigns: (signs: Sign[]) => void;
  select: (start: number, end: number) => void;
  search: () => void;
  focus: () => void;
  end: () => void;
}

const FromOutside = Annotation.define<boolean>();

const folding = foldService.of((state, from, to) => {
  const line = state.sliceDoc(from, to).replace(/\/\/.*$/, "");
  const at = Math.max(line.lastIndexOf("{"), line.lastIndexOf("["));
  if (at < 0) return null;
  const text = state.doc.toString();
  const end = closing(text, from + at);
  return end !== null && end > to ? { from: from + at + 1, to: end } : null;
});

const languages: Record<Language, () => Extension> = {
  rules: () => [StreamLanguage.define(rules), indentUnit.of("    "), folding, autocompletion({ override: [complete] }), closeBrackets(), signs, EditorView.lineWrapping],
  yaml: () => [yaml(), indentUnit.of("  "), EditorView.lineWrapping],
  // As XML: what was not touched stays as it was.
  sigma: () => [yaml(), indentUnit.of("    "), EditorState.lineSeparator.of("\n"), EditorView.lineWrapping],
  // Only \n ends a line, so that what was not touched stays as it was, and places count as the engine counts them.
  xml: () => [xml({ autoCloseTags: false }), indentUnit.of("  "), EditorState.lineSeparator.of("\n")],
  plain: () => [],
};

export function make({ parent, label, language, readOnly = false, onChange, onFormat }: Options): TextEditor {
  const bound = onFormat ? [{ key: "Shift-Alt-f", run: () => (onFormat(), true) }] : [];
  const extensions: Extension = [
    lineNumbers(),
    codeFolding(),
    foldGutter({ openText: "▾", closedText: "▸" }),
    history(),
    drawSelection(),
    EditorState.allowMultipleSelections.of(true),
    bracketMatching(),
    indentOnInput(),
    highlightActiveLine(),
    highlightActiveLineGutter(),
    highlightSelectionMatches(),
    search({ top: true }),
    languages[language](),
    readOnly ? [] : lintGutter(),
    EditorState.readOnly.of(readOnly),
    EditorView.contentAttributes.of({ "aria-label": label, spellcheck: "false", tabindex: "0" }),
    // Tab indents; Escape and then Tab leaves, as screen readers say of CodeMirror.
    keymap.of([
      ...bound,
      ...closeBracketsKeymap,
      ...defaultKeymap,
      ...searchKeymap,
      ...historyKeymap,
      ...foldKeymap,
      ...completionKeymap,
      ...lintKeymap,
      ...(readOnly ? [] : [{ key: "Tab", run: indentMore, shift: indentLess }]),
    ]),
    theme,
    EditorView.updateListener.of((update) => {
      if (!update.docChanged || update.transactions.some((each) => each.annotation(FromOutside))) return;
      onChange?.(update.state.doc.toString());
    }),
  ];
  const view = new EditorView({ parent, state: EditorState.create({ doc: "", extensions }) });
  const clamp = (at: number): number => Math.min(Math.max(at, 0), view.state.doc.length);
  return {
    setText(text, fresh) {
      if (fresh) {
        view.setState(EditorState.create({ doc: text, extensions }));
        view.scrollDOM.scrollTop = 0;
        return;
      }
      const old = view.state.doc.toString();
      if (old === text) return;
      view.dispatch({ changes: smallestChange(old, text), annotations: FromOutside.of(true) });
    },
    setFindings(findings) {
      const lints = findings.map(({ start, end, severity, title, message, help, fix }): Lint => {
        const from = clamp(start);
        return {
          from,
          to: clamp(Math.max(end, start)),
          severity,
          message,
          renderMessage: () => {
            const all = document.createElement("div");
            for (const [kind, text] of [["strong", message], ["p", help], ["small", title]] as const) {
              if (text === null || text === "") continue;
              const part = document.createElement(kind);
              part.textContent = text;
              all.append(part);
            }
            all.className = "text-finding";
            return all;
          },
          ...(fix ? { actions: [{ name: fix.label, apply: () => fix.run() }] } : {}),
        };
      });
      view.dispatch(setDiagnostics(view.state, lints));
    },
    setSigns: (all) => view.dispatch({ effects: setSigns.of(all) }),
    select(start, end) {
      const [anchor, head] = [clamp(start), clamp(end)];
      view.dispatch({ selection: { anchor, head }, effects: EditorView.scrollIntoView(anchor, { y: "center" }) });
      view.focus();
    },
    search: () => void openSearchPanel(view),
    focus: () => view.focus(),
    end: () => view.destroy(),
  };
}
