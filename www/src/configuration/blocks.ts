// Blocks that show a configuration. They are to be looked at: a configuration is changed as text.
//
// In: pieces. Out: what Blockly loads. Never here: blocks of the language (grammar/blocks.json), which have a meaning in rules.
import * as Blockly from "blockly/core";
import type { ConfigNode } from "../engine/configuration.ts";
import { plain } from "../ui/plain.ts";
import type { FilterPiece, Piece, RunPiece } from "./pieces.ts";

export interface State {
  type: string;
  id: string;
  fields: Record<string, string>;
  extraState?: object;
  inputs?: Record<string, { block: State }>;
  next?: { block: State };
}

/** Letters of a value, and of a name, that are seen. The whole is in the tooltip. */
const VALUE = 70;
const NAME = 60;

const icon = (path: string): string =>
  `data:image/svg+xml,${encodeURIComponent(
    `<svg xmlns="http://www.w3.org/2000/svg" width="16" height="16"><rect x=".5" y=".5" width="15" height="15" rx="4" fill="#fff" fill-opacity=".18" stroke="#fff" stroke-opacity=".7"/><path d="${path}" fill="none" stroke="#fff" stroke-width="2" stroke-linecap="round"/></svg>`,
  )}`;
const CLOSED = icon("M6.5 4.5 10 8l-3.5 3.5");
const OPEN = icon("M4.5 6.5 8 10l3.5-3.5");

const cut = (text: string, most: number): string => (text.length > most ? `${text.slice(0, most - 1)}…` : text);
const label = (): Blockly.FieldLabelSerializable => new Blockly.FieldLabelSerializable("");

/** A value, in a box as in rules. */
function box(): Blockly.FieldTextInput {
  const field = new Blockly.FieldTextInput("");
  field.maxDisplayLength = VALUE;
  return field;
}

let registered = false;

/** Makes the blocks known. */
export function register(): void {
  if (registered) return;
  registered = true;
  const base = (style: string, role: string, fill: (block: Blockly.Block) => void, isInside = true): object => ({
    init(this: Blockly.Block) {
      this.setStyle(style);
      this.setInputsInline(true);
      if (isInside) {
        this.setPreviousStatement(true);
        this.setNextStatement(true);
      }
      this.jsonInit({ ariaRoleDescription: role });
      fill(this);
    },
    loadExtraState(this: Blockly.Block, told: { tooltip?: string; isOpen?: boolean }) {
      this.setTooltip(told.tooltip ?? "");
      if (told.isOpen !== undefined) openInput(this, told.isOpen);
    },
  });
  const top = (style: string): object =>
    base(
      style,
      "node of the configuration",
      (block) => {
        block.appendDummyInput().appendField(label(), "TAG").appendField(label(), "DOES");
        block.appendDummyInput().appendField(label(), "GROUP");
        block.appendStatementInput("ITEMS");
      },
      false,
    );
  Blockly.common.defineBlocks({
    sysmon_include: top("start_blocks"),
    sysmon_exclude: top("decide_blocks"),
    sysmon_rule: base("combine_blocks", "Rule of Sysmon", (block) => {
      block.appendDummyInput().appendField("Rule").appendField(label(), "NAME").appendField(label(), "ALL");
      block.appendStatementInput("FILTERS");
    }),
    sysmon_filter: base("compare_blocks", "filter of Sysmon", (block) => {
      block.appendDummyInput().appendField(label(), "FIELD").appendField(label(), "CONDITION").appendField(box(), "VALUE").appendField(label(), "NAME");
    }),
    sysmon_run: base("lists_blocks", "filters of one field and condition", (block) => {
      block
        .appendDummyInput()
        .appendField(new Blockly.FieldImage(CLOSED, 16, 16, "closed"), "SIGN")
        .appendField(label(), "FIELD")
        .appendField(label(), "CONDITION")
        .appendField(label(), "COUNT")
        .appendField(label(), "SOME");
    }),
  });
}

function openInput(block: Blockly.Block, isOpen: boolean): void {
  const sign = block.getField("SIGN");
  sign?.setValue(isOpen ? OPEN : CLOSED);
  if (sign instanceof Blockly.FieldImage) sign.setAlt(isOpen ? "open" : "closed");
  if (isOpen) block.appendStatementInput("VALUES");
}

/** Blocks below each other. */
const chain = (states: State[]): State | null =>
  states.reduceRight<State | null>((next, state) => (next === null ? state : { ...state, next: { block: next } }), null);

const inside = (name: string, states: State[]): Pick<State, "inputs"> => {
  const first = chain(states);
  return first === null ? {} : { inputs: { [name]: { block: first } } };
};

const named = (name: string | null): string => (name === null || name === "" ? "" : `as ${cut(plain(name), NAME)}`);

function filterState({ id, filter }: FilterPiece): State {
  const { field, condition, value, name } = filter;
  const as = name === null ? "" : `\nRuleName: ${name}`;
  return {
    type: "sysmon_filter",
    id,
    fields: { FIELD: field, CONDITION: condition, VALUE: plain(value), NAME: named(name) },
    extraState: { tooltip: `${field} ${condition} “${value}”${as}\nLine ${filter.range.line}` },
  };
}

/** Values of a closed run that are seen. */
const SOME = 3;

function runState({ id, field, condition, filters }: RunPiece, isOpen: boolean): State {
  const last = (text: string): string => cut(plain(text.split("\\").filter(Boolean).at(-1) ?? text), 24);
  const some = isOpen ? "" : `${filters.slice(0, SOME).map(({ filter }) => last(filter.value)).join(", ")}${filters.length > SOME ? ", …" : ""}`;
  const first = filters[0]?.filter.range.line ?? 0;
  const end = filters.at(-1)?.filter.range.line ?? 0;
  return {
    type: "sysmon_run",
    id,
    fields: { FIELD: field, CONDITION: condition, COUNT: `${filters.length} values`, SOME: some },
    extraState: { isOpen, tooltip: `${filters.length} filters of the same field and condition, lines ${first} to ${end}. Enter or a click shows them.` },
    ...(isOpen ? inside("VALUES", filters.map(filterState)) : {}),
  };
}

function pieceState(piece: Piece, open: ReadonlySet<string>): State {
  if (piece.kind === "filter") return filterState(piece);
  if (piece.kind === "run") return runState(piece, open.has(piece.id));
  const all = piece.relation === "and" ? "all of" : "any of";
  return {
    type: "sysmon_rule",
    id: piece.id,
    fields: { ALL: named(piece.name) === "" ? all : `if ${all}`, NAME: named(piece.name) },
    extraState: { tooltip: `A Rule: ${all} its filters${piece.name === null ? "" : `\nRuleName: ${piece.name}`}` },
    ...inside("FILTERS", piece.pieces.map((each) => pieceState(each, open))),
  };
}

/** A node with some of its pieces; runs are open that are named. */
export function nodeState(number: number, node: ConfigNode, pieces: Piece[], open: ReadonlySet<string>): State {
  const { tag, onMatch, relation, group } = node;
  const isInclude = onMatch === "include";
  const does = `${isInclude ? "include: log" : "exclude: do not log"} what meets ${relation === "and" ? "all of" : "any of"}`;
  return {
    type: isInclude ? "sysmon_include" : "sysmon_exclude",
    id: String(number),
    fields: { TAG: tag, DOES: does, GROUP: group === null || group === "" ? "" : `RuleGroup ${named(group)}` },
    extraState: { tooltip: `${tag} onmatch="${onMatch}", groupRelation ${relation}\nLine ${node.range.line}` },
    ...inside("ITEMS", pieces.map((piece) => pieceState(piece, open))),
  };
}
