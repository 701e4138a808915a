// The bar at the top: the views, what is open, examples, files, themes.
import { choice, type Choice } from "../ui/theme.ts";
import { showView, view, type ViewName } from "../state/link.ts";
import { dirty, home } from "../state/project.ts";
import { ExamplesMenu, FileMenu } from "../files/FileMenu.tsx";
import { showKeys } from "../files/keys.tsx";
import { saveAll } from "../files/save.ts";
import { trouble } from "../files/served.ts";
import { Dialogs } from "../ui/Dialog.tsx";
import { Toasts } from "../ui/Toast.tsx";

const VIEWS: { name: ViewName; label: string }[] = [
  { name: "rules", label: "Rules" },
  { name: "dashboards", label: "Dashboards" },
  { name: "hunting", label: "Hunting" },
];

export function Bar() {
  const unsaved = dirty.value.length;
  return (
    <header class="bar">
      <h1>Blocksieve</h1>
      <nav class="views" aria-label="Views">
        {VIEWS.map(({ name, label }) => (
          <button key={name} type="button" {...(view.value === name ? { "aria-current": "page" as const } : {})} onClick={() => showView(name)}>
            {label}
          </button>
        ))}
      </nav>
      <FileMenu />
      <ExamplesMenu />
      <span class="project">
        {home.value.name}
        {home.value.kind === "server" && home.value.readOnly && " · read only"}
        {unsaved > 0 && ` · ${unsaved} not saved`}
        {home.value.kind === "server" && trouble.value && (
          <span class="project-trouble" title={`${trouble.value.error} ${trouble.value.help}`}>
            {" · "}
            {trouble.value.code === "token" ? "the server was started again: open its new address" : "the server does not answer"}
          </span>
        )}
      </span>
      {unsaved > 0 && home.value.kind === "server" && !home.value.readOnly && (
        <button type="button" onClick={() => void saveAll()} title="Save all files that were changed (Ctrl+Shift+S)">
          Save
        </button>
      )}
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
