// The page: a bar, and one of three views: rules, dashboards, hunting.
//
// The rules' view is the rules, the editor with its tabs, the events. Wide: three columns with borders that can be moved. Narrow: one of
// them at a time, chosen below the bar. It stays where it is while another view is shown: the editors keep their state in the page.
import type { ComponentType } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { broken } from "../engine/client.ts";
import { BlocksTab } from "../blocks/BlocksTab.tsx";
import { ConfigBlocks } from "../configuration/ConfigBlocks.tsx";
import { ConfigText } from "../configuration/ConfigText.tsx";
import { isOpen } from "../state/configuration.ts";
import { Drop } from "../preview/Drop.tsx";
import { Preview } from "../preview/Preview.tsx";
import { Problems } from "../problems/Problems.tsx";
import { RuleList } from "../rules/RuleList.tsx";
import { ListingTab } from "../tabs/ListingTab.tsx";
import { SigmaTab } from "../tabs/SigmaTab.tsx";
import { TestsTab } from "../tabs/TestsTab.tsx";
import { WinlogbeatTab } from "../tabs/WinlogbeatTab.tsx";
import { view } from "../state/link.ts";
import { pane, type PaneName, tab, type TabName } from "../state/show.ts";
import { TextTab } from "../text/TextTab.tsx";
import { Announcer } from "../ui/announce.tsx";
import { Later } from "../ui/Later.tsx";
import { Bar } from "./Bar.tsx";
import { Splitter } from "./Splitter.tsx";

const TABS: { name: TabName; label: string; body: ComponentType; ofConfiguration?: ComponentType }[] = [
  { name: "blocks", label: "Blocks", body: BlocksTab, ofConfiguration: ConfigBlocks },
  { name: "text", label: "Text", body: TextTab, ofConfiguration: ConfigText },
  { name: "sigma", label: "Sigma", body: SigmaTab },
  { name: "winlogbeat", label: "Winlogbeat", body: WinlogbeatTab },
  { name: "tests", label: "Tests", body: TestsTab },
  { name: "listing", label: "Listing", body: ListingTab },
];

const PANES: { name: PaneName; label: string }[] = [
  { name: "rules", label: "Rules" },
  { name: "editor", label: "Editor" },
  { name: "events", label: "Events" },
];
const boards = (): Promise<ComponentType> => import("../boards/Boards.tsx").then(({ Boards }) => Boards);
const hunting = (): Promise<ComponentType> => import("../hunting/Hunting.tsx").then(({ Hunting }) => Hunting);

export function App() {
  const main = useRef<HTMLElement>(null);
  const isRules = view.value === "rules";
  useEffect(() => {
    // Blockly and the table measure themselves when they are seen again.
    if (isRules) dispatchEvent(new Event("resize"));
  }, [isRules]);
  const skip = (event: Event): void => {
    // The address has the view's state: an anchor would take its place.
    event.preventDefault();
    document.getElementById(isRules ? "editor" : "view")?.focus();
  };
  return (
    <>
      <a class="skip" href="#editor" onClick={skip}>
        {isRules ? "To the editor" : "To the content"}
      </a>
      <Bar />
      <nav class="panes" aria-label="Parts of the page" hidden={!isRules}>
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
      <main class="columns" data-pane={pane.value} ref={main} hidden={!isRules}>
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
      {!isRules && (
        <main class="view" id="view" tabIndex={-1} key={view.value}>
          {view.value === "dashboards" ? <Later load={boards} name="Dashboards" /> : <Later load={hunting} name="Hunting" />}
        </main>
      )}
      <Drop />
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
