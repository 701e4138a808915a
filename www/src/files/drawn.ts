// The Sysmon example kept as blocks: one piece that is loaded when somebody opens it.
export const drawn = import.meta.glob<string>("../../../examples/sysmon-blocks/{filters,classify,alerts}/*.json", {
  query: "?raw",
  import: "default",
  eager: true,
});
