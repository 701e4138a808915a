// A lookup table as rows that can be changed, added and taken away.
import { lineOf, read, write } from "./csv.ts";
import { useMemo, useState } from "preact/hooks";

const MOST = 500;

export function Table({ text, onChange }: { text: string; onChange: (text: string) => void }) {
  const lines = useMemo(() => read(text), [text]);
  const [sought, setSought] = useState("");
  const [at, ...body] = lines.flatMap(({ cells }, index) => (cells ? [index] : []));
  const header = (at === undefined ? null : lines[at]?.cells) ?? [];
  const change = (index: number, cells: string[] | null): void => {
    const changed = cells
      ? lines.map((line, each) => (each === index ? { raw: lineOf(cells), cells } : line))
      : lines.filter((_, each) => each !== index);
    onChange(write(changed));
  };
  const add = (): void => {
    const cells = header.map(() => "");
    onChange(write([...lines, { raw: lineOf(cells), cells }]));
    setSought("");
  };
  const found = body.filter((index) => (lines[index]?.raw ?? "").toLowerCase().includes(sought.toLowerCase()));
  if (!header.length) return <p class="empty">This table has no columns yet. Write a line with their names as text.</p>;
  return (
    <div class="table-edit">
      <div class="toolbar">
        <input type="search" placeholder="Find" aria-label="Find rows" value={sought} onInput={(event) => setSought(event.currentTarget.value)} />
        <button type="button" onClick={add}>
          Add a row
        </button>
        <span class="toolbar-end">
          {body.length} rows{found.length > MOST && `, the first ${MOST} shown`}
        </span>
      </div>
      <div class="table-scroll">
        <table>
          <thead>
            <tr>
              {header.map((name) => (
                <th key={name} scope="col">
                  {name}
                </th>
              ))}
              <th>
                <span class="hidden-label">Remove</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {found.slice(0, MOST).map((index) => {
              const cells = lines[index]?.cells ?? [];
              return (
                <tr key={index}>
                  {header.map((name, column) => (
                    <td key={name}>
                      <input
                        type="text"
                        spellcheck={false}
                        aria-label={`${name}, row ${body.indexOf(index) + 1}`}
                        value={cells[column] ?? ""}
                        onChange={(event) => change(index, header.map((_, each) => (each === column ? event.currentTarget.value : (cells[each] ?? ""))))}
                      />
                    </td>
                  ))}
                  <td>
                    <button type="button" class="quiet" aria-label={`Remove row ${body.indexOf(index) + 1}`} onClick={() => change(index, null)}>
                      <span aria-hidden="true">✕</span>
                    </button>
                  </td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
    </div>
  );
}
