// Files may be dropped anywhere on the page.
import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { takeDropped } from "./take.ts";

const isOver = signal(false);
const hasFiles = (event: DragEvent): boolean => event.dataTransfer?.types.includes("Files") ?? false;

export function Drop() {
  useEffect(() => {
    let depth = 0;
    const stop = new AbortController();
    // Before editors see it: they would put a file's text where the pointer is.
    const on = (name: "dragenter" | "dragover" | "dragleave" | "drop", then: (event: DragEvent) => void): void =>
      addEventListener(
        name,
        (event) => {
          if (!hasFiles(event)) return;
          event.preventDefault();
          event.stopPropagation();
          then(event);
        },
        { capture: true, signal: stop.signal },
      );
    on("dragenter", () => {
      depth++;
      isOver.value = true;
    });
    on("dragover", (event) => {
      if (event.dataTransfer) event.dataTransfer.dropEffect = "copy";
    });
    on("dragleave", () => {
      depth = Math.max(depth - 1, 0);
      isOver.value = depth > 0;
    });
    on("drop", (event) => {
      depth = 0;
      isOver.value = false;
      if (event.dataTransfer) void takeDropped(event.dataTransfer);
    });
    return () => stop.abort();
  }, []);
  if (!isOver.value) return null;
  return (
    <div class="ev-drop" aria-hidden="true">
      <p>
        <strong>Drop to open</strong>
        <br />
        Events join the sample, rules join the project. Nothing is uploaded.
      </p>
    </div>
  );
}
