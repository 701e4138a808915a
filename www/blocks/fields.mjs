// The fields of blocks: what a person types or picks, kept character by character.
//
// In: Blockly, and the parts of blocks.json that are fields. Out: fields of Blockly. Never here: where a field stands
// in its block, and whether what it holds is a good idea; the program says that.
import { LITERALS } from "./literals.mjs";

/**
 * @typedef {object} FieldPart
 * @property {"text" | "pick" | "literal" | "options" | "number"} field
 * @property {string | number} [default]
 * @property {string} [literal] a key of LITERALS
 * @property {[string, string][]} [options] what is shown and what is saved
 * @property {string} aria
 */

/** A line of an HTML input holds no line breaks, so they are shown as their signs, and these signs behind an escape. */
const SHOWN = { "\n": "↵", "\r": "␍", "↵": "␛↵", "␍": "␛␍", "␛": "␛␛" };
const MEANT = Object.fromEntries(Object.entries(SHOWN).map(([character, sign]) => [sign, character]));

/** @param {string} text what the field holds */
export const toLine = (text) => text.replace(/[\n\r↵␍␛]/g, (character) => SHOWN[character]);
/** @param {string} line what stands in the HTML input */
export const fromLine = (line) => line.replace(/␛[↵␍␛]|[↵␍]/g, (sign) => MEANT[sign]);

/**
 * A maker of fields for this Blockly.
 * @param {typeof import("blockly/core")} Blockly
 * @param {Suggest} [suggest] is told when somebody begins to type
 * @returns {(part: FieldPart) => import("blockly/core").Field}
 */
export function fieldsOf(Blockly, suggest) {
  const classes = classesOf(Blockly, suggest);
  const made = {
    text: (part) => new classes.Text(part.default, null, named(part), part),
    pick: (part) => new classes.Text(part.default, null, named(part), part),
    literal: (part) => new classes.Literal(part.default, LITERALS[part.literal], named(part), part),
    options: (part) => new classes.Options(part.options, null, named(part)),
    number: (part) => new Blockly.FieldNumber(part.default, null, null, null, null, named(part)),
  };
  return (part) => {
    if (!Object.hasOwn(made, part.field)) throw new Error(`there are no fields of the kind ${part.field}`);
    return made[part.field](part);
  };
}

/**
 * @typedef {(field: import("blockly/core").Field, part: FieldPart, input: HTMLInputElement) => () => void} Suggest
 *   What it gives back is called when the typing ends.
 */

/** What a screen reader says before the value. */
const named = (part) => ({ ariaTypeName: part.aria });

/**
 * @param {typeof import("blockly/core")} Blockly
 * @param {Suggest} [suggest]
 */
function classesOf(Blockly, suggest) {
  /** A line that is typed, with what may stand there offered below it. */
  class Typed extends Blockly.FieldTextInput {
    constructor(value, validator, config, part) {
      super(value, validator, config);
      this.part = part;
    }

    widgetCreate_() {
      const input = super.widgetCreate_();
      this.endSuggestions = suggest?.(this, this.part, input);
      return input;
    }

    widgetDispose_() {
      this.endSuggestions?.();
      super.widgetDispose_();
    }
  }

  /** A text of any characters. */
  class Text extends Typed {
    getText_() {
      return super.getText_() ?? toLine(this.getValue() ?? "");
    }

    getEditorText_(value) {
      return toLine(String(value));
    }

    getValueFromEditorText_(line) {
      return fromLine(line);
    }
  }

  /** A literal of the language, kept as it was written; what is none is refused. */
  class Literal extends Typed {
    constructor(value, fits, config, part) {
      super(value, null, config, part);
      this.fits = fits;
    }

    doClassValidation_(value) {
      const text = super.doClassValidation_(value);
      // The first value is set before there is a `fits`; it is blocks.json's own.
      if (text === null || !this.fits || this.fits(text)) return text;
      // While somebody types, Blockly marks the field. A file that holds such a value must not lose it unsaid.
      if (!this.isBeingEdited_) {
        console.warn(
          `Block type: ${this.getSourceBlock()?.type}, field ${this.name}: no ${this.ariaTypeName}: ${text}`,
        );
      }
      return null;
    }
  }

  /** One of a list. Labels elsewhere in the block may repeat what was chosen. */
  class Options extends Blockly.FieldDropdown {
    /** @type {import("blockly/core").FieldLabel[] | undefined} */
    echoes;

    /** A label that always says what is chosen here. */
    echo() {
      const label = new Blockly.FieldLabel(this.getText());
      this.echoes = [...(this.echoes ?? []).filter((each) => !each.disposed), label];
      return label;
    }

    doValueUpdate_(value) {
      super.doValueUpdate_(value);
      this.echoes?.forEach((label) => label.setValue(this.getText()));
    }
  }

  return { Text, Literal, Options };
}
