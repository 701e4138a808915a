// A file that was changed here and in the folder: both texts side by side, what differs marked.
import { useEffect, useRef } from "preact/hooks";
import { openDialog } from "../ui/Dialog.tsx";
import "./files.css";

/** Asks whose text counts; `theirs` is null where the file was deleted. */
export const askConflict = (name: string, mine: string, theirs: string | null): Promise<"mine" | "theirs" | null> =>
  openDialog<"mine" | "theirs">(
    `${name} was ${theirs === null ? "deleted" : "changed"} in the folder`,
    (close) => (
      <>
        <p class="dialog-text">
          {theirs === null
            ? "You have changes to it that are not saved."
            : "It is another one than you opened, and you have changes that are not saved. What differs is marked."}
        </p>
        {theirs !== null && <Sides mine={mine} theirs={theirs} />}
        <div class="dialog-ways">
          <button type="button" autofocus onClick={() => close(null)}>
            Decide later
          </button>
          <button type="button" class="danger" onClick={() => close("theirs")}>
            {theirs === null ? "Delete it here too" : "Take the folder's"}
          </button>
          <button type="button" class="primary" onClick={() => close("mine")}>
            {theirs === null ? "Save mine as new" : "Save mine over it"}
          </button>
        </div>
      </>
    ),
    theirs !== null,
  );

function Sides({ mine, theirs }: { mine: string; theirs: string }) {
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    let end: (() => void) | null = null;
    let isGone = false;
    void import("../text/compare.ts").then(({ compare }) => {
      if (!isGone && place.current) end = compare(place.current, theirs, mine);
    });
    return () => {
      isGone = true;
      end?.();
    };
  }, []);
  return (
    <>
      <div class="sides-heads" aria-hidden="true">
        <h3>In the folder</h3>
        <h3>Here</h3>
      </div>
      <div class="sides" ref={place} />
    </>
  );
}
