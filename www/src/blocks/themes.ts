// Blockly in the colours of the page: one style for each category of the toolbox, in each theme.
//
// Names of blocks are white on their style's fill with a contrast of 4.5 at least; in high contrast every block is black with a
// border in its colour.
import * as Blockly from "blockly/core";
import type { Theme } from "../ui/theme.ts";
import { CATEGORIES, type CategoryKey } from "./toolbox.ts";

interface Ground {
  ground: string;
  box: string;
  text: string;
  line: string;
}

const GROUNDS: Record<Theme, Ground> = {
  light: { ground: "#ffffff", box: "#f4f6fa", text: "#17202e", line: "#b8c1d0" },
  dark: { ground: "#161b24", box: "#1d2430", text: "#e8edf5", line: "#4a5669" },
  contrast: { ground: "#000000", box: "#000000", text: "#ffffff", line: "#ffffff" },
};

interface Style {
  colourPrimary: string;
  colourSecondary: string;
  colourTertiary: string;
  hat: string;
}

/** Between two colours: 0 is the first. */
function between(first: string, second: string, share: number): string {
  const channel = (colour: string, at: number): number => Number.parseInt(colour.slice(at, at + 2), 16);
  const mixed = [1, 3, 5].map((at) => Math.round(channel(first, at) * (1 - share) + channel(second, at) * share));
  return `#${mixed.map((value) => value.toString(16).padStart(2, "0")).join("")}`;
}

/** The fill, the fill of a shadow and the border of a category's blocks. */
export function styleOf(key: CategoryKey, name: Theme): Style {
  const { colour } = CATEGORIES[key];
  const hat = key === "start" ? "cap" : "";
  if (name === "contrast")
    return { colourPrimary: "#000000", colourSecondary: "#1c1c1c", colourTertiary: between(colour, "#ffffff", 0.55), hat };
  return {
    colourPrimary: colour,
    colourSecondary: between(colour, "#ffffff", 0.12),
    colourTertiary: between(colour, "#ffffff", 0.5),
    hat,
  };
}

/** The colour beside the category's name. */
export const markOf = (key: CategoryKey, name: Theme): string =>
  name === "light" ? CATEGORIES[key].colour : between(CATEGORIES[key].colour, "#ffffff", 0.35);

const made = new Map<Theme, Blockly.Theme>();

/** The theme of this name. */
export function blocklyTheme(name: Theme): Blockly.Theme {
  const known = made.get(name);
  if (known) return known;
  const { ground, box, text, line } = GROUNDS[name];
  const keys = Object.keys(CATEGORIES) as CategoryKey[];
  const theme = Blockly.Theme.defineTheme(`blocksieve-${name}`, {
    name: `blocksieve-${name}`,
    blockStyles: Object.fromEntries(keys.map((key) => [`${key}_blocks`, styleOf(key, name)])),
    categoryStyles: Object.fromEntries(keys.map((key) => [`${key}_category`, { colour: markOf(key, name) }])),
    fontStyle: { family: "system-ui, -apple-system, 'Segoe UI', 'DejaVu Sans', sans-serif", size: 11, weight: "500" },
    componentStyles: {
      workspaceBackgroundColour: ground,
      toolboxBackgroundColour: box,
      toolboxForegroundColour: text,
      flyoutBackgroundColour: box,
      flyoutForegroundColour: text,
      flyoutOpacity: 0.98,
      scrollbarColour: line,
      scrollbarOpacity: 0.8,
      insertionMarkerColour: text,
      insertionMarkerOpacity: 0.3,
    },
  });
  made.set(name, theme);
  return theme;
}
