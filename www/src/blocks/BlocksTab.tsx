// The rule as blocks.
export function BlocksTab() {
  return <p>BlocksTab</p>;
}
