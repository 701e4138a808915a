// Numbers as people read them. In: counts, bytes, milliseconds. Out: short texts, the same in every browser.
const WHOLE = new Intl.NumberFormat("en-US");
/** Between a number and its unit: they stay on one line. */
const GLUE = "\u00a0";

/** 1204 as "1,204". */
export const count = (value: number): string => WHOLE.format(value);

/** "1 event", "1,204 events". */
export const counted = (value: number, one: string, many = `${one}s`): string => `${count(value)} ${value === 1 ? one : many}`;

/** A share, as "38 %". What is neither nothing nor all is never shown as either. */
export function share(part: number, whole: number): string {
  if (whole <= 0 || part <= 0) return `0${GLUE}%`;
  if (part >= whole) return `100${GLUE}%`;
  const percent = (part / whole) * 100;
  if (percent < 0.1) return `<${GLUE}0.1${GLUE}%`;
  if (percent > 99.9) return `>${GLUE}99.9${GLUE}%`;
  return `${percent < 10 || percent > 99 ? percent.toFixed(1).replace(/\.0$/, "") : Math.round(percent)}${GLUE}%`;
}

/** "512 B", "3.2 KiB", "41 MiB". */
export function bytes(value: number): string {
  const units = ["B", "KiB", "MiB", "GiB"];
  let at = 0;
  let left = value;
  while (left >= 1024 && at < units.length - 1) {
    left /= 1024;
    at++;
  }
  return `${at > 0 && left < 10 ? left.toFixed(1) : Math.round(left)}${GLUE}${units[at] ?? ""}`;
}

/** "under 1 ms", "4 ms", "1.2 s". */
export function duration(milliseconds: number): string {
  if (milliseconds < 1) return `under 1${GLUE}ms`;
  return milliseconds < 1000 ? `${Math.round(milliseconds)}${GLUE}ms` : `${(milliseconds / 1000).toFixed(1)}${GLUE}s`;
}
