// What the chosen event met, beside the tests of the rule: a sign before each, its value on hover.
//
// In: marks of the engine. Out: signs in the text. Never here: deciding.
import { type Extension, RangeSetBuilder, StateEffect, StateField } from "@codemirror/state";
import { Decoration, type DecorationSet, EditorView, WidgetType } from "@codemirror/view";
import type { MarkState } from "../engine/types.ts";

export interface Sign {
  start: number;
  end: number;
  state: MarkState;
  about: string;
}

const SIGNS: Record<MarkState, string> = { true: "✓", false: "✗", unreached: "·" };

/** Those in which no other one lies. */
export function innermost(signs: Sign[]): Sign[] {
  const sorted = [...signs].sort((a, b) => a.start - b.start || b.end - a.end);
  return sorted.filter((sign, at) => {
    const next = sorted[at + 1];
    return !next || next.start >= sign.end || (next.start === sign.start && next.end === sign.end);
  });
}

class SignWidget extends WidgetType {
  readonly sign: Sign;
  constructor(sign: Sign) {
    super();
    this.sign = sign;
  }
  override eq(other: SignWidget): boolean {
    return other.sign.state === this.sign.state && other.sign.about === this.sign.about;
  }
  override toDOM(): HTMLElement {
    const element = document.createElement("span");
    element.className = `text-sign ${this.sign.state}`;
    element.textContent = SIGNS[this.sign.state];
    element.title = this.sign.about;
    element.setAttribute("role", "img");
    element.setAttribute("aria-label", this.sign.about);
    return element;
  }
}

export const setSigns = StateEffect.define<Sign[]>();

const field = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update(old, transaction) {
    let now = old.map(transaction.changes);
    for (const effect of transaction.effects) {
      if (!effect.is(setSigns)) continue;
      const builder = new RangeSetBuilder<Decoration>();
      const size = transaction.newDoc.length;
      for (const sign of innermost(effect.value)) {
        if (sign.start >= sign.end || sign.end > size) continue;
        builder.add(sign.start, sign.start, Decoration.widget({ widget: new SignWidget(sign), side: -1 }));
        builder.add(sign.start, sign.end, Decoration.mark({ class: `text-met ${sign.state}`, attributes: { title: sign.about } }));
      }
      now = builder.finish();
    }
    return now;
  },
  provide: (self) => EditorView.decorations.from(self),
});

export const signs: Extension = field;
