// Copying blocks from one browser tab to another.
//
// In: what Blockly copied. Out: the same in every tab of this page, by the browser's storage. Never here: the system's clipboard, for which
// browsers ask people each time.
import * as Blockly from "blockly/core";

const KEY = "blocksieve.clipboard";

/** Keeps what is copied where other tabs find it. */
export function keepClipboard(): void {
  const { registry } = Blockly.ShortcutRegistry;
  for (const name of ["copy", "cut"]) {
    const shortcut = registry.getRegistry()[name];
    const callback = shortcut?.callback;
    if (!shortcut || !callback) continue;
    shortcut.callback = (...args) => {
      const done = callback(...args);
      const data = Blockly.clipboard.getLastCopiedData();
      if (done && data) store(data);
      return done;
    };
  }
}

function store(data: Blockly.ICopyData): void {
  try {
    localStorage.setItem(KEY, JSON.stringify(data));
  } catch {
    // A browser that keeps nothing copies within the tab.
  }
}

/** Takes over what another tab copies. */
export function addToClipboard(workspace: Blockly.WorkspaceSvg): () => void {
  const take = (event: StorageEvent): void => {
    if (event.key !== KEY || event.newValue === null) return;
    try {
      const data = JSON.parse(event.newValue) as Blockly.ICopyData;
      Blockly.clipboard.setLastCopiedData(data);
      Blockly.clipboard.setLastCopiedWorkspace(workspace);
    } catch {
      // Not ours, or cut short: nothing is pasted.
    }
  };
  addEventListener("storage", take);
  return () => removeEventListener("storage", take);
}
