// The dashboards.

export function Boards() {
  return (
    <div class="view-empty">
      <h2>Dashboards</h2>
    </div>
  );
}
