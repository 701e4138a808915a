// A hunt as files: what `blocksieve hunt --format` writes, and a report with its pictures in one archive.
//
// In: the hunt that is shown; counts. Out: downloads, new rules. The engine writes every text.
import { strToU8, zipSync } from "fflate";
import { histogramScene, legendScene } from "../charts/histogram.ts";
import { fileName, headScene, pngOf } from "../charts/paint.ts";
import { type Scene, stacked } from "../charts/scene.ts";
import { topScene } from "../charts/top.ts";
import { engine } from "../engine/client.ts";
import type { HuntForm } from "../engine/hunting.ts";
import { isRefused } from "../engine/types.ts";
import { download } from "../ui/copy.ts";
import { toast } from "../ui/Toast.tsx";
import { treeScene } from "./picture.ts";
import { CARDS, forest, hunted, over, shown } from "./state.ts";
import { sentence } from "./words.ts";

export const FILES: Record<HuntForm, [name: string, type: string]> = {
  json: ["hunt.json", "application/json"],
  markdown: ["hunt.md", "text/markdown"],
  tree: ["hunt.txt", "text/plain"],
  dot: ["hunt.dot", "text/vnd.graphviz"],
  mermaid: ["hunt.mmd", "text/plain"],
  filter: ["hunt.rule", "text/plain"],
  alert: ["hunt-alert.rule", "text/plain"],
};

/** The hunt as a text; null: there is none, which is said. */
export async function written(form: HuntForm): Promise<string | null> {
  const text = await engine.huntExport(form);
  if (typeof text === "string") return text;
  toast(isRefused(text) ? sentence(text.error) : "There is no hunt.", [], true);
  return null;
}

export async function save(form: HuntForm): Promise<void> {
  const text = await written(form);
  const [name, type] = FILES[form];
  if (text !== null) download(name, text, type);
}

const WIDTH = 1000;

/** The pictures, by name of their file, each with its title and the heading that it stands under. */
function pictures(): { file: string; title: string; under: string; scenes: Scene[] }[] {
  const now = hunted.peek();
  if (!now) return [];
  const about = [`${now.hunt.processes.length} processes, ${now.hunt.events} of ${now.hunt.events_read} events`];
  const all: { file: string; title: string; under: string; scenes: Scene[] }[] = [];
  const time = over.peek()?.overTime;
  const trees = forest.peek();
  if (trees) all.push({ file: "processes.png", title: "Processes", under: "Processes", scenes: [headScene("Processes", about, WIDTH), treeScene(trees, WIDTH)] });
  const title = "Events over time";
  if (time) {
    const scenes = [headScene(title, about, WIDTH), legendScene(time, WIDTH), histogramScene(time, WIDTH, 260, false)];
    all.push({ file: "events-over-time.png", title, under: title, scenes });
  }
  const under = ["Actions", "Rule names", "Destinations", "Ports"];
  const counts = shown.peek();
  CARDS.forEach(({ title, none }, at) => {
    const top = counts?.tops[at];
    if (!counts || !top || top.values.length === 0) return;
    const [absent, whole] = none === null ? [top.absent, counts.count] : [0, counts.count - top.absent];
    const scenes = [headScene(title, about, 760), topScene({ ...top, absent }, whole, 760)];
    all.push({ file: fileName(title, "png"), title, under: under[at] ?? "", scenes });
  });
  return all;
}

/** The report with its pictures, and the other forms beside it. */
export async function saveAll(): Promise<void> {
  const report = await written("markdown");
  if (report === null) return;
  let text = report;
  const files: Record<string, Uint8Array> = {};
  for (const { file, title, under, scenes } of pictures()) {
    const picture = await pngOf([stacked(scenes)]);
    if (!picture) continue;
    files[`pictures/${file}`] = new Uint8Array(await picture.arrayBuffer());
    // What an endpoint wrote stands in code spans behind other signs: no line of it is a heading.
    text = text.replace(new RegExp(`^## ${under}$`, "m"), (heading) => `${heading}\n\n![${title}](pictures/${file})`);
  }
  files["report.md"] = strToU8(text);
  for (const form of ["json", "dot", "mermaid", "tree"] as const) {
    const other = await written(form);
    if (other !== null) files[FILES[form][0]] = strToU8(other);
  }
  download("hunt.zip", new Uint8Array(zipSync(files)), "application/zip");
}
