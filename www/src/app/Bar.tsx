// The bar at the top: what is open, examples, files, themes.
import { choice, type Choice } from "../ui/theme.ts";
import { dirty, home } from "../state/project.ts";
import { ExamplesMenu, FileMenu } from "../files/FileMenu.tsx";
import { showKeys } from "../files/keys.tsx";
import { Dialogs } from "../ui/Dialog.tsx";
import { Toasts } from "../ui/Toast.tsx";

export function Bar() {
  const unsaved = dirty.value.length;
  return (
    <header class="bar">
      <h1>Blocksieve</h1>
      <FileMenu />
      <ExamplesMenu />
      <span class="project">
        {home.value.name}
        {unsaved > 0 && ` · ${unsaved} not saved`}
      </span>
      <button type="button" class="quiet keys-button" aria-label="Keyboard shortcuts" title="Keyboard shortcuts (?)" onClick={() => void showKeys()}>
        ?
      </button>
      <label class="theme">
        <span class="hidden-label">Theme</span>
        <select value={choice.value} onChange={(event) => (choice.value = event.currentTarget.value as Choice)}>
          <option value="system">System</option>
          <option value="light">Light</option>
          <option value="dark">Dark</option>
          <option value="contrast">High contrast</option>
        </select>
      </label>
      <Dialogs />
      <Toasts />
    </header>
  );
}
