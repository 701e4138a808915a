// The look of CodeMirror, from the page's own colours, so that it follows every theme.
import { HighlightStyle, syntaxHighlighting } from "@codemirror/language";
import type { Extension } from "@codemirror/state";
import { EditorView } from "@codemirror/view";
import { tags } from "@lezer/highlight";

const look = EditorView.theme({
  "&": { height: "100%", color: "var(--text)", backgroundColor: "var(--ground)", fontSize: "13px" },
  ".cm-scroller": { fontFamily: "var(--mono)", lineHeight: "1.55" },
  ".cm-content": { caretColor: "var(--text)", padding: "6px 0" },
  ".cm-cursor": { borderLeftColor: "var(--text)", borderLeftWidth: "2px" },
  "&.cm-focused": { outline: "none" },
  "&.cm-focused .cm-selectionBackground, .cm-selectionBackground": {
    background: "color-mix(in srgb, var(--accent) 30%, transparent) !important",
  },
  ".cm-gutters": { backgroundColor: "var(--ground-2)", color: "var(--text-2)", border: "0", borderRight: "1px solid var(--line)" },
  ".cm-activeLine": { backgroundColor: "color-mix(in srgb, var(--accent) 7%, transparent)" },
  ".cm-activeLineGutter": { backgroundColor: "var(--ground-3)", color: "var(--text)" },
  "&.cm-focused .cm-matchingBracket": { backgroundColor: "var(--accent-ground)", outline: "1px solid var(--accent)" },
  ".cm-searchMatch": { backgroundColor: "var(--alerted-ground)", outline: "1px solid var(--alerted)" },
  ".cm-searchMatch-selected": { backgroundColor: "var(--accent-ground)" },
  ".cm-panels": { backgroundColor: "var(--ground-2)", color: "var(--text)", borderColor: "var(--line)" },
  ".cm-panels button": { backgroundImage: "none" },
  ".cm-button": { backgroundImage: "none", border: "1px solid var(--line-strong)", borderRadius: "var(--radius)" },
  ".cm-textfield": { backgroundColor: "var(--ground)", border: "1px solid var(--line-strong)" },
  ".cm-tooltip": {
    backgroundColor: "var(--ground)",
    color: "var(--text)",
    border: "1px solid var(--line-strong)",
    borderRadius: "var(--radius)",
    boxShadow: "0 6px 20px rgb(0 0 0 / 22%)",
    maxWidth: "min(560px, 90vw)",
  },
  ".cm-tooltip-autocomplete ul": { fontFamily: "var(--mono)", maxHeight: "15em" },
  ".cm-tooltip-autocomplete ul li[aria-selected]": { backgroundColor: "var(--accent)", color: "var(--on-accent)" },
  ".cm-completionDetail": { color: "inherit", opacity: "0.8", fontStyle: "normal" },
  ".cm-completionInfo": { padding: "6px 10px", fontFamily: "var(--font)" },
  ".cm-diagnostic": { padding: "6px 10px", fontFamily: "var(--font)", borderLeftWidth: "4px" },
  ".cm-diagnostic-error": { borderLeftColor: "var(--error)" },
  ".cm-diagnostic-warning": { borderLeftColor: "var(--warning)" },
  ".cm-diagnostic-info": { borderLeftColor: "var(--note)" },
  ".cm-diagnosticAction": { backgroundColor: "var(--accent)", color: "var(--on-accent)", borderColor: "var(--accent)" },
  ".cm-lintRange-error": { backgroundImage: "none", textDecoration: "underline wavy var(--error) 1.5px", textUnderlineOffset: "3px" },
  ".cm-lintRange-warning": { backgroundImage: "none", textDecoration: "underline wavy var(--warning) 1.5px", textUnderlineOffset: "3px" },
  ".cm-lintRange-info": { backgroundImage: "none", textDecoration: "underline dotted var(--note) 1.5px", textUnderlineOffset: "3px" },
  ".cm-foldPlaceholder": { backgroundColor: "var(--ground-3)", border: "1px solid var(--line)", color: "var(--text-2)", padding: "0 6px" },
});

const colours = HighlightStyle.define([
  { tag: [tags.lineComment, tags.comment], color: "var(--text-2)", fontStyle: "italic" },
  { tag: [tags.definitionKeyword, tags.controlKeyword], color: "var(--accent)", fontWeight: "700" },
  { tag: [tags.keyword, tags.operatorKeyword, tags.modifier], color: "var(--accent)" },
  { tag: tags.typeName, color: "var(--tagged)", fontWeight: "600" },
  { tag: [tags.string, tags.special(tags.string)], color: "var(--kept)" },
  { tag: [tags.number, tags.bool, tags.atom, tags.null], color: "var(--alerted)" },
  { tag: tags.propertyName, color: "var(--note)" },
  { tag: tags.variableName, color: "var(--text)" },
  { tag: tags.definition(tags.propertyName), color: "var(--note)" },
  { tag: tags.invalid, color: "var(--error)", textDecoration: "underline" },
]);

export const theme: Extension = [look, syntaxHighlighting(colours)];
