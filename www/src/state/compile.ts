// Telling the engine of files, and the page of what came of it.
//
// In: changes of the project beyond the file that is edited. Out: findings, rules, decisions. Never here: where files come from.
import { engine } from "../engine/client.ts";
import { type Compiled, isRefused, type Refused } from "../engine/types.ts";
import { diagnostics } from "./document.ts";
import { decideSoon } from "./preview.ts";
import { engineFiles, manifestFault, settings } from "./project.ts";

/** Takes over an answer. What blocksieve.toml says and the engine refuses is a finding about that file. */
export function compiled(answer: Compiled | Refused): void {
  if (isRefused(answer)) {
    manifestFault.value = {
      file: "blocksieve.toml",
      range: { start: 0, end: 0, line: 1, column: 1 },
      block: null,
      field: null,
      code: "blocksieve.toml",
      severity: "error",
      title: "The project file is not as it should be",
      message: answer.error,
      label: null,
      help: "mend the file; until then no rule is compiled",
      related: [],
      fix: null,
    };
    return;
  }
  diagnostics.value = answer.diagnostics;
  decideSoon(answer);
}

/** Tells the engine of the whole project. */
export const compileAll = async (): Promise<void> => compiled(await engine.setProject(engineFiles(), settings.value));

/** Tells it of one file. */
export const compileFile = async (name: string, text: string): Promise<void> => compiled(await engine.setFile(name, text));

/** One file is gone. */
export const forgetFile = async (name: string): Promise<void> => compiled(await engine.removeFile(name));
