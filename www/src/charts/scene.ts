// A drawing as data: rectangles, lines and texts in named colours. The page shows it as SVG, an export paints it on a canvas: one
// drawing, the same in both.
//
// Never here: what a drawing is of; where colours come from (charts.css).

/** A colour of charts.css, without `--chart-`. */
export type Ink = "text" | "faint" | "line" | "ground" | "suspicious" | "security" | "forensic" | "none" | "bar" | "all" | "technique" | "hunted";
/** What tells series apart where colours do not. */
export type Pattern = "solid" | "stripes" | "dots" | "hollow";

export type Item =
  | { is: "rect"; x: number; y: number; width: number; height: number; ink: Ink; pattern: Pattern }
  | { is: "line"; x: number; y: number; toX: number; toY: number; ink: Ink }
  | { is: "text"; x: number; y: number; text: string; ink: Ink; anchor: "start" | "middle" | "end"; size: number; isBold?: boolean; isMono?: boolean };

export interface Scene {
  width: number;
  height: number;
  items: Item[];
}

/** One drawing below another. */
export function stacked(scenes: readonly Scene[]): Scene {
  let top = 0;
  const items: Item[] = [];
  for (const scene of scenes) {
    items.push(...scene.items.map((item) => moved(item, 0, top)));
    top += scene.height;
  }
  return { width: Math.max(...scenes.map(({ width }) => width), 0), height: top, items };
}

/** An item elsewhere. */
export const moved = (item: Item, x: number, y: number): Item =>
  item.is === "line" ? { ...item, x: item.x + x, toX: item.toX + x, y: item.y + y, toY: item.toY + y } : { ...item, x: item.x + x, y: item.y + y };

/** A text cut to about so many pixels, in the middle: paths are told by their beginnings and ends. */
export function fitted(text: string, width: number, size: number): string {
  const most = Math.max(Math.floor(width / (size * 0.56)), 2);
  const letters = [...text];
  if (letters.length <= most) return text;
  const tail = Math.floor((most - 1) * 0.6);
  return `${letters.slice(0, most - 1 - tail).join("")}…${letters.slice(letters.length - tail).join("")}`;
}
