// Copying and downloading texts.
import { announce } from "./announce.tsx";
import { toast } from "./Toast.tsx";

/** Puts a text on the clipboard, and says so. */
export async function copy(text: string, what: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    announce(`${what} copied`);
    toast(`${what} copied`);
  } catch {
    toast(`The browser does not let the page copy. Select the text and press Ctrl+C.`, [], true);
  }
}

/** Hands a file to the browser, which asks or saves as it is set up to. */
export function download(name: string, content: string | Uint8Array<ArrayBuffer>, type = "text/plain"): void {
  const address = URL.createObjectURL(new Blob([content], { type }));
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}
