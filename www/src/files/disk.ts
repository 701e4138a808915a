// Opening and saving files of this machine.
//
// In: what people choose in the browser's dialog. Out: names and texts. Where the browser can, a file that was opened is
// saved to where it came from; elsewhere it is downloaded.
import { download } from "../ui/copy.ts";

interface Writable {
  write: (data: string | Uint8Array<ArrayBuffer>) => Promise<void>;
  close: () => Promise<void>;
}
interface Handle {
  kind: "file";
  name: string;
  getFile: () => Promise<globalThis.File>;
  createWritable: () => Promise<Writable>;
}
interface Pickers {
  showOpenFilePicker?: (options: { multiple: boolean }) => Promise<Handle[]>;
  showSaveFilePicker?: (options: { suggestedName: string }) => Promise<Handle>;
}

export interface Opened {
  /** With its folders, where a folder was opened. */
  path: string;
  text: string;
  file: globalThis.File;
  /** Is there a mark before it that says it is UTF-8? It is no part of the text. Missing: nobody looked yet. */
  hasMark?: boolean;
}

const pickers = (): Pickers => globalThis as unknown as Pickers;
const handles = new Map<string, Handle>();
const isCancelled = (error: unknown): boolean => error instanceof DOMException && error.name === "AbortError";
const MOST = 32 * 1024 * 1024;

const read = async (file: globalThis.File, path: string): Promise<Opened> => ({ path, file, text: file.size > MOST ? "" : await file.text() });

/** Remembers under which name of the project a file of the disk is kept. */
export function keepHandle(path: string, name: string): void {
  const handle = handles.get(`opened:${path}`);
  if (handle) handles.set(name, handle);
}

function byInput(folder: boolean): Promise<Opened[]> {
  return new Promise((resolve) => {
    const input = document.createElement("input");
    input.type = "file";
    input.multiple = true;
    input.webkitdirectory = folder;
    input.addEventListener("change", () => {
      const chosen = [...(input.files ?? [])];
      void Promise.all(chosen.map((file) => read(file, file.webkitRelativePath || file.name))).then(resolve);
    });
    input.addEventListener("cancel", () => resolve([]));
    input.click();
  });
}

/** Asks for files. */
export async function askFiles(): Promise<Opened[]> {
  const pick = pickers().showOpenFilePicker;
  if (!pick) return byInput(false);
  try {
    const chosen = await pick.call(globalThis, { multiple: true });
    return await Promise.all(
      chosen.map(async (handle) => {
        handles.set(`opened:${handle.name}`, handle);
        return read(await handle.getFile(), handle.name);
      }),
    );
  } catch (error) {
    if (isCancelled(error)) return [];
    return byInput(false);
  }
}

/** Asks for a folder. Its first part, the folder's own name, is taken off the paths. */
export async function askFolder(): Promise<{ name: string; files: Opened[] } | null> {
  const chosen = await byInput(true);
  const [first] = chosen;
  if (!first) return null;
  const name = first.path.split("/")[0] ?? "project";
  const files = chosen.map((each) => ({ ...each, path: each.path.slice(name.length + 1) }));
  return { name, files: files.filter(({ path }) => !path.split("/").some((part) => part.startsWith("."))) };
}

/** Saves to where the file came from, else as a download. `false`: the person thought better of it. */
export async function saveToDisk(name: string, text: string | Uint8Array<ArrayBuffer>, ask: boolean): Promise<boolean> {
  const base = name.slice(name.lastIndexOf("/") + 1);
  const pick = pickers().showSaveFilePicker;
  try {
    let handle = ask ? undefined : handles.get(name);
    if (!handle && pick) {
      handle = await pick.call(globalThis, { suggestedName: base });
      if (!ask) handles.set(name, handle);
    }
    if (handle) {
      const stream = await handle.createWritable();
      await stream.write(text);
      await stream.close();
      return true;
    }
  } catch (error) {
    if (isCancelled(error)) return false;
  }
  download(base, text);
  return true;
}
