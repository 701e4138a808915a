// A part of the page that is loaded when it is first shown.
import type { ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";

interface Props {
  load: () => Promise<ComponentType>;
  /** What it is called where it cannot be loaded. */
  name: string;
}

export function Later({ load, name }: Props) {
  const [part, setPart] = useState<{ Body: ComponentType } | null>(null);
  const [fault, setFault] = useState<string | null>(null);
  const [times, setTimes] = useState(0);
  useEffect(() => {
    let isGone = false;
    setFault(null);
    load().then(
      (Body) => !isGone && setPart({ Body }),
      (error: unknown) => !isGone && setFault(error instanceof Error ? error.message : String(error)),
    );
    return () => {
      isGone = true;
    };
  }, [times]);
  if (part) return <part.Body />;
  if (fault === null) return <p class="view-empty" role="status">Loading {name}…</p>;
  return (
    <div class="view-empty" role="alert">
      <p>
        {name} could not be loaded: {fault}
      </p>
      <button type="button" onClick={() => setTimes(times + 1)}>
        Try again
      </button>
    </div>
  );
}
