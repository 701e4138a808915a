// A hash of an event's file goes into a table of the project.
import { useEffect, useRef, useState } from "preact/hooks";
import { engine } from "../engine/client.ts";
import { type EventDetail, isRefused, type Refused, type Table, type TableEdit } from "../engine/types.ts";
import { write } from "../files/actions.ts";
import { openDialog } from "../ui/Dialog.tsx";
import { toast } from "../ui/Toast.tsx";

type Choice = Pick<Table, "name" | "file">;

/** Asks for the table and a note, then changes the table's file. */
export function askWhitelist(event: EventDetail, tables: Choice[]): void {
  const title = "Whitelist the hash of this event's file";
  void openDialog<TableEdit>(title, (close) => <Whitelist event={event} tables={tables} close={close} />).then(async (edit) => {
    if (!edit) return;
    await write(edit.file, edit.text);
    toast(`Added to ${edit.file}, ${edit.added}`);
  });
}

const PAUSE = 150;

function Whitelist({ event, tables, close }: { event: EventDetail; tables: Choice[]; close: (edit: TableEdit | null) => void }) {
  const [table, setTable] = useState(tables[0]?.name ?? "");
  const [note, setNote] = useState("");
  const [edit, setEdit] = useState<TableEdit | Refused | null>(null);
  const asked = useRef(0);
  useEffect(() => {
    const mine = ++asked.current;
    const timer = setTimeout(() => {
      void engine.whitelist(event.index, table, note).then((answer) => {
        if (mine === asked.current) setEdit(answer);
      });
    }, PAUSE);
    return () => clearTimeout(timer);
  }, [table, note]);
  return (
    <form
      class="dialog-form ev-whitelist"
      onSubmit={(submitted) => {
        submitted.preventDefault();
        // What is shown may be older than what was typed last.
        void engine.whitelist(event.index, table, note).then((answer) => (isRefused(answer) ? setEdit(answer) : close(answer)));
      }}
    >
      <label>
        Table
        <select value={table} onChange={({ currentTarget }) => setTable(currentTarget.value)}>
          {tables.map(({ name, file }) => (
            <option key={name} value={name}>
              {name} ({file})
            </option>
          ))}
        </select>
      </label>
      <label>
        Note: why is it harmless?
        <input type="text" autofocus value={note} onInput={({ currentTarget }) => setNote(currentTarget.value)} />
      </label>
      <div role="status">
        {edit &&
          (isRefused(edit) ? (
            <p class="ev-refused">
              {edit.error}
              {edit.help !== null && <span class="ev-help"> {edit.help}</span>}
            </p>
          ) : (
            <>
              <p class="ev-help">This row is added to {edit.file}:</p>
              <p class="ev-added">{edit.added}</p>
            </>
          ))}
      </div>
      <div class="dialog-ways">
        <button type="button" onClick={() => close(null)}>
          Cancel
        </button>
        <button type="submit" class="primary" disabled={!edit || isRefused(edit)}>
          Add to the table
        </button>
      </div>
    </form>
  );
}
