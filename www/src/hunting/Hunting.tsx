// Hunting: from a suspicious event to all that has to do with it.

export function Hunting() {
  return (
    <div class="view-empty">
      <h2>Hunting</h2>
    </div>
  );
}
