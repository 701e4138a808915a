// The filters as Winlogbeat takes them.
export function WinlogbeatTab() {
  return <p>WinlogbeatTab</p>;
}
