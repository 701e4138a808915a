// What of the open rule the tests made run: what no test shows first, then piece by piece.
//
// In: the coverage of the open file. Out: two lists, each line of which leads to its block or its place in the text.
import { SIGN } from "../blocks/marks.ts";
import { covered, onBlocks } from "../state/coverage.ts";
import { show } from "../state/show.ts";
import { baseOf } from "../files/names.ts";
import { current } from "../state/project.ts";

export function Coverage() {
  const now = covered.value;
  if (now === null || now.file !== current.value) return null;
  const { pieces, missing, conditions, both } = now.covered;
  if (!pieces.length) return null;
  const isWhole = !missing.length;
  return (
    <section class="coverage" aria-label="Coverage">
      <div class="coverage-head">
        <h3 class={isWhole ? "tests-passed" : "tests-partly"}>
          {isWhole ? "✓ " : "◐ "}
          {both} of {conditions} {conditions === 1 ? "condition" : "conditions"} of {baseOf(now.file)} seen true and false
        </h3>
        <label class="check">
          <input type="checkbox" checked={onBlocks.value} onChange={() => (onBlocks.value = !onBlocks.value)} />
          show on the blocks
        </label>
      </div>
      {!isWhole && (
        <ul aria-label="Not covered">
          {missing.map((each, index) => (
            <li key={index}>
              <span aria-hidden="true">✗</span>
              <button type="button" class="link" onClick={() => void show(each)}>
                {each.hint}
              </button>
            </li>
          ))}
        </ul>
      )}
      <details>
        <summary>Every block, and what the tests saw</summary>
        <ul class="coverage-pieces">
          {pieces.map((piece, index) => (
            <li key={index} class={`covered-${piece.grade}`} style={{ paddingInlineStart: `${12 + piece.depth * 16}px` }}>
              <span aria-hidden="true">{SIGN[piece.grade]}</span>
              {piece.told === "" ? (
                <span>{piece.text}</span>
              ) : (
                <span>
                  <button type="button" class="link" onClick={() => void show(piece)}>
                    {piece.text}
                  </button>{" "}
                  <span class="covered-told">{piece.told}</span>
                </span>
              )}
            </li>
          ))}
        </ul>
      </details>
    </section>
  );
}
