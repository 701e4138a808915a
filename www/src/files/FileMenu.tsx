// Open, save, share: the menu of files.
import { current, currentFile, dirty, home, put } from "../state/project.ts";
import { compileAll, compileFile } from "../state/compile.ts";
import { rules } from "../state/preview.ts";
import { toEditor } from "../state/show.ts";
import { toast } from "../ui/Toast.tsx";
import { Menu, type MenuEntry } from "../ui/Menu.tsx";
import { addRules, newRule, replaceProject, taken } from "./actions.ts";
import { editFile } from "./EditFile.tsx";
import { isOpen as isConfiguration } from "../state/configuration.ts";
import { CONFIGURATIONS, openDrawnExample, openExample, readyRules, readyTables, sigmaRules } from "./examples.ts";
import { showKeys } from "./keys.tsx";
import { MANIFEST, readManifest } from "./manifest.ts";
import { FOLDERS } from "./names.ts";
import { mayReplace, openFiles, openFolder, openWinlogbeat } from "./open.ts";
import { save, SAVE_FORMS, saveAll, saveArchive, saveAs } from "./save.ts";
import { folder, reopen } from "./served.ts";
import { share } from "./ShareDialog.tsx";
import { shown } from "./told.ts";

async function newProject(): Promise<void> {
  if (!(await mayReplace("Begin a new project"))) return;
  await replaceProject({ kind: "browser", name: "untitled" }, []);
  await newRule("filter", "My first filter");
}

/** The project of the server again, after another one was looked at. */
async function backToFolder(): Promise<void> {
  if (await mayReplace("Go back to the project of the folder")) await reopen();
}

async function example(drawn: boolean): Promise<void> {
  if (!(await mayReplace("Open the example"))) return;
  current.value = null;
  if (drawn) await openDrawnExample();
  else openExample();
  await shown(current.value ?? undefined);
}

const asksTags = (text: string): boolean => /\bhas (not )?(any |all )?tags?\b/.test(text);
const asksTables = (text: string): boolean => /\b(in table|lookup)\b/.test(text);

/** Adds a rule of the example with what it needs: the rules that set its tags, the tables that it asks. One that is there already is opened. */
async function addReady({ name, text, title }: ReturnType<typeof readyRules>[number]): Promise<void> {
  const same = rules.value.find((rule) => rule.name === title)?.place.file ?? (taken(name) ? name : undefined);
  if (same !== undefined) {
    current.value = same;
    toEditor();
    toast(`${title} is in the project already.`);
    return;
  }
  const classify = asksTags(text) && !name.startsWith("classify/") ? readyRules().filter((each) => each.name.startsWith("classify/")) : [];
  const more = classify.filter((each) => !taken(each.name) && !rules.value.some((rule) => rule.name === each.title));
  for (const each of more) put(each.name, { text: each.text });
  if ([text, ...more.map((each) => each.text)].some(asksTables) && !taken(MANIFEST))
    for (const each of readyTables()) if (!taken(each.name)) put(each.name, { text: each.text });
  readManifest();
  await compileAll();
  await addRules(name, text);
  if (more.length) toast(`Added with ${more.length} classification rules, which set the tags that it asks for.`);
}

/** Adds a rule of Sigma that ships; one that is there already is opened. */
async function addSigma(file: string, text: string): Promise<void> {
  const name = `${FOLDERS.alert}/${file}`;
  if (!taken(name)) {
    put(name, { text });
    await compileFile(name, text);
  }
  current.value = name;
  toEditor();
}

/** Adds a configuration that ships; one that is there already is opened. */
async function addConfiguration(file: string): Promise<void> {
  const { configurationOf } = await import("./configurations.ts");
  const name = `config/${file}`;
  if (!taken(name)) put(name, { text: configurationOf(file) });
  current.value = name;
  toEditor();
}

function examples(): MenuEntry[] {
  const ready = readyRules();
  const group = (folder: string, heading: string): MenuEntry[] => [
    { heading },
    ...ready
      .filter(({ name }) => name.startsWith(`${folder}/`))
      .map((each): MenuEntry => ({ label: each.title, run: () => void addReady(each) })),
  ];
  return [
    { heading: "Whole projects" },
    { label: "Sysmon: filters, classification, alert", run: () => void example(false) },
    { label: "The same, kept as blocks", run: () => void example(true) },
    ...group("filters", "Add a filter"),
    ...group("classify", "Add a classification"),
    ...group("alerts", "Add an alert"),
    { heading: "Rules of Sigma" },
    ...sigmaRules().map(({ name, text, title }): MenuEntry => ({ label: title, run: () => void addSigma(name, text) })),
    { heading: "Configurations of Sysmon" },
    ...CONFIGURATIONS.map(({ name, label, hint }): MenuEntry => ({ label, hint, run: () => void addConfiguration(name) })),
  ];
}

function entries(): MenuEntry[] {
  const none = currentFile.value === null;
  const isServed = home.value.kind === "server";
  const back: MenuEntry[] = folder.value !== null && !isServed ? [{ label: `Back to ${folder.value}`, run: () => void backToFolder() }, "line"] : [];
  return [
    ...back,
    { label: "New project", run: () => void newProject() },
    { label: "Examples", entries: examples() },
    "line",
    { label: "Open files…", hint: "Ctrl+O", run: () => void openFiles() },
    { label: "Open folder…", run: () => void openFolder() },
    { label: "Open winlogbeat.yml…", run: () => void openWinlogbeat() },
    "line",
    { label: "Save", hint: "Ctrl+S", disabled: none, run: () => void save() },
    ...(isServed ? [{ label: "Save all", hint: "Ctrl+Shift+S", disabled: !dirty.value.length, run: () => void saveAll() }] : []),
    {
      label: "Save as",
      disabled: none || isConfiguration.value,
      entries: SAVE_FORMS.map(({ form, label, ending }) => ({ label, hint: ending, run: () => void saveAs(form, ending) })),
    },
    { label: "Download project as zip", run: () => void saveArchive() },
    { label: "Share by link…", run: () => void share() },
    "line",
    ...(taken(MANIFEST) ? [{ label: "Project settings…", run: () => void editFile(MANIFEST) }] : [{ label: "Project settings…", run: () => void settings() }]),
    { label: "Keyboard shortcuts", hint: "?", run: () => void showKeys() },
  ];
}

async function settings(): Promise<void> {
  put(MANIFEST, { text: `name = ${JSON.stringify(home.value.name)}\n# The agent that the filters run on.\nwinlogbeat = "8.17"\n` });
  await editFile(MANIFEST);
}

export const FileMenu = () => <Menu entries={entries}>File ▾</Menu>;
export const ExamplesMenu = () => <Menu entries={examples}>Examples ▾</Menu>;
