// The tests beside a rule: expected decisions, run again at every change.
//
// In: the test file, the rules as they are. Out: which cases hold, and what came instead. The file is YAML, edited here.
import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { engine } from "../engine/client.ts";
import type { Tested } from "../engine/types.ts";
import { editFile } from "../files/EditFile.tsx";
import { baseOf } from "../files/names.ts";
import { decided, chosen } from "../state/preview.ts";
import { allTests as isAll, testFiles } from "../state/coverage.ts";
import { current, fileOf, files, put, ruleFiles, testsOf } from "../state/project.ts";
import { tab } from "../state/show.ts";
import { CodeView } from "../text/CodeView.tsx";
import type { Finding } from "../text/editor.ts";
import { announce } from "../ui/announce.tsx";
import { toast } from "../ui/Toast.tsx";
import { useAnswer } from "./answer.ts";
import { Coverage } from "./Coverage.tsx";
import "./tabs.css";

/** Where the cursor goes in the test file. */
const at = signal<number | undefined>(undefined);

interface Ran {
  file: string;
  tested: Tested;
}

async function run(names: string[]): Promise<Ran[]> {
  const texts = names.flatMap((name) => {
    const text = fileOf(name)?.text;
    return text === undefined ? [] : [{ name, text }];
  });
  return Promise.all(texts.map(async ({ name, text }) => ({ file: name, tested: await engine.test(name, text) })));
}

async function add(name: string): Promise<void> {
  const index = chosen.value;
  if (index === null) return;
  const { text, diagnostics } = await engine.draftTest(index, fileOf(name)?.text ?? "");
  if (text === null) return toast(`No test was made: ${diagnostics[0]?.message ?? "the test file has an error"}`, [], true);
  put(name, { text });
  announce("Test added");
}

const SEVERITY = { error: "error", warning: "warning", note: "info" } as const;
const findingsOf = (tested: Tested | undefined): Finding[] =>
  (tested?.diagnostics ?? []).map(({ range, severity, title, message, help, code }) => ({
    start: range?.start ?? 0,
    end: range?.end ?? 0,
    severity: SEVERITY[severity],
    title: `${code} · ${title}`,
    message,
    help,
    fix: null,
  }));

export function TestsTab() {
  const rule = current.value;
  const name = rule === null ? null : testsOf(rule);
  const answer = useAnswer(() => {
    void decided.value;
    void files.value;
    const names = testFiles();
    return tab.value === "tests" ? run(names) : null;
  }).value;
  const ran = answer.is === "here" ? answer.value : [];
  const results = ran.flatMap(({ tested }) => tested.results);
  const failed = results.filter(({ passed }) => !passed).length;
  const unchecked = results.filter(({ passed, unchecked }) => passed && unchecked.length).length;
  const summary = !results.length
    ? "No tests"
    : failed
      ? `${failed} of ${results.length} ${results.length === 1 ? "test fails" : "tests fail"}`
      : unchecked
        ? `${results.length - unchecked} of ${results.length} tests pass, ${unchecked} ${unchecked === 1 ? "is" : "are"} not checked whole here`
        : `${results.length} ${results.length === 1 ? "test passes" : "tests pass"}`;
  useEffect(() => {
    if (tab.peek() === "tests" && results.length) announce(summary);
  }, [summary]);
  const text = name === null ? undefined : fileOf(name)?.text;
  return (
    <div class="code-tab">
      <div class="toolbar" role="group" aria-label="Tests">
        <strong class={failed ? "tests-failed" : results.length ? "tests-passed" : ""}>
          {failed ? "✖ " : results.length ? "✓ " : ""}
          {summary}
        </strong>
        <label class="check">
          <input type="checkbox" checked={isAll.value} onChange={() => (isAll.value = !isAll.value)} />
          all of the project
        </label>
        <span class="toolbar-end toolbar-group">
          {chosen.value === null && <span>Choose an event on the right to make a test of it.</span>}
          <button type="button" disabled={name === null || chosen.value === null} onClick={() => name !== null && void add(name)}>
            Add a test from the chosen event
          </button>
        </span>
      </div>
      {answer.is === "failed" && <p class="banner">The tests did not run: {answer.why}.</p>}
      <div class="tests">
        {failed === 0 && <Coverage />}
        {ran.map(({ file, tested }) => (
          <section key={file} aria-label={file}>
            {isAll.value && (
              <h3>
                <button type="button" class="link" onClick={() => (openRule(file) ? (isAll.value = false) : void editFile(file))}>
                  {file}
                </button>
              </h3>
            )}
            <ul>
              {tested.results.map(({ name: title, passed, differences, trees, unchecked, place }, index) => (
                <li key={index} class={passed ? "passed" : "failed"}>
                  <span aria-hidden="true">{passed ? (unchecked.length ? "…" : "✓") : "✖"}</span>
                  <span class="hidden-label">{passed ? (unchecked.length ? "not checked whole: " : "passes: ") : "fails: "}</span>
                  <span>
                    {title}
                    {differences.map((difference) => (
                      <span key={difference} class="difference">
                        {difference}
                      </span>
                    ))}
                    {trees.length > 0 && (
                      <details>
                        <summary>What its conditions saw</summary>
                        <pre>{trees.join("\n")}</pre>
                      </details>
                    )}
                    {unchecked.map((what) => (
                      <span key={what} class="difference">
                        Not checked here: {what}
                      </span>
                    ))}
                  </span>
                  {!isAll.value && place.range && (
                    <button type="button" class="link" aria-label={`Show test ${title}`} onClick={() => (at.value = place.range?.start)}>
                      line {place.range.line}
                    </button>
                  )}
                </li>
              ))}
              {tested.diagnostics.map(({ message, help, range }, index) => (
                <li key={`d${index}`} class="failed">
                  <span aria-hidden="true">✖</span>
                  <span>
                    {message}
                    {range && ` (line ${range.line})`}
                    {help !== null && <span class="difference">{help}</span>}
                  </span>
                </li>
              ))}
            </ul>
          </section>
        ))}
        {failed > 0 && <Coverage />}
        {!ran.length && answer.is === "here" && (
          <p class="empty">
            {isAll.value
              ? "The project has no tests yet."
              : rule === null
                ? "No file is open. Choose a rule on the left."
                : `${baseOf(rule)} has no tests yet. Choose an event on the right and add a test from it: it then expects what the rules do to that event now.`}
          </p>
        )}
      </div>
      {!isAll.value && name !== null && text !== undefined && (
        <CodeView
          key={`${name} ${at.value ?? ""}`}
          text={text}
          language="yaml"
          label={`Tests in ${name}`}
          name={name}
          onChange={(changed) => put(name, { text: changed })}
          findings={findingsOf(ran.find(({ file }) => file === name)?.tested)}
          at={at.value}
        />
      )}
    </div>
  );
}

/** Opens the rule that a test file belongs to. */
function openRule(file: string): boolean {
  const rule = ruleFiles.value.find((each) => testsOf(each.name) === file);
  if (rule) current.value = rule.name;
  return rule !== undefined;
}
