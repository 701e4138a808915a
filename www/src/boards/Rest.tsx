// Before and after: what a filter of this selection would leave, by kind of event and in bytes.
import { bytes, count, share } from "../preview/numbers.ts";
import { saveCsv } from "../charts/paint.ts";
import { Menu } from "../ui/Menu.tsx";
import { ALL_EVENTS } from "./list.ts";
import { sides } from "./state.ts";

const titleOf = (name: string): string => {
  const found = ALL_EVENTS.find((each) => each.name === name);
  return found ? `${found.id} ${found.title}` : name;
};

export function Rest() {
  const both = sides.value;
  if (!both) return null;
  const { before, after } = both;
  const left = new Map((after.tops[0]?.values ?? []).map(({ value, count: number }) => [value, number]));
  const rows = (before.tops[0]?.values ?? []).map(({ value, count: number }) => ({ title: titleOf(value), before: number, after: left.get(value) ?? 0 }));
  const most = Math.max(...rows.map((each) => each.before), 1);
  const save = (): void =>
    saveCsv("before and after", {
      head: ["event", "before", "dropped", "after"],
      rows: [...rows.map((each) => [each.title, each.before, each.before - each.after, each.after]), ["all", before.count, before.count - after.count, after.count], ["bytes", before.bytes, before.bytes - after.bytes, after.bytes]],
    });
  return (
    <figure class="chart board-rest" aria-label="Before and after">
      <figcaption class="chart-head">
        <h3>If this filter ran</h3>
        <span class="chart-about">
          {count(after.count)} of {count(before.count)} events would remain, {bytes(after.bytes)} of {bytes(before.bytes)}:{" "}
          <strong>
            {share(before.count - after.count, before.count)} fewer events, {share(before.bytes - after.bytes, before.bytes)} fewer bytes
          </strong>
        </span>
        <span class="chart-buttons">
          <Menu label="Export before and after" class="quiet" fromRight entries={() => [{ label: "Table (CSV)", run: save }]}>
            <span aria-hidden="true">⤓</span>
          </Menu>
        </span>
      </figcaption>
      <div class="board-rest-room" tabIndex={0} role="region" aria-label="Before and after, by event">
        <table class="board-table">
          <caption class="hidden-label">Before and after, by event</caption>
          <thead>
            <tr>
              <th scope="col">Event</th>
              <th scope="col">Before</th>
              <th scope="col">Dropped</th>
              <th scope="col">After</th>
              <th scope="col" aria-hidden="true" />
            </tr>
          </thead>
          <tbody>
            {rows.map((each) => (
              <tr key={each.title}>
                <th scope="row">{each.title}</th>
                <td>{count(each.before)}</td>
                <td>{each.before === each.after ? "–" : count(each.before - each.after)}</td>
                <td>{count(each.after)}</td>
                <td class="board-rest-bar" aria-hidden="true">
                  <span class="before" style={{ width: `${(each.before / most) * 100}%` }}>
                    <span class="after" style={{ width: `${(each.after / each.before) * 100}%` }} />
                  </span>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </figure>
  );
}
