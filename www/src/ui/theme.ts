// Dark, light, high contrast: what the person chose, else what the system asks for.
import { effect, signal } from "@preact/signals";

export type Theme = "light" | "dark" | "contrast";
export type Choice = Theme | "system";

const KEY = "blocksieve.theme";
const isChoice = (value: string | null): value is Choice => ["light", "dark", "contrast", "system"].includes(value ?? "");

const kept = (): Choice => {
  try {
    const value = localStorage.getItem(KEY);
    return isChoice(value) ? value : "system";
  } catch {
    return "system";
  }
};

export const choice = signal<Choice>(kept());
export const theme = signal<Theme>("light");

/** Keeps the page in step with the choice and the system. */
export function follow(): void {
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const contrast = matchMedia("(prefers-contrast: more)");
  const wanted = (): Theme => (contrast.matches ? "contrast" : dark.matches ? "dark" : "light");
  const apply = (): void => {
    theme.value = choice.value === "system" ? wanted() : choice.value;
  };
  dark.addEventListener("change", apply);
  contrast.addEventListener("change", apply);
  effect(() => {
    apply();
    try {
      localStorage.setItem(KEY, choice.value);
    } catch {
      // A browser that keeps nothing still shows what was chosen.
    }
  });
  effect(() => {
    document.documentElement.dataset["theme"] = theme.value;
  });
}
