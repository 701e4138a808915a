// The page: a bar, the rules, the editor with its tabs, the events.
//
// Wide: three columns with borders that can be moved. Narrow: one of them at a time, chosen below the bar.
import type { ComponentType } from "preact";
import { useRef } from "preact/hooks";
import { broken } from "../engine/client.ts";
import { BlocksTab } from "../blocks/BlocksTab.tsx";
import { ConfigBlocks } from "../configuration/ConfigBlocks.tsx";
import { ConfigText } from "../configuration/ConfigText.tsx";
import { isOpen } from "../state/configuration.ts";
import { Preview } from "../preview/Preview.tsx";
import { Problems } from "../problems/Problems.tsx";
import { RuleList } from "../rules/RuleList.tsx";
import { ListingTab } from "../tabs/ListingTab.tsx";
import { TestsTab } from "../tabs/TestsTab.tsx";
import { WinlogbeatTab } from "../tabs/WinlogbeatTab.tsx";
import { pane, type PaneName, tab, type TabName } from "../state/show.ts";
import { TextTab } from "../text/TextTab.tsx";
import { Announcer } from "../ui/announce.tsx";
import { Bar } from "./Bar.tsx";
import { Splitter } from "./Splitter.tsx";

const TABS: { name: TabName; label: string; body: ComponentType; ofConfiguration?: ComponentType }[] = [
  { name: "blocks", label: "Blocks", body: BlocksTab, ofConfiguration: ConfigBlocks },
  { name: "text", label: "Text", body: TextTab, ofConfiguration: ConfigText },
  { name: "winlogbeat", label: "Winlogbeat", body: WinlogbeatTab },
  { name: "tests", label: "Tests", body: TestsTab },
  { name: "listing", label: "Listing", body: ListingTab },
];

const PANES: { name: PaneName; label: string }[] = [
  { name: "rules", label: "Rules" },
  { name: "editor", label: "Editor" },
  { name: "events", label: "Events" },
];
export function App() {
  const main = useRef<HTMLElement>(null);
  return (
    <>
      <a class="skip" href="#editor">
        To the editor
      </a>
      <Bar />
      <nav class="panes" aria-label="Parts of the page">
        {PANES.map(({ name, label }) => (
          <button key={name} type="button" aria-pressed={pane.value === name} onClick={() => (pane.value = name)}>
            {label}
          </button>
        ))}
      </nav>
      {broken.value !== null && (
        <p class="broken" role="alert">
          The engine stopped: {broken.value}. Your rules are still here: save what you changed, then reload the page.
        </p>
      )}
      <main class="columns" data-pane={pane.value} ref={main}>
        <section class="column rules" aria-label="Rules">
          <RuleList />
        </section>
        <Splitter name="rules" label="Width of the rules" container={main} />
        <section class="column editor" id="editor" aria-label="Editor" tabIndex={-1}>
          <Tabs />
          <Problems />
        </section>
        <Splitter name="events" label="Width of the events" container={main} fromRight />
        <section class="column events" aria-label="Events">
          <Preview />
        </section>
      </main>
      <Announcer />
    </>
  );
}

function Tabs() {
  // A configuration of Sysmon has two sides, and nothing of what is made of rules.
  const all = isOpen.value ? TABS.filter(({ ofConfiguration }) => ofConfiguration) : TABS;
  const move = (event: KeyboardEvent): void => {
    const at = all.findIndex(({ name }) => name === tab.value);
    const step = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
    const next = all[(at + step + all.length) % all.length];
    if (step === 0 || !next) return;
    event.preventDefault();
    tab.value = next.name;
    document.getElementById(`tab-${next.name}`)?.focus();
  };
  return (
    <>
      <div class="tabs" role="tablist" aria-label="The rule as" onKeyDown={move}>
        {all.map(({ name, label }) => (
          <button
            key={name}
            type="button"
            role="tab"
            id={`tab-${name}`}
            aria-selected={tab.value === name}
            aria-controls={`panel-${name}`}
            tabIndex={tab.value === name ? 0 : -1}
            onClick={() => (tab.value = name)}
          >
            {label}
          </button>
        ))}
      </div>
      {all.map(({ name, body, ofConfiguration }) => {
        const Body = (isOpen.value ? ofConfiguration : undefined) ?? body;
        return (
        <div
          key={name}
          class="panel"
          role="tabpanel"
          id={`panel-${name}`}
          aria-labelledby={`tab-${name}`}
          hidden={tab.value !== name}
        >
          <Body />
        </div>
        );
      })}
    </>
  );
}
