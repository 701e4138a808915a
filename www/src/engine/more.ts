// The second module: what a page needs now and then, loaded when that is.
//
// In: the project as the engine was told of it, files of events in any form. Out: events carried as the engine takes them; the answers of
// the calls that the second module has. Never here: sample events that are kept.
import type { More } from "../../wasm/pkg/more/blocksieve.js";
import type { RuleFile } from "./types.ts";

/** Its address is said here, where the bundler sees it and gives the file its place. */
const MODULE = new URL("../../wasm/pkg/more/blocksieve_bg.wasm", import.meta.url);

interface Module {
  read(bytes: Uint8Array): Uint8Array;
  door: More;
}

let loading: Promise<Module> | null = null;

async function load(): Promise<Module> {
  const module = await import("../../wasm/pkg/more/blocksieve.js");
  await module.default({ module_or_path: MODULE });
  return { read: module.read, door: new module.More() };
}

/** The module. One that could not be loaded is tried again the next time. */
function module(): Promise<Module> {
  loading ??= load().catch((error: unknown) => {
    loading = null;
    throw error;
  });
  return loading;
}

/** What the engine was told of the project. */
const files = new Map<string, string>();
let settings = "{}";
/** Does the second module know of all of it? */
let told = false;

/** Notes what the engine is told. */
export function note(call: string, args: unknown[]): void {
  if (call === "setProject") {
    files.clear();
    for (const { name, text } of args[0] as RuleFile[]) files.set(name, text);
    settings = JSON.stringify(args[1]);
  } else if (call === "setFile") files.set(String(args[0]), String(args[1]));
  else if (call === "removeFile") files.delete(String(args[0]));
  else return;
  told = false;
}

/** Has the module loaded before anybody needs it, so that a page goes on without a network. What fails now is tried again then. */
export const warm = (): void => void module().catch(() => undefined);

/** Reads a file of events, whatever its form. */
export const carry = async (bytes: Uint8Array): Promise<Uint8Array> => (await module()).read(bytes);

/** The door of the second module, for calls that ask nothing of the project: to tell it all of thousands of rules takes seconds. */
export const moreAlone = async (): Promise<More> => (await module()).door;

/** The door of the second module, which knows the project as it is now. */
export async function more(): Promise<More> {
  const { door: own } = await module();
  if (!told) {
    own.setProject(JSON.stringify([...files].map(([name, text]) => ({ name, text }))), settings);
    told = true;
  }
  return own;
}
