// Two texts side by side, to be read; what differs is marked. Loaded when it is first needed.
import { MergeView } from "@codemirror/merge";
import { EditorState, type Extension } from "@codemirror/state";
import { EditorView, lineNumbers } from "@codemirror/view";
import { theme } from "./theme.ts";

const marks = EditorView.theme({
  "&": { height: "auto" },
  ".cm-changedLine, &.cm-merge-b .cm-changedLine": { backgroundColor: "color-mix(in srgb, var(--accent) 12%, transparent)" },
  "& .cm-changedText, &.cm-merge-b .cm-changedText": { background: "color-mix(in srgb, var(--accent) 34%, transparent)" },
  ".cm-collapsedLines": { background: "var(--ground-2)", color: "var(--text-2)" },
});

const side = (label: string): Extension => [
  lineNumbers(),
  EditorState.readOnly.of(true),
  EditorView.lineWrapping,
  EditorView.contentAttributes.of({ "aria-label": label }),
  theme,
  marks,
];

/** Shows them in a place of the page; the result takes them away again. */
export function compare(parent: HTMLElement, before: string, after: string): () => void {
  const view = new MergeView({
    parent,
    a: { doc: before, extensions: side("In the folder") },
    b: { doc: after, extensions: side("Here") },
    collapseUnchanged: { margin: 4, minSize: 8 },
  });
  return () => view.destroy();
}
