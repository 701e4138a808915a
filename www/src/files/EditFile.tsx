// A file that is no rule, in a dialog: a table, tests, blocksieve.toml.
import { useState } from "preact/hooks";
import type { Diagnostic } from "../engine/types.ts";
import { fileOf, kindOf } from "../state/project.ts";
import { CodeView } from "../text/CodeView.tsx";
import { openDialog } from "../ui/Dialog.tsx";
import { write } from "./actions.ts";
import { Table } from "./Table.tsx";
import "./files.css";

/** Opens it; `at`: where the cursor goes. Changes count when they are kept with "Apply". */
export async function editFile(name: string, at?: Pick<Diagnostic, "range">): Promise<void> {
  const file = fileOf(name);
  if (!file) return;
  const text = await openDialog<string>(name, (close) => <Body name={name} text={file.text} at={at?.range?.start} close={close} />, true);
  if (text !== null && text !== file.text) await write(name, text);
}

function Body({ name, text, at, close }: { name: string; text: string; at?: number | undefined; close: (text: string | null) => void }) {
  const [now, setNow] = useState(text);
  const isTable = kindOf(name) === "table";
  const [asRows, setAsRows] = useState(isTable && at === undefined);
  return (
    <>
      {isTable && (
        <div class="toolbar" role="group" aria-label="Show as">
          <button type="button" aria-pressed={asRows} onClick={() => setAsRows(true)}>
            Table
          </button>
          <button type="button" aria-pressed={!asRows} onClick={() => setAsRows(false)}>
            Text
          </button>
        </div>
      )}
      <div class="edit-file">
        {asRows ? (
          <Table text={now} onChange={setNow} />
        ) : (
          <CodeView text={now} name={name} language={/\.ya?ml$/.test(name) ? "yaml" : "plain"} label={name} onChange={setNow} at={at} />
        )}
      </div>
      <div class="dialog-ways">
        <button type="button" onClick={() => close(null)}>
          Cancel
        </button>
        <button type="button" class="primary" onClick={() => close(now)}>
          Apply
        </button>
      </div>
    </>
  );
}
