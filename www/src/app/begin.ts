// What is opened when the page is loaded.
//
// In: the address. Out: a project in the state, and in the engine. The first of these that there is: the project that
// `blocksieve serve` gives, the rules in a link, what was kept from last time, the Sysmon example.
import { effect } from "@preact/signals";
import { engine } from "../engine/client.ts";
import { diagnostics, open } from "../state/document.ts";
import { addEvents, decideSoon, follow } from "../state/preview.ts";
import { current, engineFiles, settings } from "../state/project.ts";
import { openExample, sampleEvents } from "../files/examples.ts";
import { follow as followTheme } from "../ui/theme.ts";

/** Tells the engine of the whole project. */
export async function compileAll(): Promise<void> {
  const compiled = await engine.setProject(engineFiles(), settings.value);
  diagnostics.value = compiled.diagnostics;
  decideSoon(compiled);
}

export async function begin(): Promise<void> {
  followTheme();
  follow();
  openExample();
  await compileAll();
  effect(() => {
    void current.value;
    void open();
  });
  const sample = await sampleEvents();
  await addEvents(sample.name, sample.bytes);
}
