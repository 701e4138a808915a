// Expected decisions, kept with the rule.
export function TestsTab() {
  return <p>TestsTab</p>;
}
