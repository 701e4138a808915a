import { expect, test } from "vitest";
import { outside } from "./Outside.tsx";

test("only pages of VirusTotal about a file and of MITRE about a technique are linked", () => {
  const file = `https://www.virustotal.com/gui/file/${"ab".repeat(32)}`;
  for (const url of [file, "https://attack.mitre.org/techniques/T1003/", "https://attack.mitre.org/techniques/T1003/001/"]) expect(outside(url)).toBe(url);
  for (const url of ["javascript:alert(1)", `${file}?x`, `${file}\n`, "https://www.virustotal.com.evil/gui/file/ab", "https://attack.mitre.org/techniques/../x/", ""]) expect(outside(url)).toBe(null);
});
