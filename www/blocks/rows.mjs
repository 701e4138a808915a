// The rows of a block: which lines it has for a given extra state, and what stands in each.
//
// In: a block of blocks.json, and how often its parts stand. Out: rows of cells, as plain data. Never here: Blockly.

/**
 * @typedef {object} Part a field or an input, as blocks.json's `about` explains it
 * @property {string} [field]
 * @property {"value" | "statements"} [input]
 * @property {string[]} [check]
 * @property {{ count: string, plus?: number, least?: number, first?: string[], then: string }} [repeat]
 * @property {string} [when]
 * @property {string} aria
 */
/**
 * @typedef {object} BlockEntry
 * @property {string} type
 * @property {string} category
 * @property {"hat" | "metadata" | "statement" | "step" | "value"} shape
 * @property {string[]} [output]
 * @property {string[]} rows
 * @property {Record<string, string>} [lead]
 * @property {Record<string, Part>} parts
 * @property {{ name: string, mutation: string, kind: "count" | "flag", absent?: number }[]} [extra]
 * @property {string} tooltip
 * @property {string} aria
 * @property {false} [written]
 */
/**
 * @typedef {{ text: string } | { echo: string } | { name: string, part: Part, number: number }} Cell
 *   A word; a repetition of what a field says that stands further up; or a part, with its number among its like.
 */
/**
 * @typedef {{ key: string, cells: Cell[] }} Row its key is the same for as long as it stands
 */

/**
 * @param {BlockEntry} entry
 * @param {{ countOf: (name: string) => number, flagOf: (name: string) => boolean }} extra
 * @returns {Row[]}
 */
export function rowsOf(entry, extra) {
  const placed = new Set();
  const rows = bandsOf(entry).flatMap((band) => {
    const times = timesOf(band[0], extra);
    return Array.from({ length: times }, (_, number) => band.map((row) => instance(entry, row, number, placed))).flat();
  });
  return [...rows, ...leftOver(entry, placed)];
}

/**
 * The name of a part that stands several times.
 * @param {string} name
 * @param {Part} part
 * @param {number} number from 0
 */
export function nameOf(name, part, number) {
  if (!part.repeat) return name;
  return part.repeat.first?.[number] ?? `${part.repeat.then}${number}`;
}

/** Rows that stand by turns, if, do, if, do, are one band; any other row is a band of its own. */
function bandsOf(entry) {
  const bands = [];
  for (const row of entry.rows.map((text, index) => rowOf(entry, text, index))) {
    const last = bands.at(-1);
    if (row.repeat && last?.[0].repeat?.count === row.repeat.count) last.push(row);
    else bands.push([row]);
  }
  return bands;
}

function rowOf(entry, text, index) {
  const parts = cellsOf(text)
    .filter((cell) => cell.name)
    .map(({ name }) => partOf(entry, name));
  const repeat = parts.find((part) => part.repeat)?.repeat;
  const when = parts.find((part) => part.when)?.when;
  return { text, index, repeat, when };
}

function timesOf({ repeat, when }, extra) {
  if (when) return extra.flagOf(when) ? 1 : 0;
  return repeat ? extra.countOf(repeat.count) + (repeat.plus ?? 0) : 1;
}

function instance(entry, { text, index }, number, placed) {
  const written = number === 0 ? (entry.lead?.[text] ?? text) : text;
  const cells = cellsOf(written).map((cell) => {
    if (!cell.name) return cell;
    const part = partOf(entry, cell.name);
    const name = nameOf(cell.name, part, number);
    if (placed.has(name)) return { echo: name };
    placed.add(name);
    return { name, part, number: part.repeat ? number : 0 };
  });
  return { key: `${index}.${number}`, cells };
}

/** The words and the {PARTS} of a row. */
function cellsOf(text) {
  return text
    .split(/\{([^}]+)\}/)
    .map((piece, at) => (at % 2 ? { name: piece } : { text: piece.trim() }))
    .filter((cell) => cell.text !== "");
}

/**
 * A part that is always there has lost its row when too few of those it stands beside are left: the "and" of one
 * condition. It gets a row of its own, so that nothing is forgotten.
 */
function leftOver(entry, placed) {
  return Object.entries(entry.parts)
    .filter(([name, part]) => !part.repeat && !part.when && !placed.has(name))
    .map(([name, part]) => ({ key: `left over ${name}`, cells: [{ name, part, number: 0 }] }));
}

function partOf(entry, name) {
  const part = entry.parts[name];
  if (!part) throw new Error(`block ${entry.type}: a row names the part ${name}, which there is not`);
  return part;
}
