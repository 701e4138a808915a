// The configuration as text: XML, with what is wrong with it.
import { effect, untracked } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { configuration, editText, findings } from "../state/configuration.ts";
import { fileOf } from "../state/project.ts";
import { canShow, tab } from "../state/show.ts";
import type { TextEditor } from "../text/editor.ts";
import { findingsOf } from "../text/findings.ts";
import "../text/text.css";

export function ConfigText() {
  const place = useRef<HTMLDivElement>(null);
  const editor = useRef<TextEditor | null>(null);
  const isSeen = useRef(false);
  isSeen.current ||= tab.value === "text";
  const isOpen = isSeen.current;
  useEffect(() => {
    // Where to go once there is an editor.
    let wanted: { start: number; end: number } | null = null;
    return canShow("text", ({ file, range }) => {
      if (configuration.peek()?.name !== file || range === null) return false;
      tab.value = "text";
      wanted = range;
      const go = (tries: number): void => {
        if (editor.current && wanted) editor.current.select(wanted.start, wanted.end);
        else if (tries > 0) setTimeout(() => go(tries - 1), 50);
      };
      requestAnimationFrame(() => go(40));
      return true;
    });
  }, []);
  useEffect(() => {
    const parent = place.current;
    if (!isOpen || !parent) return;
    const ends: (() => void)[] = [];
    let isGone = false;
    void import("../text/editor.ts").then(({ make }) => {
      if (isGone) return;
      const made = make({ parent, label: "Configuration as text", language: "xml", onChange: editText });
      let shown: string | null = null;
      ends.push(
        effect(() => {
          const now = configuration.value;
          const key = now && `${now.name} ${now.textVersion}`;
          if (!now || key === shown) return;
          shown = key;
          made.setText(now.text, true);
          made.setFindings(untracked(() => findingsOf(now.name, findings.value)));
        }),
        effect(() => {
          const all = findings.value;
          const name = configuration.peek()?.name;
          if (name !== undefined) made.setFindings(findingsOf(name, all));
        }),
        () => made.end(),
      );
      editor.current = made;
    });
    return () => {
      isGone = true;
      editor.current = null;
      for (const end of ends) end();
    };
  }, [isOpen]);
  const now = configuration.value;
  const encoding = fileOf(now?.name ?? "")?.encoding;
  return (
    <div class="text-tab">
      <div class="toolbar" role="group" aria-label="Text">
        <button type="button" onClick={() => editor.current?.search()} title="Find and replace (Ctrl+F)">
          Find
        </button>
        <span class="toolbar-end">
          {now?.name}
          {now?.schema && ` · schema ${now.schema}`}
          {encoding && encoding.name !== "UTF-8" && ` · ${encoding.name}`}
        </span>
      </div>
      <div class="text-area" ref={place} />
    </div>
  );
}
