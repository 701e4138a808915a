// The table of the rules' view: the events that are selected there.
import { engine } from "../engine/client.ts";
import { isOpen as isConfiguration } from "../state/configuration.ts";
import { selected, selection } from "../state/preview.ts";
import { ofConfiguration } from "./columns.ts";
import { COMPACT, EventTable } from "./EventTable.tsx";
import { choose, clearFilters, columns, cursor, isNarrow } from "./view.ts";

export function Table() {
  const { count, version } = selected.value;
  const own = isNarrow.value ? COMPACT : columns.value;
  return (
    <EventTable
      label="Events"
      id="ev-row"
      count={count}
      version={version}
      rows={engine.rows}
      columns={isConfiguration.value ? ofConfiguration(own) : own}
      sort={selection.value.sort}
      onSort={(sort) => choose({ sort })}
      cursor={cursor}
      isNarrow={isNarrow.value}
      isConfiguration={isConfiguration.value}
      selection={selection.value}
      nothing={
        <div class="ev-nothing">
          <p>No event is like that.</p>
          <button type="button" onClick={clearFilters}>
            Clear filters
          </button>
        </div>
      }
    />
  );
}
