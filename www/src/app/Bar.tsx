// The bar at the top: what is open, examples, files, themes.
import { choice, type Choice } from "../ui/theme.ts";
import { home } from "../state/project.ts";
import { FileMenu } from "../files/FileMenu.tsx";

export function Bar() {
  return (
    <header class="bar">
      <h1>Blocksieve</h1>
      <span class="project">{home.value.name}</span>
      <FileMenu />
      <label class="theme">
        <span class="hidden-label">Theme</span>
        <select value={choice.value} onChange={(event) => (choice.value = event.currentTarget.value as Choice)}>
          <option value="system">System</option>
          <option value="light">Light</option>
          <option value="dark">Dark</option>
          <option value="contrast">High contrast</option>
        </select>
      </label>
    </header>
  );
}
