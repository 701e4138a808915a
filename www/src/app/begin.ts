// What is opened when the page is loaded.
//
// In: the address. Out: a project in the state, and in the engine. The first of these that there is: the project of the server
// that the address has a token for, the rules in a link, what was kept from last time, the Sysmon example.
import { effect, untracked } from "@preact/signals";
import { replaceProject } from "../files/actions.ts";
import { follow as keep, forget, restore } from "../files/autosave.ts";
import { openExample, sampleEvents } from "../files/examples.ts";
import { follow as followKeys } from "../files/keys.tsx";
import { mayReplace } from "../files/open.ts";
import { openServed, servedSamples } from "../files/served.ts";
import { tokenIn } from "../files/server.ts";
import { KEY, sharedIn, unpack } from "../files/share.ts";
import { replaced, shown } from "../files/told.ts";
import { open } from "../state/document.ts";
import { follow as followConfiguration, open as openConfiguration } from "../state/configuration.ts";
import { followCoverage } from "../state/coverage.ts";
import { follow as followLink, forget as forgetPart } from "../state/link.ts";
import { addEvents, follow } from "../state/preview.ts";
import { current, fileFrom, files, home } from "../state/project.ts";
import { follow as followTheme } from "../ui/theme.ts";
import { tell } from "../ui/Dialog.tsx";
import { loadAhead } from "./ahead.ts";
import { toast } from "../ui/Toast.tsx";

/** Takes the rules out of the address. They are asked about where work would be lost. */
async function fromLink(): Promise<boolean> {
  const packed = sharedIn(location.hash);
  if (packed === null) return false;
  forgetPart(KEY);
  const shared = unpack(packed);
  if ("error" in shared) {
    void tell("The link cannot be opened", shared.error);
    return false;
  }
  if (!(await mayReplace("Open the rules of the link"))) return false;
  await replaceProject({ kind: "browser", name: shared.name }, shared.files);
  toast(`Opened ${shared.files.length} ${shared.files.length === 1 ? "file" : "files"} of a link.`);
  return true;
}

async function startAfresh(): Promise<void> {
  await forget();
  current.value = null;
  openExample();
  await shown(current.value ?? undefined);
}

async function fromLastTime(): Promise<boolean> {
  const kept = await restore();
  if (!kept) return false;
  // What an earlier page kept may lack what this one knows of a file.
  files.value = kept.files.map((file) => ({ ...fileFrom(file.name, file.text, file.saved), ...file }));
  home.value = kept.home;
  await shown(kept.current ?? undefined);
  toast("Here is what you worked on last.", [{ label: "Start afresh", run: () => void startAfresh() }]);
  return true;
}

export async function begin(): Promise<void> {
  followTheme();
  followLink();
  follow();
  followCoverage();
  followConfiguration();
  followKeys();
  // The file is opened anew when another one is chosen, not when it changes: the editors know of that already.
  effect(() => {
    void current.value;
    void replaced.value;
    untracked(() => (void open(), openConfiguration()));
  });
  const isServed = await openServed(location.hash);
  if (!isServed) {
    // What was kept comes first, so that a link asks before it takes its place.
    const isKept = await fromLastTime();
    if (!(await fromLink()) && !isKept) {
      openExample();
      await shown(current.value ?? undefined);
    }
  }
  keep();
  loadAhead();
  // The address also says what is shown: only another token is another server.
  let token = tokenIn(location.hash);
  addEventListener("hashchange", () => {
    const now = tokenIn(location.hash);
    const isOther = now !== token;
    token = now;
    void fromLink().then((isLink) => isLink || !isOther || openServed(location.hash));
  });
  if (isServed && (await servedSamples())) return;
  const sample = await sampleEvents();
  await addEvents(sample.name, sample.bytes);
  if (isServed) toast("The project has no events of its own in events/: these are the example's.");
}
