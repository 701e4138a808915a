// What the menus of blocks and of the workspace offer besides Blockly's own.
import * as Blockly from "blockly/core";
import { current } from "../state/project.ts";
import { show, tab } from "../state/show.ts";
import { type Growth, growths } from "./buttons.ts";
import { copyBlock, pasteFromMenu } from "./clipboard.ts";
import { blocks as definition } from "./definition.ts";

const MOST_GROWTHS = 6;
const { BLOCK, WORKSPACE } = Blockly.ContextMenuRegistry.ScopeType;
type Scope = Blockly.ContextMenuRegistry.Scope;

function growthsOf({ block }: Scope): Growth[] {
  const entry = definition.blocks.find(({ type }) => type === block?.type);
  return block && entry && block.isEditable() && !block.isInFlyout ? growths(block, entry) : [];
}

/** Goes to the text of a block. */
function showText(block: Blockly.BlockSvg): void {
  const file = current.value;
  if (file === null) return;
  tab.value = "text";
  void show({ file, block: block.id, field: null, range: null });
}

/** Adds to the menus; once. */
export function registerMenu(): void {
  const { registry } = Blockly.ContextMenuRegistry;
  Blockly.ContextMenuItems.registerCommentOptions();
  // Rows stand as blocks.json says.
  registry.unregister("blockInline");
  for (let at = 0; at < MOST_GROWTHS; at++)
    registry.register({
      id: `grow ${at}`,
      scopeType: BLOCK,
      weight: 0.1 + at / 100,
      preconditionFn: (scope) => (growthsOf(scope)[at] ? "enabled" : "hidden"),
      displayText: (scope) => growthsOf(scope)[at]?.label ?? "",
      callback: (scope) => growthsOf(scope)[at]?.change(),
    });
  registry.register({
    id: "copy",
    scopeType: BLOCK,
    weight: 0.9,
    preconditionFn: ({ block }) => (block && !block.isInFlyout && block.isCopyable() ? "enabled" : "hidden"),
    displayText: "Copy",
    callback: ({ block }) => block && copyBlock(block),
    associatedKeyboardShortcut: "copy",
  });
  registry.register({
    id: "paste",
    scopeType: WORKSPACE,
    weight: 0.9,
    preconditionFn: () => "enabled",
    displayText: "Paste blocks or text of a rule",
    callback: ({ workspace }) => {
      if (workspace) void pasteFromMenu(workspace);
    },
  });
  registry.register({
    id: "text",
    scopeType: BLOCK,
    weight: 4.5,
    preconditionFn: ({ block }) => (block && !block.isInFlyout ? "enabled" : "hidden"),
    displayText: "Show in the text",
    callback: ({ block }) => block && showText(block),
  });
}
