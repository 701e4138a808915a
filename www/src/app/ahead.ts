// What is loaded before anybody needs it, so that a page goes on without a network: the parts that are loaded on demand. What
// fails here is tried again when it is needed.
const PARTS = [() => import("../text/editor.ts"), () => import("../text/compare.ts"), () => import("../files/drawn.ts"), () => import("../files/configurations.ts"), () => import("../boards/Boards.tsx"), () => import("../hunting/Hunting.tsx")];

/** After the first decisions, in milliseconds: what people look at first goes first. */
const CALM = 1_500;

export const loadAhead = (): unknown => setTimeout(() => PARTS.forEach((part) => void part().catch(() => undefined)), CALM);
