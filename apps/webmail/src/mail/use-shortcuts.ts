import { useEffect, useRef } from "react";

/** What each key does, named keys in lower case (`escape`); a key without an entry is left to the browser. */
export type Shortcuts = Readonly<Record<string, () => void>>;

const isTyping = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement &&
  (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName)) &&
  !(target instanceof HTMLInputElement && target.type === "checkbox");

/** Time in which the second key of a pair such as `g i` counts. */
const pairMs = 1_200;

/**
 * Keys of the mail screen (ux.md §1.1). Single letters can be switched off (WCAG 2.1.4); then Escape and the arrows
 * remain. Nothing happens while somebody types or a dialog is open.
 */
export function useShortcuts(shortcuts: Shortcuts, areLettersOn: boolean): void {
  const current = useRef(shortcuts);
  current.current = shortcuts;
  useEffect(() => {
    let first = "";
    let firstAtMs = 0;
    const onKey = (event: KeyboardEvent): void => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
      if (isTyping(event.target) || document.querySelector('[role="dialog"],[role="menu"]') !== null) return;
      const isLetter = event.key.length === 1;
      if (isLetter && !areLettersOn) return;
      const pair = event.timeStamp - firstAtMs < pairMs ? `${first} ${event.key}` : "";
      const name =
        event.shiftKey && /^[a-z]$/i.test(event.key)
          ? `Shift+${event.key.toLowerCase()}`
          : isLetter
            ? event.key
            : event.key.toLowerCase();
      first = isLetter ? event.key : "";
      firstAtMs = event.timeStamp;
      const act = current.current[pair] ?? current.current[name];
      if (act === undefined) return;
      event.preventDefault();
      act();
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, [areLettersOn]);
}
