// Pictures and tables of charts as files.
//
// In: scenes, rows. Out: a PNG, a CSV. The colours are those of the theme, as the page has them now.
import { safeLineOf } from "../files/csv.ts";
import { download } from "../ui/copy.ts";
import { toast } from "../ui/Toast.tsx";
import { fitted, type Ink, type Item, type Pattern, type Scene, stacked } from "./scene.ts";

/** Pixels of the picture for one of the page. */
const SHARP = 2;
const TILE = 6;

function fillOf(context: CanvasRenderingContext2D, colour: string, ground: string, pattern: Pattern): string | CanvasPattern {
  if (pattern === "solid") return colour;
  const tile = document.createElement("canvas");
  tile.width = tile.height = TILE * SHARP;
  const pen = tile.getContext("2d");
  if (!pen) return colour;
  pen.scale(SHARP, SHARP);
  pen.fillStyle = pattern === "hollow" ? ground : colour;
  pen.fillRect(0, 0, TILE, TILE);
  pen.strokeStyle = pen.fillStyle = ground;
  pen.lineWidth = 1.4;
  if (pattern === "stripes") {
    pen.beginPath();
    for (const shift of [-TILE, 0, TILE]) {
      pen.moveTo(shift, TILE);
      pen.lineTo(shift + TILE, 0);
    }
    pen.stroke();
  } else if (pattern === "dots") {
    pen.beginPath();
    pen.arc(TILE / 2, TILE / 2, 1.1, 0, 7);
    pen.fill();
  }
  const made = context.createPattern(tile, "repeat");
  made?.setTransform(new DOMMatrix().scale(1 / SHARP));
  return made ?? colour;
}

function paint(scene: Scene, context: CanvasRenderingContext2D, colourOf: (ink: Ink) => string, fonts: { text: string; mono: string }): void {
  context.fillStyle = colourOf("ground");
  context.fillRect(0, 0, scene.width, scene.height);
  for (const item of scene.items) {
    const colour = colourOf(item.ink);
    if (item.is === "rect") {
      context.fillStyle = fillOf(context, colour, colourOf("ground"), item.pattern);
      context.fillRect(item.x, item.y, item.width, item.height);
      if (item.pattern === "hollow") {
        context.strokeStyle = colour;
        context.lineWidth = 1;
        context.strokeRect(item.x + 0.5, item.y + 0.5, Math.max(item.width - 1, 0.5), Math.max(item.height - 1, 0.5));
      }
    } else if (item.is === "line") {
      context.strokeStyle = colour;
      context.lineWidth = 1;
      context.beginPath();
      context.moveTo(item.x, item.y);
      context.lineTo(item.toX, item.toY);
      context.stroke();
    } else {
      context.fillStyle = colour;
      context.textAlign = item.anchor === "middle" ? "center" : item.anchor;
      context.font = `${item.isBold ? "600 " : ""}${item.size}px ${item.isMono ? fonts.mono : fonts.text}`;
      context.fillText(item.text, item.x, item.y);
    }
  }
}

/** The head of a picture: what it shows, and of which events. */
export function headScene(title: string, lines: readonly string[], width: number): Scene {
  const items: Item[] = [{ is: "text", x: 8, y: 22, text: fitted(title, width - 16, 15), ink: "text", anchor: "start", size: 15, isBold: true }];
  lines.forEach((line, at) => items.push({ is: "text", x: 8, y: 42 + at * 17, text: fitted(line, width - 16, 12), ink: "faint", anchor: "start", size: 12 }));
  return { width, height: 34 + lines.length * 17, items };
}

/** A name of a file out of words. */
export const fileName = (words: string, ending: string): string =>
  `${words.toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-+|-+$/g, "").slice(0, 80) || "chart"}.${ending}`;

/** A picture of scenes below each other, as bytes. */
export async function pngOf(scenes: readonly Scene[]): Promise<Blob | null> {
  const scene = stacked(scenes);
  const canvas = document.createElement("canvas");
  canvas.width = Math.ceil(scene.width * SHARP);
  canvas.height = Math.ceil((scene.height + 8) * SHARP);
  const context = canvas.getContext("2d");
  if (!context) return null;
  context.scale(SHARP, SHARP);
  const style = getComputedStyle(document.documentElement);
  const read = (name: string): string => style.getPropertyValue(name).trim();
  paint({ ...scene, height: scene.height + 8 }, context, (ink) => read(`--chart-${ink}`) || "#000", { text: read("--font") || "sans-serif", mono: read("--mono") || "monospace" });
  return new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
}

export async function savePng(name: string, scenes: readonly Scene[]): Promise<void> {
  const made = await pngOf(scenes);
  if (!made) return toast("The browser could not draw the picture.", [], true);
  download(fileName(name, "png"), new Uint8Array(await made.arrayBuffer()), "image/png");
}

/** A table as CSV: values that a spreadsheet would take for formulas begin with an apostrophe. */
export const csvOf = ({ head, rows }: { head: readonly string[]; rows: readonly (readonly (string | number)[])[] }): string =>
  [head, ...rows].map((row) => `${safeLineOf(row)}\r\n`).join("");

export const saveCsv = (name: string, table: Parameters<typeof csvOf>[0]): void => download(fileName(name, "csv"), csvOf(table), "text/csv;charset=utf-8");
