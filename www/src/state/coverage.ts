// What of the open rule the tests make run: which tests count, and what they saw.
//
// In: the project's files, the rules as they are. Out: the coverage of the open file, kept in step while somebody looks at it. Never here:
// how it looks.
import { computed, effect, signal } from "@preact/signals";
import { engine } from "../engine/client.ts";
import type { Covered } from "../engine/types.ts";
import { decided } from "./preview.ts";
import { current, fileOf, files, kindOf, testsOf } from "./project.ts";
import { tab } from "./show.ts";

/** All tests of the project, or those beside the open rule? */
export const allTests = signal(false);
/** Is what the tests saw drawn on the blocks, in place of what the chosen event met? */
export const onBlocks = signal(false);
/** What the tests saw of the open file; `null`: nobody asked, or there are no tests. */
export const covered = signal<{ file: string; covered: Covered } | null>(null);

/** The test files that count. */
export function testFiles(): string[] {
  if (allTests.value) return files.value.filter(({ name }) => kindOf(name) === "tests").map(({ name }) => name);
  return current.value === null ? [] : [testsOf(current.value)];
}

/** Are there tests that count? */
export const hasTests = computed(() => files.value.length > 0 && testFiles().some((name) => fileOf(name) !== undefined));

let asked = 0;

async function ask(file: string, tests: { name: string; text: string }[]): Promise<void> {
  const mine = ++asked;
  // A failing engine says so on the page itself.
  const answer = await engine.coverage(tests, file).catch(() => null);
  if (mine === asked) covered.value = answer && { file, covered: answer };
}

/** Keeps the coverage in step. */
export function followCoverage(): void {
  effect(() => {
    void decided.value;
    void files.value;
    const file = current.value;
    if (tab.value !== "tests" && !onBlocks.value) return;
    const tests = testFiles().flatMap((name) => {
      const text = fileOf(name)?.text;
      return text === undefined ? [] : [{ name, text }];
    });
    if (file !== null && tests.length) return void ask(file, tests);
    asked++;
    covered.value = null;
  });
}
