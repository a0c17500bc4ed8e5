import type { BrowserContext } from "playwright-core";

/**
 * Counts from now on what a person does in a context's pages: clicks (an Enter that sends a form is one) and keys that are
 * shortcuts; and which of those opened an explanation, a fold or the sheet of keys. Nothing is judged: what it took is printed,
 * beside the goals of ux.md §7.
 */
export async function beginWalk(context: BrowserContext, name: string, goal: string): Promise<() => void> {
  const startedMs = performance.now();
  const steps = { all: 0, help: 0 };
  await context.exposeBinding("stepTaken", (_source, isHelp: boolean) => {
    steps.all++;
    if (isHelp) steps.help++;
  });
  await context.addInitScript(() => {
    const { stepTaken } = globalThis as unknown as { stepTaken: (isHelp: boolean) => void };
    const fields = "input, textarea, select, [contenteditable]";
    const on = (type: "click" | "keydown", isStep: (event: Event, target: Element) => boolean | null) =>
      addEventListener(
        type,
        (event) => {
          const isHelp = event.isTrusted && event.target instanceof Element ? isStep(event, event.target) : null;
          if (isHelp !== null) stepTaken(isHelp);
        },
        true,
      );
    // A click on a label comes again as its field's.
    on("click", (_event, target) =>
      target.closest("label") !== null && !target.matches(fields) ? null : target.closest("summary") !== null,
    );
    on("keydown", (event, target) => {
      const { key, ctrlKey } = event as KeyboardEvent;
      const isShortcut = ctrlKey
        ? key !== "Control"
        : key.length === 1 && key !== " " && target.closest(fields) === null;
      return isShortcut ? key === "?" : null;
    });
  });
  return () => {
    const seconds = ((performance.now() - startedMs) / 1_000).toFixed(1);
    process.stdout.write(`${name}: ${seconds} s (goal ${goal}), ${steps.all} steps, ${steps.help} of them into help\n`);
  };
}
