// The list below a field that somebody types in: a combobox, as ARIA has it.
//
// In: the field, its HTML input. Out: what is chosen goes into the input as if it were typed. Never here: what is offered
// (suggest.ts). Values are text, never markup.
import * as Blockly from "blockly/core";
import { toLine } from "../../blocks/fields.mjs";
import type { Part } from "./definition.ts";
import { fitting, followsTyping, type Offer, offers } from "./suggest.ts";

const SHOWN = 200;
const WIDE = 440;
const HIGH = 320;
let lists = 0;

function element(tag: string, look: string, text = ""): HTMLElement {
  const made = document.createElement(tag);
  made.className = look;
  made.textContent = text;
  return made;
}

/** Gives the input its list, and what takes it away again. */
export function pick(field: Blockly.Field, part: Part, input: HTMLInputElement): () => void {
  const list = element("div", "picker");
  list.id = `picker-${++lists}`;
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", part.aria);
  list.hidden = true;
  document.body.append(list);
  input.setAttribute("role", "combobox");
  input.setAttribute("aria-label", part.aria);
  input.setAttribute("aria-autocomplete", "list");
  input.setAttribute("aria-controls", list.id);
  input.setAttribute("aria-expanded", "false");
  input.autocomplete = "off";

  const first = input.value;
  let all: Offer[] = [];
  let shown: Offer[] = [];
  let active = -1;
  let asked = 0;
  let over = false;

  const options = (): HTMLElement[] => [...list.querySelectorAll<HTMLElement>("[role=option]")];
  const place = (): void => {
    const box = input.getBoundingClientRect();
    const below = innerHeight - box.bottom - 8;
    const above = box.top - 8;
    const isBelow = below >= Math.min(HIGH, 180) || below >= above;
    const room = Math.max(96, Math.min(HIGH, isBelow ? below : above));
    const width = Math.min(WIDE, innerWidth - 16);
    list.style.width = `${width}px`;
    list.style.maxHeight = `${room}px`;
    list.style.left = `${Math.max(8, Math.min(box.left, innerWidth - width - 8))}px`;
    list.style.top = isBelow ? `${box.bottom + 3}px` : "";
    list.style.bottom = isBelow ? "" : `${innerHeight - box.top + 3}px`;
  };
  const mark = (at: number): void => {
    active = at;
    options().forEach((option, index) => option.setAttribute("aria-selected", String(index === at)));
    const now = options()[at];
    if (now) {
      input.setAttribute("aria-activedescendant", now.id);
      now.scrollIntoView({ block: "nearest" });
    } else input.removeAttribute("aria-activedescendant");
  };
  const close = (): void => {
    list.hidden = true;
    input.setAttribute("aria-expanded", "false");
    mark(-1);
  };
  const take = (offer: Offer): void => {
    input.value = toLine(offer.value);
    input.dispatchEvent(new Event("input", { bubbles: true }));
    Blockly.WidgetDiv.hideIfOwner(field);
  };
  const draw = (): void => {
    list.replaceChildren();
    let group = "";
    shown.forEach((offer, at) => {
      if (offer.group !== group) {
        group = offer.group;
        const heading = element("div", "picker-group", group);
        heading.setAttribute("role", "presentation");
        list.append(heading);
      }
      const option = element("div", "picker-option");
      option.id = `${list.id}-${at}`;
      option.setAttribute("role", "option");
      option.setAttribute("aria-selected", "false");
      option.append(element("span", "picker-value", toLine(offer.value)), element("span", "picker-about", offer.about));
      option.title = offer.about === "" ? offer.value : `${offer.value}\n${offer.about}`;
      // The input keeps the focus, so that Blockly goes on editing.
      option.addEventListener("pointerdown", (event) => event.preventDefault());
      option.addEventListener("click", () => take(offer));
      list.append(option);
    });
    list.hidden = shown.length === 0;
    input.setAttribute("aria-expanded", String(shown.length > 0));
    place();
    mark(-1);
  };
  const show = async (typed: string): Promise<void> => {
    const mine = ++asked;
    if (!all.length || followsTyping(part)) {
      const found = await offers(field, part, typed);
      if (mine !== asked || over) return;
      all = found;
    }
    shown = (followsTyping(part) ? all : fitting(all, typed)).slice(0, SHOWN);
    draw();
    // When it opens, what stands in the field already is where the eye should be.
    const same = typed === "" ? shown.findIndex(({ value }) => toLine(value) === input.value) : -1;
    if (same >= 0) mark(same);
  };

  /** The one name that typing led to: events and fields have names, values are what they are. */
  const begun = (): Offer | undefined => {
    if (followsTyping(part) || shown.some(({ value }) => toLine(value).toLowerCase() === input.value.toLowerCase())) return undefined;
    const typed = input.value.toLowerCase();
    const starting = shown.filter(({ value }) => value.toLowerCase().startsWith(typed) || value.toLowerCase().endsWith(`.${typed}`));
    return shown.length === 1 ? shown[0] : starting.length === 1 ? starting[0] : undefined;
  };

  const keys = (event: KeyboardEvent): void => {
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    const isOpen = !list.hidden;
    const offer = shown[active];
    if (step !== 0 && !isOpen) void show("");
    else if (step !== 0) mark((active + step + shown.length + (active < 0 && step < 0 ? 1 : 0)) % shown.length);
    else if (event.key === "Enter" && isOpen && offer && (input.value !== first || offer.value !== first)) take(offer);
    // Who types a part of a name means the one that it leads to.
    else if (event.key === "Enter" && isOpen && input.value !== "" && input.value !== first && begun()) take(begun() as Offer);
    else if (event.key === "Escape" && isOpen && input.value === first) {
      close();
    } else return;
    event.preventDefault();
    event.stopImmediatePropagation();
  };
  const typed = (): void => {
    if (!over) void show(input.value);
  };
  input.addEventListener("keydown", keys, true);
  input.addEventListener("input", typed);
  addEventListener("resize", place);
  // After Blockly has put the input where it belongs.
  requestAnimationFrame(() => {
    if (!over) void show("");
  });
  return () => {
    over = true;
    asked++;
    list.remove();
    removeEventListener("resize", place);
  };
}
