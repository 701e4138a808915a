// The rule as text.
export function TextTab() {
  return <p>TextTab</p>;
}
