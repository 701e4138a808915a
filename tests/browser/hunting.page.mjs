// Hunting in a real browser, with the real engine: the same hunts as the command line's, and what people do with them.
//
// Run: tests/browser/page.sh. The corpus is no part of the repository: its folder is that of BLOCKSIEVE_CORPUS, else ../shared/corpus; where
// there is none, its test says so and passes.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { axe, copyOf, launch, newPage, path, serve } from "./support.mjs";

const { unzipSync, strFromU8 } = createRequire(new URL("../../www/package.json", import.meta.url))("fflate");

const INCIDENT = path("examples/hunt/incident.ndjson");
const DUMPING = "RuleName contains 'Credential Dumping'";
const NOTEPAD = "0b1e5a11-4f20-6981-0024-000000001200";
const EXPLORER = "{0B1E5A11-4F20-6981-0013-000000001200}";

let browser, project, server;

before(async () => {
  project = await copyOf("examples/sysmon");
  server = await serve(project.folder);
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await server?.stop();
  await project?.remove();
});

/** What the command line finds. */
const found = (form, ...args) =>
  execFileSync(process.env.BLOCKSIEVE, ["hunt", "--format", form, "-q", "--project", project.folder, ...args], { maxBuffer: 1 << 28 }).toString();
const guidsOf = ({ processes }) => processes.map(({ guid }) => guid).sort();

/** A page with the events of one file, in the view of hunting; `rest`: more of its link. */
async function open(file, rest = "", options) {
  const opened = await newPage(browser, server.origin, options);
  const { page } = opened;
  await page.goto(server.address);
  await page.getByText("Drops 48 of 362 events").first().waitFor();
  await page.getByRole("button", { name: "Clear", exact: true }).click();
  await drop(page, file.split(/[\\/]/).pop(), await readFile(file));
  await page.locator(".ev-summary, .ev-shown-count").getByText(/ events?/).first().waitFor();
  await page.evaluate((part) => (location.hash = `${location.hash}&view=hunting${part}`), rest);
  await page.getByRole("heading", { name: "Sysmon Hunting" }).waitFor();
  return opened;
}

/** Gives the page a file, as if it were dropped. */
const drop = (page, name, content) =>
  page.evaluate(
    ([name, content]) => {
      const bytes = Uint8Array.from(atob(content), (letter) => letter.charCodeAt(0));
      const transfer = new DataTransfer();
      transfer.items.add(new File([bytes], name));
      for (const type of ["dragenter", "dragover", "drop"]) document.body.dispatchEvent(new DragEvent(type, { dataTransfer: transfer, bubbles: true, cancelable: true }));
    },
    [name, content.toString("base64")],
  );

const tree = (page) => page.getByRole("tree", { name: "Processes of the hunt" });
const processes = (page) => tree(page).locator(".hunt-line.process");
const sum = (page) => page.locator(".hunt-sum-head p");

async function paste(page, text) {
  await page.getByLabel("ProcessGUIDs").fill(text);
  await page.getByRole("button", { name: "Hunt", exact: true }).click();
}

/** What an entry of the export's menu saves. */
async function exported(page, label, hint) {
  await page.getByRole("button", { name: "Export the hunt" }).click();
  const entry = page.getByRole("menuitem").filter({ hasText: label }).filter({ hasText: hint });
  const [download] = await Promise.all([page.waitForEvent("download"), entry.click()]);
  return readFile(await download.path());
}

test("until a process is chosen the charts are empty and say why, and suspicious events are offered", async () => {
  const { page, close } = await newPage(browser, server.origin);
  await page.goto(`${server.address}&view=hunting`);
  await page.getByRole("heading", { name: "Sysmon Hunting" }).waitFor();
  for (const name of ["Hunting-Action", "Hunting-RuleName", "Hunting-Destination IP", "Hunting-Destination port"])
    await page.getByRole("figure", { name }).getByText("No data: this chart shows events of the hunt only.").waitFor();
  const over = page.getByRole("figure", { name: "Events over time" });
  await over.waitFor();
  assert.match(await over.locator(".chart-legend").innerText(), /hunted\D*0/i);
  await page.getByRole("grid", { name: "Suspicious events, to begin with" }).waitFor();
  assert.deepEqual(await axe(page), []);
  await close();
});

test("a hunt from one event of dumped credentials is that of the command line", async () => {
  const { page, close } = await open(INCIDENT);
  await page.getByRole("button", { name: "Rules", exact: true }).click();
  await page.locator(".ev-where input, .ev-row input").first().waitFor();
  await page.getByLabel("Search in all values").fill("Credential Dumping");
  await page.locator(".ev-shown-count").getByText("1 of 24 events").waitFor();
  await page.locator("[role=row][id$='row-0']").first().click();
  await page.getByRole("button", { name: "Hunt from here" }).click();
  await sum(page).getByText("7 processes").waitFor();
  const expected = JSON.parse(found("json", "--where", DUMPING, INCIDENT));
  const hunt = JSON.parse((await exported(page, "All of it", "JSON")).toString());
  assert.deepEqual(hunt, expected);
  assert.deepEqual(guidsOf(hunt).length, 7);
  // From notepad.exe to the mail that it began with, each round shown.
  assert.equal(await page.getByRole("list", { name: "Rounds" }).getByRole("listitem").count(), expected.rounds.length);
  assert.match(await tree(page).innerText(), /mail\.exe[\s\S]*wscript\.exe[\s\S]*powershell\.exe/);
  assert.equal(await page.locator(".hunt-query pre").innerText(), expected.query);
  // The charts and the table are about its events.
  const rows = await page.getByRole("grid", { name: "Hunting-Events" }).getAttribute("aria-rowcount");
  assert.equal(Number(rows) - 1, expected.events);
  const action = await page.getByRole("figure", { name: "Hunting-RuleName" }).innerText();
  assert.match(action, /Credential Dumping/);
  const hunted = page.getByRole("figure", { name: "Events over time" }).locator(".chart-legend");
  assert.match(await hunted.innerText(), new RegExp(`hunted\\D*${expected.events}`, "i"));
  assert.deepEqual(await axe(page), []);
  // The link has all of it: loaded again and given the same events, the same hunt.
  assert.match(page.url(), /huntmet=0b1e5a11-4f20-6981-0024-000000001200/);
  await close();
});

test("pasted GUIDs may stand in any form, and each fault is named", async () => {
  const { page, close } = await open(INCIDENT);
  await paste(page, "4242 {00000000-0000-0000-0000-000000000000}");
  const faults = page.locator(".hunt-faults");
  await faults.getByText("4242 is no GUID").waitFor();
  await faults.getByText("{00000000-0000-0000-0000-000000000000} names no process").waitFor();
  assert.equal(await tree(page).count(), 0);
  for (const text of [NOTEPAD, `{${NOTEPAD.toUpperCase()}}`, `any processguid in ['{${NOTEPAD}}']`]) {
    await page.goto(page.url().replace(/&huntfrom=[^&]*/, ""));
    await paste(page, text);
    await sum(page).getByText("7 processes").waitFor();
  }
  await paste(page, `${NOTEPAD}\nnothing`);
  await faults.getByText("nothing is no GUID").waitFor();
  await close();
});

test("a condition begins a hunt, and what is wrong with it is said", async () => {
  const { page, close } = await open(INCIDENT, `&huntwhere=${encodeURIComponent(DUMPING)}`);
  await sum(page).getByText("7 processes").waitFor();
  await page.evaluate(() => (location.hash = location.hash.replace(/huntwhere=[^&]*/, "huntwhere=Imag+%3D%3D")));
  await page.locator(".board-findings .error").first().waitFor();
  // The last hunt stays while somebody types.
  await sum(page).getByText("7 processes").waitFor();
  await page.evaluate(() => (location.hash = location.hash.replace(/huntwhere=[^&]*/, "huntwhere=Image+%3D%3D+'nothing'")));
  await page.getByRole("alert").getByText("No event meets the condition. Only events of Sysmon name processes by GUID.").waitFor();
  // Without a hunt none of its events is counted, and there is something to begin with.
  assert.match(await page.getByRole("figure", { name: "Events over time" }).locator(".chart-legend").innerText(), /hunted\D*0/i);
  await page.getByRole("grid", { name: "Suspicious events, to begin with" }).waitFor();
  await close();
});

test("a condition that nothing meets is told beside what was pasted, and an unknown GUID has nothing to be written", async () => {
  const { page, close } = await open(INCIDENT, `&huntfrom=${NOTEPAD}&huntwhere=${encodeURIComponent("Image == 'nothing'")}`);
  await sum(page).getByText("7 processes").waitFor();
  await page.getByRole("list", { name: "To know" }).getByText("No event meets the condition. The hunt begins with the processes that were chosen or pasted.").waitFor();
  await page.evaluate(() => (location.hash = location.hash.replace(/&huntwhere=[^&]*/, "").replace(/huntfrom=[^&]*/, "huntfrom=00000001-0000-0000-0000-000000000001")));
  await page.getByText("No data: no event names a process of this hunt.").first().waitFor();
  await page.getByRole("button", { name: "Export the hunt" }).waitFor({ state: "detached" });
  await close();
});

test("a hunt that was refused leaves nothing of the one before", async () => {
  const { page, close } = await open(INCIDENT, `&huntfrom=${NOTEPAD}`);
  await sum(page).getByText("7 processes").waitFor();
  await page.evaluate(() => (location.hash += "&huntstop=agent.exe"));
  await page.getByRole("alert").getByText('"agent.exe" is no full path: any program may have that name.').waitFor();
  const legend = page.getByRole("figure", { name: "Events over time" }).locator(".chart-legend");
  await legend.getByText(/hunted\D*0/i).waitFor();
  await page.getByRole("figure", { name: "Hunting-Action" }).getByText("No data: this chart shows events of the hunt only.").waitFor();
  await page.getByText(/^7 processes in/).waitFor({ state: "detached" });
  await close();
});

test("events over time are cut down to the time of the hunt", async () => {
  const { page, close } = await open(INCIDENT, `&huntfrom=${NOTEPAD}`);
  await sum(page).getByText("7 processes").waitFor();
  const figure = page.getByRole("figure", { name: "Events over time" });
  const words = figure.locator(".chart-words");
  const before = await words.innerText();
  await figure.getByRole("button", { name: "Time of the hunt" }).click();
  await page.waitForFunction(([text]) => document.querySelector(".chart-words")?.innerText !== text, [before]);
  assert.match(await figure.locator(".chart-legend").innerText(), /hunted\D*[1-9]/i);
  await figure.getByRole("button", { name: "Time of the hunt", pressed: true }).click();
  await words.getByText(before).waitFor();
  await close();
});

test("without events the view has its name", async () => {
  const { page, close } = await newPage(browser, server.origin);
  await page.goto(`${server.address}&view=hunting`);
  await page.getByRole("figure", { name: "Events over time" }).waitFor();
  await page.getByRole("button", { name: "Clear", exact: true }).click();
  await page.getByRole("button", { name: "Load sample events" }).waitFor();
  await page.getByRole("heading", { name: "Sysmon Hunting" }).waitFor();
  assert.equal(await page.getByRole("heading", { name: "See what your rules do" }).count(), 0);
  await close();
});

test("a root is an edge that can be expanded", async () => {
  const { page, close } = await open(INCIDENT, `&huntfrom=${NOTEPAD}`);
  await sum(page).getByText("not gone through: 1 process").waitFor();
  await tree(page).getByText("Go through explorer.exe").click();
  await sum(page).getByText("11 processes").waitFor();
  const expected = JSON.parse(found("json", "--from", NOTEPAD, "--through", EXPLORER, INCIDENT));
  assert.deepEqual(JSON.parse((await exported(page, "All of it", "JSON")).toString()), expected);
  await page.goBack();
  await sum(page).getByText("7 processes").waitFor();
  // What only the system's own processes caused is not begun with, unless somebody says so.
  await page.evaluate((guid) => (location.hash = location.hash.replace(/huntfrom=[^&]*/, `huntmet=${guid}`)), EXPLORER.slice(1, -1).toLowerCase());
  await page.getByRole("alert").getByText("The system's own processes alone caused this").waitFor();
  await page.getByRole("button", { name: "Begin with it nevertheless" }).click();
  await sum(page).getByText("11 processes").waitFor();
  await close();
});

test("how far is whoever hunts choice", async () => {
  const { page, close } = await open(INCIDENT, `&huntfrom=${NOTEPAD}`);
  await sum(page).getByText("7 processes").waitFor();
  await page.getByText("How far").click();
  await page.getByLabel("Rounds at most").fill("2");
  await page.getByLabel("Rounds at most").press("Enter");
  await sum(page).getByText("3 processes").waitFor();
  await page.getByText("there are more processes.").waitFor();
  // What is no number of rounds is refused, and changes nothing.
  for (const text of ["0", "-3", "2.5", "99999999999"]) {
    await page.getByLabel("Rounds at most").fill(text);
    await page.getByLabel("Rounds at most").press("Enter");
    await page.getByRole("alert").getByText("A whole number from 1 to 99999").waitFor();
    await sum(page).getByText("3 processes").waitFor();
  }
  await page.getByLabel("Rounds at most").fill("");
  await page.getByLabel("Rounds at most").press("Enter");
  await sum(page).getByText("7 processes").waitFor();
  await page.getByLabel("Stop at", { exact: true }).fill(String.raw`C:\Program Files\Mail\mail.exe`);
  await page.getByLabel("Stop at", { exact: true }).press("Enter");
  await sum(page).getByText("6 processes").waitFor();
  await page.getByRole("button", { name: /^Do not stop at/ }).click();
  await page.getByLabel(/Also over process accesses/).check();
  await sum(page).getByText("7 processes").waitFor();
  assert.match(page.url(), /huntaccess=1/);
  await close();
});

test("a process of the tree narrows the charts and the events, by keyboard too", async () => {
  const { page, close } = await open(INCIDENT, `&huntfrom=${NOTEPAD}`);
  await sum(page).getByText("7 processes").waitFor();
  const table = page.getByRole("grid", { name: "Hunting-Events" });
  const all = Number(await table.getAttribute("aria-rowcount"));
  await tree(page).focus();
  await page.keyboard.press("End");
  await page.keyboard.press("Home");
  const active = () => page.locator(".hunt-line.active");
  assert.match(await active().innerText(), /explorer\.exe/);
  assert.equal(await active().getAttribute("aria-expanded"), "true");
  await page.keyboard.press("ArrowLeft");
  assert.equal(await active().getAttribute("aria-expanded"), "false");
  assert.equal(await processes(page).count(), 1);
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("ArrowRight");
  assert.equal(await active().getAttribute("aria-level"), "2");
  await page.keyboard.type("power");
  assert.match(await active().innerText(), /powershell\.exe/);
  assert.equal(await active().getAttribute("id"), await tree(page).getAttribute("aria-activedescendant"));
  await page.keyboard.press("Enter");
  const side = page.getByRole("region", { name: "The chosen process" });
  await side.getByText("CommandLine", { exact: true }).waitFor();
  await page.getByText(/^Below:/).waitFor();
  assert.ok(Number(await table.getAttribute("aria-rowcount")) < all);
  // What it did hangs from it, folded.
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("ArrowRight");
  assert.equal(await active().getAttribute("aria-level"), "5");
  assert.match(await active().innerText(), /^\S*\s*Files/);
  const link = side.getByRole("link", { name: /MITRE/ }).first();
  assert.match(await link.getAttribute("href"), /^https:\/\/attack\.mitre\.org\/techniques\/T\d{4}\//);
  assert.match(await link.getAttribute("rel"), /noreferrer/);
  await page.getByRole("button", { name: "Timeline" }).click();
  const lane = page.getByRole("button", { name: /^powershell\.exe, from/ });
  assert.equal(await lane.getAttribute("aria-pressed"), "true");
  await lane.click();
  await page.getByText(/^Below:/).waitFor({ state: "detached" });
  assert.equal(Number(await table.getAttribute("aria-rowcount")), all);
  assert.deepEqual(await axe(page), []);
  await close();
});

test("an event of the hunt shows its parent's command line, and pages of others that only a click opens", async () => {
  const { page, close } = await open(INCIDENT, `&huntfrom=${NOTEPAD}`);
  await sum(page).getByText("7 processes").waitFor();
  await page.getByRole("grid", { name: "Hunting-Events" }).getByText("process_create").first().click();
  const event = page.getByRole("region", { name: "The chosen event" });
  await event.getByText("Started by").waitFor();
  for (const link of await event.getByRole("link").all()) {
    assert.match(await link.getAttribute("href"), /^https:\/\/(www\.virustotal\.com\/gui\/file|attack\.mitre\.org\/techniques)\//);
    assert.match(await link.getAttribute("rel"), /noreferrer/);
  }
  assert.ok((await event.getByRole("link", { name: /VirusTotal/ }).count()) > 0);
  await close();
});

test("a hunt is written in the forms of the command line, and as a report with pictures", async () => {
  const { page, close } = await open(INCIDENT, `&huntfrom=${NOTEPAD}`);
  await sum(page).getByText("7 processes").waitFor();
  for (const [label, hint, form] of [
    ["Report", "Markdown", "markdown"],
    ["Tree", "text", "tree"],
    ["Picture", "Mermaid", "mermaid"],
    ["Picture", "DOT", "dot"],
    ["Rule", "filter", "filter"],
    ["Rule", "alert", "alert"],
  ])
    assert.equal((await exported(page, label, hint)).toString(), found(form, "--from", NOTEPAD, INCIDENT), form);
  const files = unzipSync(new Uint8Array(await exported(page, "Report with pictures", "zip")));
  const report = strFromU8(files["report.md"]);
  const pictures = [...report.matchAll(/!\[[^\]]+\]\((pictures\/[a-z-]+\.png)\)/g)].map(([, file]) => file);
  assert.ok(pictures.length >= 4, report);
  for (const file of pictures) assert.equal(strFromU8(files[file].subarray(1, 4)), "PNG");
  assert.match(report, /```mermaid/);
  await page.getByRole("button", { name: "Make an alert…" }).click();
  await page.getByRole("button", { name: "Add rule" }).click();
  await page.locator('[data-name="alerts/hunt.rule"]').waitFor();
  await close();
});

test("a real attack, from the dumped credentials to the process that it began with", async (t) => {
  const file = join(process.env.BLOCKSIEVE_CORPUS ?? path("../shared/corpus"), "evtx/EVTX-ATTACK-SAMPLES/Credential Access/babyshark_mimikatz_powershell.evtx");
  if (!existsSync(file)) return t.skip(`${file} is not here`);
  const where = String.raw`event is sysmon.process_access and TargetImage ends with '\lsass.exe'`;
  const expected = JSON.parse(found("json", "--where", where, file));
  const { page, close } = await open(file, `&huntwhere=${encodeURIComponent(where)}`);
  await sum(page).getByText(`${expected.processes.length} processes`).waitFor();
  const hunt = JSON.parse((await exported(page, "All of it", "JSON")).toString());
  assert.deepEqual(hunt, expected);
  assert.ok(guidsOf(hunt).length > 3 && hunt.rounds.length > 1);
  await close();
});
