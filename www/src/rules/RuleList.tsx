// The files of the project, each with what its rules do.
export function RuleList() {
  return <p>RuleList</p>;
}
