// A text that is no rule: YAML, CSV, TOML. To read, or to edit.
import { useEffect, useRef } from "preact/hooks";
import type { Finding, Language, TextEditor } from "./editor.ts";
import "./text.css";

interface Props {
  text: string;
  language: Exclude<Language, "rules">;
  label: string;
  /** Which text it is; another name is another history. */
  name: string;
  onChange?: (text: string) => void;
  findings?: Finding[];
  /** Where the cursor is put first, and again with each `turn`. */
  at?: number | undefined;
  turn?: number | undefined;
}

export function CodeView({ text, language, label, name, onChange, findings = [], at, turn }: Props) {
  const place = useRef<HTMLDivElement>(null);
  const editor = useRef<TextEditor | null>(null);
  const now = useRef({ text, name, onChange, findings });
  const shownName = useRef(name);
  // Texts on their way out: when one comes back as `text`, the editor may hold a newer one already.
  const sent = useRef<string[]>([]);
  now.current = { text, name, onChange, findings };
  useEffect(() => {
    const parent = place.current;
    if (!parent) return;
    let isGone = false;
    void import("./editor.ts").then(({ make }) => {
      if (isGone) return;
      const made = make({
        parent,
        label,
        language,
        readOnly: onChange === undefined,
        onChange: (changed) => {
          sent.current.push(changed);
          now.current.onChange?.(changed);
        },
      });
      made.setText(now.current.text, true);
      made.setFindings(now.current.findings);
      shownName.current = now.current.name;
      editor.current = made;
      if (at !== undefined) made.select(at, at);
    });
    return () => {
      isGone = true;
      editor.current?.end();
      editor.current = null;
    };
  }, [language]);
  useEffect(() => {
    const back = sent.current.lastIndexOf(text);
    if (back >= 0 && shownName.current === name) {
      sent.current.splice(0, back + 1);
      return;
    }
    sent.current = [];
    editor.current?.setText(text, shownName.current !== name);
    shownName.current = name;
  }, [text, name]);
  useEffect(() => editor.current?.setFindings(findings), [findings, text]);
  useEffect(() => {
    if (turn !== undefined && at !== undefined) editor.current?.select(at, at);
  }, [turn]);
  return <div class="code-view" ref={place} />;
}
