// The dialog that chooses the table's columns.
import { useEffect, useState } from "preact/hooks";
import { engine } from "../engine/client.ts";
import type { FieldInfo } from "../engine/types.ts";
import { detail, selection } from "../state/preview.ts";
import { openDialog } from "../ui/Dialog.tsx";
import { BUILT_IN, isBuiltIn, standardColumns, titleOf } from "./columns.ts";
import { areOwn, columns, setColumns } from "./view.ts";

export function askColumns(): void {
  void openDialog("Columns", (close) => <Columns close={() => close(null)} />);
}

interface Offer {
  name: string;
  about: string;
}

function Columns({ close }: { close: () => void }) {
  const [sought, setSought] = useState("");
  const [known, setKnown] = useState<FieldInfo[]>([]);
  useEffect(() => {
    const { event } = selection.value;
    void engine.fields(event === null || /^\d*$/.test(event) ? [] : [event]).then(setKnown);
  }, []);
  const now = columns.value;
  const own = (detail.value?.fields ?? []).map(({ name, path }): Offer => ({ name, about: path === name ? "of the chosen event" : path }));
  const all: Offer[] = [
    ...now.map((name) => ({ name, about: "" })),
    ...BUILT_IN.map((name) => ({ name, about: "" })),
    ...known.map(({ name, about }) => ({ name, about })),
    ...own,
  ];
  const byName = new Map<string, Offer>();
  for (const offer of all) if ((byName.get(offer.name)?.about ?? "") === "") byName.set(offer.name, offer);
  const words = sought.trim().toLowerCase();
  const fits = [...byName.values()].filter(({ name, about }) => `${titleOf(name)} ${about}`.toLowerCase().includes(words));
  const isNew = sought.trim() !== "" && !byName.has(sought.trim()) && !/[\s,]/.test(sought.trim());
  const turn = (name: string): void => setColumns(now.includes(name) ? now.filter((other) => other !== name) : withField(now, name));
  const move = (name: string, by: number): void => {
    const at = now.indexOf(name);
    const next = now.filter((other) => other !== name);
    next.splice(Math.max(at + by, 0), 0, name);
    setColumns(next);
  };
  return (
    <div class="ev-columns">
      <input
        type="search"
        autofocus
        aria-label="Find a field"
        placeholder="Find a field, or type its name"
        value={sought}
        onInput={({ currentTarget }) => setSought(currentTarget.value)}
      />
      <ul>
        {isNew && (
          <li>
            <label>
              <input type="checkbox" checked={false} onChange={() => (turn(sought.trim()), setSought(""))} />
              <span>
                {sought.trim()} <small>a field of this name</small>
              </span>
            </label>
          </li>
        )}
        {fits.map(({ name, about }) => (
          <li key={name}>
            <label>
              <input type="checkbox" checked={now.includes(name)} disabled={now.length === 1 && now.includes(name)} onChange={() => turn(name)} />
              <span>
                {titleOf(name)} {about !== "" && <small>{about}</small>}
              </span>
            </label>
            {now.includes(name) && (
              <span class="ev-move">
                <button type="button" class="quiet" aria-label={`Move ${titleOf(name)} to the left`} disabled={now[0] === name} onClick={() => move(name, -1)}>
                  <span aria-hidden="true">↑</span>
                </button>
                <button type="button" class="quiet" aria-label={`Move ${titleOf(name)} to the right`} disabled={now.at(-1) === name} onClick={() => move(name, 1)}>
                  <span aria-hidden="true">↓</span>
                </button>
              </span>
            )}
          </li>
        ))}
        {!fits.length && !isNew && <li class="ev-help">No field has this name.</li>}
      </ul>
      <div class="dialog-ways">
        <button type="button" disabled={!areOwn.value} onClick={() => setColumns(null)} title={standardColumns(selection.value.event).map(titleOf).join(", ")}>
          Standard columns
        </button>
        <button type="button" class="primary" onClick={close}>
          Done
        </button>
      </div>
    </div>
  );
}

/** A new column stands behind the other fields, before what each row has. */
function withField(now: readonly string[], name: string): string[] {
  const lastField = now.findLastIndex((each) => !isBuiltIn(each) || each === "summary");
  return lastField < 0 ? [...now, name] : now.toSpliced(lastField + 1, 0, name);
}
