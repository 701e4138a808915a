// What the compiler found.
export function Problems() {
  return <p>Problems</p>;
}
