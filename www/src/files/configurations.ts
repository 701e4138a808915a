// The texts of the configurations that ship, loaded when somebody wants one.
const texts = import.meta.glob<string>("../../../examples/sysmon/config/*.xml", { query: "?raw", import: "default", eager: true });

/** The text of one. */
export const configurationOf = (name: string): string => texts[`../../../examples/sysmon/config/${name}`] ?? "";
