// A scene as SVG. What it says stands beside it as text, so it is hidden from screen readers.
import { useId } from "preact/hooks";
import type { Ink, Pattern, Scene } from "./scene.ts";

const colour = (ink: Ink): string => `var(--chart-${ink})`;

export function Drawing({ scene }: { scene: Scene }) {
  const id = useId();
  const used = new Map<string, { ink: Ink; pattern: Pattern }>();
  for (const item of scene.items)
    if (item.is === "rect" && (item.pattern === "stripes" || item.pattern === "dots")) used.set(`${item.pattern}-${item.ink}`, item);
  const fillOf = (ink: Ink, pattern: Pattern): string =>
    pattern === "hollow" ? "var(--chart-ground)" : pattern === "solid" ? colour(ink) : `url(#${id}-${pattern}-${ink})`;
  return (
    <svg class="chart-drawing" width={scene.width} height={scene.height} viewBox={`0 0 ${scene.width} ${scene.height}`} aria-hidden="true" focusable="false">
      <defs>
        {[...used].map(([key, { ink, pattern }]) => (
          <pattern key={key} id={`${id}-${key}`} width="6" height="6" patternUnits="userSpaceOnUse">
            <rect width="6" height="6" fill={colour(ink)} />
            {pattern === "stripes" ? (
              <path d="M-1,7 L7,-1 M-1,1 L1,-1 M5,7 L7,5" stroke="var(--chart-ground)" stroke-width="1.4" />
            ) : (
              <circle cx="3" cy="3" r="1.1" fill="var(--chart-ground)" />
            )}
          </pattern>
        ))}
      </defs>
      {scene.items.map((item, at) =>
        item.is === "rect" ? (
          <rect
            key={at}
            x={item.x}
            y={item.y}
            width={item.width}
            height={item.height}
            fill={fillOf(item.ink, item.pattern)}
            {...(item.pattern === "hollow" ? { stroke: colour(item.ink), "stroke-width": 1 } : {})}
          />
        ) : item.is === "line" ? (
          <line key={at} x1={item.x} y1={item.y} x2={item.toX} y2={item.toY} stroke={colour(item.ink)} />
        ) : (
          <text
            key={at}
            x={item.x}
            y={item.y}
            fill={colour(item.ink)}
            text-anchor={item.anchor}
            font-size={item.size}
            {...(item.isBold ? { "font-weight": 600 } : {})}
            {...(item.isMono ? { "font-family": "var(--mono)" } : {})}
          >
            {item.text}
          </text>
        ),
      )}
    </svg>
  );
}

/** The sign of a series in a legend. */
export const Swatch = ({ ink, pattern }: { ink: Ink; pattern: Pattern }) => (
  <span class="chart-swatch">
    <Drawing scene={{ width: 14, height: 14, items: [{ is: "rect", x: 1, y: 1, width: 12, height: 12, ink, pattern }] }} />
  </span>
);
