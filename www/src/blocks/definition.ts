// The blocks of the language, as grammar/blocks.json has them.
import definition from "@grammar/blocks.json";

export interface Part {
  field?: "text" | "pick" | "literal" | "options" | "number";
  input?: "value" | "statements";
  from?: "tag" | "field" | "channel" | "template" | "system" | "table" | "column" | "event";
  repeat?: { count: string; plus?: number; least?: number; first?: string[]; then: string };
  when?: string;
  /** What is shown and what is saved. */
  options?: [string, string][];
  aria: string;
}

export interface BlockEntry {
  type: string;
  category: string;
  rows: string[];
  lead?: Record<string, string>;
  parts: Record<string, Part>;
  extra?: { name: string; kind: "count" | "flag"; absent?: number }[];
  /** The construct of the language that it stands for. */
  text: string;
  tooltip: string;
  aria: string;
  written?: boolean;
}

export interface Definition {
  categories: { name: string; colour: number }[];
  blocks: BlockEntry[];
}

export const blocks = definition as unknown as Definition;
