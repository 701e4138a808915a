// The most frequent values of a field: a table whose rows are bars, each of which can be chosen or left out.
//
// In: counts, the terms that are chosen. Out: clicks. Values come from endpoints: shown plainly, cut with the whole in a title.
import { useEffect, useId, useRef, useState } from "preact/hooks";
import type { BoardTerm, Top } from "../engine/board.ts";
import { count, counted, share } from "../preview/numbers.ts";
import { copy } from "../ui/copy.ts";
import { Menu } from "../ui/Menu.tsx";
import { plain } from "../ui/plain.ts";
import { headScene, saveCsv, savePng } from "./paint.ts";
import { topRows, topScene } from "./top.ts";
import "./charts.css";

/** Values that a card shows at first, and all that it can. */
export const FEW = 8;
export const MANY = 100;
/** Longer values are cut in titles too. */
const LONGEST = 2_000;

export interface TopCardProps {
  title: string;
  top: Top;
  /** The events that shares are of. */
  whole: number;
  isWide?: boolean;
  about: readonly string[];
  terms: readonly BoardTerm[];
  onTerm: (term: BoardTerm) => void;
  /** More or fewer values, and only those that hold a text: asked for anew. */
  wish: { most: number; like: string };
  onWish: (wish: { most: number; like: string }) => void;
  /** All values of the field, for a file; null: they cannot be had now. Without it, those that are shown. */
  every?: () => Promise<Top | null>;
}

export function TopCard({ title, top, whole, isWide = false, about, terms, onTerm, wish, onWish, every = () => Promise.resolve(top) }: TopCardProps) {
  const { field, values, distinct, absent } = top;
  const [isFinding, setFinding] = useState(wish.like !== "");
  const id = useId();
  const find = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (isFinding) find.current?.focus();
  }, [isFinding]);
  const largest = Math.max(...values.map((each) => each.count), 1);
  const isMany = wish.most > FEW;
  const rows: { value: string | null; count: number; spellings?: number }[] = [...values, ...(absent > 0 && wish.like === "" ? [{ value: null, count: absent }] : [])];
  return (
    <figure class={isWide ? "chart card wide" : "chart card"} aria-labelledby={id}>
      <figcaption class="chart-head">
        <h3 id={id} title={field}>
          {title}
        </h3>
        <span class="chart-about">{counted(distinct, "value")}</span>
        <span class="chart-buttons">
          {(distinct > FEW || isFinding) && (
            <button type="button" class="quiet" aria-expanded={isFinding} aria-label={`Find a value of ${title}`} title="Find a value" onClick={() => (setFinding(!isFinding), onWish({ ...wish, like: "" }))}>
              <svg aria-hidden="true" width="13" height="13" viewBox="0 0 16 16" fill="none" stroke="currentColor" stroke-width="1.8">
                <circle cx="7" cy="7" r="4.5" />
                <path d="M10.5 10.5 14.5 14.5" />
              </svg>
            </button>
          )}
          <Menu
            label={`Export ${title}`}
            class="quiet"
            fromRight
            entries={() => [
              { label: "Picture (PNG)", run: () => void savePng(title, [headScene(`${title} (${field})`, [...shownOf(top), ...about], 760), topScene(top, whole, 760)]) },
              { label: "Table (CSV)", run: () => void every().then((all) => all && saveCsv(title, topRows(all))) },
              { label: "Copy the values", run: () => void copy(values.map(({ value }) => value).join("\n"), "Values") },
            ]}
          >
            <span aria-hidden="true">⤓</span>
          </Menu>
        </span>
      </figcaption>
      {isFinding && (
        <input
          type="search"
          class="card-find"
          aria-label={`Values of ${title} that hold`}
          placeholder="Values that hold…"
          spellcheck={false}
          ref={find}
          value={wish.like}
          onInput={({ currentTarget }) => onWish({ ...wish, like: currentTarget.value })}
        />
      )}
      <div class={isMany ? "card-room many" : "card-room"} {...(isMany ? { tabIndex: 0, role: "region", "aria-label": `All values of ${title}` } : {})}>
        <table class="card-table">
          <caption class="hidden-label">{title}: events by value</caption>
          <colgroup>
            <col />
            <col class="card-count" />
            <col class="card-share" />
            <col class="card-out" />
          </colgroup>
          <thead class="hidden-label">
            <tr>
              <th scope="col">Value</th>
              <th scope="col">Events</th>
              <th scope="col">Share</th>
              <th scope="col">Leave out</th>
            </tr>
          </thead>
          <tbody>
            {rows.map(({ value, count: number, spellings = 1 }) => (
              <Value
                key={value === null ? "none" : `is ${value}`}
                field={field}
                value={value}
                number={number}
                spellings={spellings}
                share={share(number, whole)}
                size={number / largest}
                terms={terms}
                onTerm={onTerm}
              />
            ))}
          </tbody>
        </table>
      </div>
      {values.length === 0 && <p class="card-nothing">{wish.like === "" ? "" : "No value holds that."}</p>}
      {(distinct > values.length || isMany) && wish.like === "" && (
        <button type="button" class="link card-more" onClick={() => onWish({ ...wish, most: isMany ? FEW : MANY })}>
          {isMany ? "Fewer" : distinct > MANY ? `The first ${MANY} of ${count(distinct)}` : `All ${count(distinct)}`}
          <span class="hidden-label"> values of {title}</span>
        </button>
      )}
    </figure>
  );
}

/** What the card does not show of all values. */
const shownOf = ({ values, distinct }: Top): string[] => (values.length < distinct ? [`the ${count(values.length)} most frequent of ${counted(distinct, "value")}`] : []);

/** The end of a path says most: it stays when there is no room for all of it. */
const TAIL = /[\\/][^\\/]{1,48}$/;
const PATH = /^(?:[a-z]:[\\/]|[\\/]|HK|NT |[^\\/ ]+\\)/i;

function Cut({ text }: { text: string }) {
  const tail = (PATH.test(text) ? TAIL.exec(text.slice(-60))?.[0] : undefined) ?? "";
  const head = text.slice(0, text.length - tail.length);
  return (
    <span class="card-text">
      {head !== "" && <bdi class="card-start">{head.slice(0, 400)}</bdi>}
      {tail !== "" && <bdi class="card-end">{tail}</bdi>}
    </span>
  );
}

interface ValueProps {
  field: string;
  value: string | null;
  number: number;
  spellings: number;
  share: string;
  size: number;
  terms: readonly BoardTerm[];
  onTerm: (term: BoardTerm) => void;
}

function Value({ field, value, number, spellings, share: part, size, terms, onTerm }: ValueProps) {
  const is = (out: boolean): boolean => terms.some((each) => each.field === field && each.value === value && each.out === out);
  const text = value === null ? "none" : value === "" ? "empty" : plain(value);
  const isWord = value === null || value === "";
  return (
    <tr class={`${is(false) ? "chosen" : ""} ${value === null ? "none" : ""}`}>
      <th scope="row">
        {value !== null && <span class="card-bar" style={{ width: `${Math.max(size * 100, 0.4)}%` }} aria-hidden="true" />}
        <button
          type="button"
          class="card-value"
          aria-pressed={is(false)}
          title={`${text.slice(0, LONGEST)}\nClick: only these; with Alt or Shift: without them`}
          onClick={(event) => onTerm({ field, value, out: event.altKey || event.shiftKey })}
        >
          {isWord ? <em>{text}</em> : <Cut text={text} />}
        </button>
        {spellings > 1 && (
          <span class="card-spellings" title="Written in several ways: letters of either case, or letters that look alike. A condition takes them for one value.">
            {spellings} spellings
          </span>
        )}
      </th>
      <td class="card-count">{count(number)}</td>
      <td class="card-share">{part}</td>
      <td class="card-out">
        <button type="button" class="quiet" aria-label={`Leave out ${text.slice(0, 200)}`} title="Leave these out" onClick={() => onTerm({ field, value, out: true })}>
          <span aria-hidden="true">−</span>
        </button>
      </td>
    </tr>
  );
}
