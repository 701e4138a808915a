// Pages of others about an event or a process: VirusTotal about a file, MITRE about a technique. They are opened by a click and by nothing
// else, in a window of their own that does not learn where it came from.
//
// Values come from endpoints and logs: an address is made of what it must be, never taken as it is written.
import type { EventDetail } from "../engine/types.ts";
import { plain } from "../ui/plain.ts";

const FILE = /^https:\/\/www\.virustotal\.com\/gui\/file\/([0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64})$/;
const TECHNIQUE = /^https:\/\/attack\.mitre\.org\/techniques\/(T\d{4})(?:\/(\d{3}))?\/$/;

/** The address of a page; null: it is none of these. */
export const outside = (url: string): string | null => (FILE.test(url) || TECHNIQUE.test(url) ? url : null);

const Away = ({ url, children }: { url: string; children: string }) => (
  <a href={url} target="_blank" rel="noreferrer noopener nofollow" referrerpolicy="no-referrer">
    {children}
    <span aria-hidden="true"> ↗</span>
  </a>
);

/** The links. */
export function Outside({ virustotal, techniques }: { virustotal: string | null; techniques: readonly { id: string; url: string }[] }) {
  const file = virustotal === null ? null : outside(virustotal);
  const pages = techniques.filter(({ url }) => outside(url) !== null);
  if (file === null && pages.length === 0) return null;
  return (
    <p class="ev-outside">
      {file !== null && <Away url={file}>VirusTotal</Away>}
      {pages.map(({ id, url }) => (
        <Away key={id} url={url}>{`MITRE ${plain(id)}`}</Away>
      ))}
    </p>
  );
}

/** Those of an event, with how its parent was called. */
export function OutsideOf({ event }: { event: EventDetail }) {
  const stored = (name: string): string[] => event.stored.filter(({ path }) => path === name).flatMap(({ value }) => value.split(/[\s,[\]"]+/).filter((each) => each !== ""));
  const own = (name: string): string | null => event.fields.find((field) => field.name === name)?.value ?? null;
  // Of an event that a filter drops nothing is stored: its own fields say the same.
  const sha = /(?:^|,)SHA256=([0-9a-f]{64})(?:,|$)/i.exec(own("Hashes") ?? own("Hash") ?? "")?.[1]?.toLowerCase();
  const virustotal = stored("msg.virustotal").find((url) => outside(url) !== null) ?? (sha === undefined ? null : `https://www.virustotal.com/gui/file/${sha}`);
  const pages = new Map<string, string>();
  for (const url of stored("msg.technique_url")) {
    const [, id, sub] = TECHNIQUE.exec(url) ?? [];
    if (id !== undefined) pages.set(sub === undefined ? id : `${id}.${sub}`, url);
  }
  if (pages.size === 0)
    for (const [, id = "", sub] of (own("RuleName") ?? "").matchAll(/technique_id=(T\d{4})(?:\.(\d{3}))?(?!\d)/g))
      pages.set(sub === undefined ? id : `${id}.${sub}`, `https://attack.mitre.org/techniques/${id}/${sub === undefined ? "" : `${sub}/`}`);
  const parent = own("ParentCommandLine");
  return (
    <>
      <Outside virustotal={virustotal} techniques={[...pages].map(([id, url]) => ({ id, url }))} />
      {parent !== null && parent !== "" && parent !== "-" && (
        <p class="ev-parent" tabIndex={parent.length > 200 ? 0 : undefined}>
          Started by <code>{plain(parent.length > 600 ? `${parent.slice(0, 600)}…` : parent)}</code>
        </p>
      )}
    </>
  );
}
