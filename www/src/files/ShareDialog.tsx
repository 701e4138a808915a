// A link that holds the rules of this file, or of the project.
import { useMemo, useState } from "preact/hooks";
import { currentFile, files, home, kindOf } from "../state/project.ts";
import { copy } from "../ui/copy.ts";
import { openDialog } from "../ui/Dialog.tsx";
import { baseOf } from "./names.ts";
import { saveArchive } from "./save.ts";
import { KEY, MOST, pack } from "./share.ts";

export const share = (): Promise<unknown> => openDialog("Share by link", (close) => <Share close={() => close(null)} />);

function Share({ close }: { close: () => void }) {
  const [isOne, setOne] = useState(currentFile.value !== null);
  const one = currentFile.value;
  const link = useMemo(() => {
    const chosen = isOne && one ? [one] : files.value.filter(({ name }) => kindOf(name) !== "other");
    const packed = pack({ name: isOne && one ? baseOf(one.name) : home.value.name, files: chosen.map(({ name, text }) => ({ name, text })) });
    return `${location.origin === "null" ? "" : location.origin}${location.pathname}#${KEY}=${packed}`;
  }, [isOne]);
  const isLong = link.length > MOST;
  return (
    <>
      <div class="dialog-text">
        <p>The link itself holds the rules, and nothing is sent anywhere. Events are never in it.</p>
        <div role="radiogroup" aria-label="What is shared">
          {one && (
            <label class="check">
              <input type="radio" name="shared" checked={isOne} onChange={() => setOne(true)} /> {baseOf(one.name)}
            </label>
          )}{" "}
          <label class="check">
            <input type="radio" name="shared" checked={!isOne} onChange={() => setOne(false)} /> the whole project, with its tables
          </label>
        </div>
        {["127.0.0.1", "localhost", "[::1]"].includes(location.hostname) && (
          <p>
            Its address is this machine's: it opens here, while the server runs at this port. Elsewhere put what stands behind the # behind the address of an editor there, or send the files.
          </p>
        )}
        <p>
          {(link.length / 1024).toFixed(1)} KB
          {isLong && (
            <strong>
              : too long. Mail and chat cut such links off. Share one file of it, or{" "}
              <button type="button" class="link" onClick={saveArchive}>
                download the project
              </button>{" "}
              and send the archive.
            </strong>
          )}
        </p>
        {!isLong && <textarea class="share-link" readOnly rows={4} aria-label="Link" value={link} onFocus={(event) => event.currentTarget.select()} />}
      </div>
      <div class="dialog-ways">
        <button type="button" onClick={close}>
          Close
        </button>
        <button type="button" class="primary" disabled={isLong} onClick={() => void copy(link, "Link").then(close)}>
          Copy link
        </button>
      </div>
    </>
  );
}
