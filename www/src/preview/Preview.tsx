// The sample events, and what the rules do to them.
export function Preview() {
  return <p>Preview</p>;
}
