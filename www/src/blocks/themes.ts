// Blockly in the colours of the page.
import * as Blockly from "blockly/core";
import type { Theme } from "../ui/theme.ts";

interface Colours {
  ground: string;
  box: string;
  text: string;
  line: string;
}

const COLOURS: Record<Theme, Colours> = {
  light: { ground: "#ffffff", box: "#f4f6fa", text: "#17202e", line: "#e8ecf3" },
  dark: { ground: "#161b24", box: "#1d2430", text: "#e8edf5", line: "#28313f" },
  contrast: { ground: "#000000", box: "#000000", text: "#ffffff", line: "#1a1a1a" },
};

const made = new Map<Theme, Blockly.Theme>();

/** The theme of this name. */
export function blocklyTheme(name: Theme): Blockly.Theme {
  const known = made.get(name);
  if (known) return known;
  const { ground, box, text, line } = COLOURS[name];
  const theme = Blockly.Theme.defineTheme(`blocksieve-${name}`, {
    name: `blocksieve-${name}`,
    base: Blockly.Themes.Classic,
    fontStyle: { family: "system-ui, -apple-system, 'Segoe UI', 'DejaVu Sans', sans-serif", size: 11, weight: "500" },
    componentStyles: {
      workspaceBackgroundColour: ground,
      toolboxBackgroundColour: box,
      toolboxForegroundColour: text,
      flyoutBackgroundColour: box,
      flyoutForegroundColour: text,
      flyoutOpacity: 0.97,
      scrollbarColour: line,
      scrollbarOpacity: 0.9,
      insertionMarkerColour: text,
      insertionMarkerOpacity: 0.3,
    },
  });
  made.set(name, theme);
  return theme;
}

/** White text on every block has a contrast of 4.5. */
export function setBlockColours(): void {
  Blockly.utils.colour.setHsvSaturation(0.62);
  Blockly.utils.colour.setHsvValue(0.5);
}
