// What a field offers while somebody types in it.
//
// In: a field of a block and its HTML input. Out: the input gets a list of what fits there: fields of the event chosen above,
// values out of the loaded events, names of the project. Anything else may still be typed.
import type { Field } from "blockly/core";
import { engine } from "../engine/client.ts";
import { files, manifest, ruleFiles } from "../state/project.ts";
import { eventsAbove, fieldBeside } from "./above.ts";
import type { Part } from "./definition.ts";

interface Offer {
  value: string;
  about: string;
}

const MOST = 80;

/** Tags that rules of the project set or ask for. */
function tags(): Offer[] {
  const found = new Set(["suspicious", "whitelisted"]);
  for (const { text } of ruleFiles.value)
    for (const [, tag] of text.matchAll(/\b(?:tag|untag|has tag) "([^"\n]+)"/g)) if (tag !== undefined) found.add(tag);
  return [...found].sort().map((value) => ({ value, about: "" }));
}

const tables = (): Offer[] => manifest.value.tables.map(({ name, file }) => ({ value: name, about: file }));

/** The columns of the table that the same block names. */
function columns(field: Field): Offer[] {
  const name = String(field.getSourceBlock()?.getFieldValue("TABLE") ?? "");
  const table = manifest.value.tables.find((each) => each.name === name);
  const text = files.value.find((file) => file.name === table?.file)?.text ?? "";
  const header = text.split(/\r?\n/).find((line) => line !== "" && !line.startsWith("#")) ?? "";
  return header.split(/[,;]/).map((value) => ({ value: value.trim().replaceAll('"', ""), about: "" }));
}

/** What may stand in the field. */
export async function offers(field: Field, part: Part): Promise<Offer[]> {
  const block = field.getSourceBlock();
  switch (part.from) {
    case "field": {
      const found = await engine.fields(eventsAbove(block));
      return found.map(({ name, type, about }) => ({ value: name, about: `${type}. ${about}` }));
    }
    case "event": {
      const found = await engine.events();
      return found.map(({ name, id, title }) => ({ value: name, about: `${id}, ${title}` }));
    }
    case "tag":
      return tags();
    case "table":
      return tables();
    case "column":
      return columns(field);
    case "channel":
      return ["mail", "webhook", "file"].map((value) => ({ value, about: "" }));
    case "template":
      return [{ value: "sysmon", about: "" }];
    case "system":
      return ["7.17", "8.17", "9.0"].map((value) => ({ value, about: "Winlogbeat" }));
    case undefined:
    default: {
      const beside = field.name === "TEXT" || field.name?.startsWith("ITEM") ? fieldBeside(block) : null;
      if (beside === null) return [];
      const found = await engine.values(beside, "", MOST);
      return found.map(({ value, count }) => ({ value, about: count === 1 ? "1 event" : `${count} events` }));
    }
  }
}

let lists = 0;

/** Gives the input its list. */
export function suggest(field: Field, part: Part, input: HTMLInputElement): void {
  void offers(field, part).then((found) => {
    if (!found.length || !input.isConnected) return;
    const list = document.createElement("datalist");
    list.id = `offers-${++lists}`;
    for (const { value, about } of found) {
      const option = document.createElement("option");
      option.value = value;
      if (about !== "") option.label = `${value}: ${about}`;
      list.append(option);
    }
    input.after(list);
    input.setAttribute("list", list.id);
  });
}
