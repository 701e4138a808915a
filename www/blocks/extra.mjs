// The extra state of a block: how many items it has, and whether it has this or that. It is what Blockly calls a
// mutation.
//
// In and out: JSON, and an XML mutation. A count that was never loaded or set is `absent` many and is not saved, so
// that a block as Blockly itself saves it is read, and saved again, as it was. A flag is saved only when it is set.

/** As many as the program takes: limits::LIST_ITEMS. */
const MOST = 200_000;

/** @typedef {NonNullable<import("./rows.mjs").BlockEntry["extra"]>[number]} ExtraEntry */

export class ExtraState {
  /** @type {Record<string, number | true>} what was loaded or set */
  #known = {};

  /** @param {import("./rows.mjs").BlockEntry} entry */
  constructor(entry) {
    this.type = entry.type;
    /** @type {ExtraEntry[]} */
    this.entries = entry.extra ?? [];
    /** @type {Record<string, number>} the fewest that a block can have of what is counted */
    this.least = {};
    for (const { repeat } of Object.values(entry.parts)) {
      if (repeat) this.least[repeat.count] = repeat.least ?? 0;
    }
  }

  /** @param {string} name */
  countOf(name) {
    return this.#known[name] ?? this.#entry(name, "count").absent;
  }

  /** @param {string} name */
  flagOf(name) {
    return this.#known[name] ?? false;
  }

  /**
   * @param {string} name
   * @param {number | string} count digits, out of XML
   */
  setCount(name, count) {
    this.#entry(name, "count");
    const isDigits = typeof count === "string" && /^[0-9]+$/.test(count);
    const number = isDigits ? Number(count) : count;
    const least = this.least[name] ?? 0;
    if (!Number.isInteger(number) || number < least || number > MOST) {
      const range = `a number from ${least} to ${MOST}`;
      throw new RangeError(`block ${this.type}: ${name} is ${range}, not ${JSON.stringify(count)}`);
    }
    this.#known[name] = number;
  }

  /**
   * @param {string} name
   * @param {boolean} flag
   */
  setFlag(name, flag) {
    this.#entry(name, "flag");
    if (flag) this.#known[name] = true;
    else delete this.#known[name];
  }

  /** @returns {Record<string, number | true> | null} for JSON; null when there is nothing to say */
  save() {
    return Object.keys(this.#known).length ? { ...this.#known } : null;
  }

  /** @param {Record<string, unknown>} state */
  load(state) {
    this.#known = {};
    for (const { name, kind } of this.entries) {
      if (state[name] === undefined) continue;
      if (kind === "count") this.setCount(name, state[name]);
      else this.setFlag(name, isYes(state[name]));
    }
  }

  /**
   * @param {Element} element an empty <mutation>
   * @returns {Element | null} null when there is nothing to say
   */
  toDom(element) {
    for (const { name, mutation } of this.entries) {
      const value = this.#known[name];
      if (value !== undefined) element.setAttribute(mutation, String(Number(value)));
    }
    return element.hasAttributes() ? element : null;
  }

  /** @param {Element} element a <mutation> */
  fromDom(element) {
    const attributes = this.entries.filter(({ mutation }) => element.hasAttribute(mutation));
    this.load(Object.fromEntries(attributes.map(({ name, mutation }) => [name, element.getAttribute(mutation)])));
  }

  #entry(name, kind) {
    const entry = this.entries.find((each) => each.name === name && each.kind === kind);
    if (!entry) throw new Error(`block ${this.type} has no ${kind} ${name}`);
    return entry;
  }
}

/** JSON says true, XML "1". */
const isYes = (value) => !["", "0", "false", "null"].includes(String(value));
