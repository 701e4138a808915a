// Telling the engine of files, and the page of what came of it.
//
// In: changes of the project beyond the file that is edited. Out: findings, rules, decisions. Never here: where files come from.
import { engine } from "../engine/client.ts";
import { type Compiled, isRefused, type Refused } from "../engine/types.ts";
import { diagnostics, document, open } from "./document.ts";
import { decideSoon } from "./preview.ts";
import { engineFiles, isSigma, manifestFault, settings } from "./project.ts";
import { readSigma, withoutIdle } from "./sigma.ts";

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
  diagnostics.value = withoutIdle(answer.diagnostics, answer.rules);
  decideSoon(answer);
}

/** Tells the engine of the whole project. */
export async function compileAll(): Promise<void> {
  const changed = await readSigma();
  const isShown = document.peek() !== null && changed.includes(document.peek()?.name ?? "");
  compiled(await engine.setProject(engineFiles(), settings.value));
  // What is shown of a file of Sigma was made of what it said before.
  if (isShown) await open();
}

/** Tells it of one file. Those of Sigma belong together. */
export const compileFile = async (name: string, text: string): Promise<void> => (isSigma(name) ? compileAll() : compiled(await engine.setFile(name, text)));

/** One file is gone. */
export const forgetFile = async (name: string): Promise<void> => (isSigma(name) ? compileAll() : compiled(await engine.removeFile(name)));
