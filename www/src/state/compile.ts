// Telling the engine of files, and the page of what came of it.
//
// In: changes of the project beyond the file that is edited. Out: findings, rules, decisions. Never here: where files come from.
import { engine } from "../engine/client.ts";
import type { Compiled } from "../engine/types.ts";
import { diagnostics } from "./document.ts";
import { decideSoon } from "./preview.ts";
import { engineFiles, settings } from "./project.ts";

export function compiled(answer: Compiled): void {
  diagnostics.value = answer.diagnostics;
  decideSoon(answer);
}

/** Tells the engine of the whole project. */
export const compileAll = async (): Promise<void> => compiled(await engine.setProject(engineFiles(), settings.value));

/** Tells it of one file. */
export const compileFile = async (name: string, text: string): Promise<void> => compiled(await engine.setFile(name, text));

/** One file is gone. */
export const forgetFile = async (name: string): Promise<void> => compiled(await engine.removeFile(name));
