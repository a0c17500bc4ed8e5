import { UnstyledButton } from "@mantine/core";
import { type ReactNode, Suspense, useEffect, useState } from "react";
import { useTranslate } from "../i18n/i18n.ts";
import type { KitKey } from "../i18n/it.ts";

export interface PaletteButtonProps {
  /** Made, and fetched, when it is first opened; `close` is told whether it led somewhere. */
  readonly palette: (close: (hasGone: boolean) => void) => ReactNode;
}

/** Opens the palette: this button, Ctrl+K or Cmd+K. Afterwards the focus is where it was, or in the page that was chosen. */
export function PaletteButton({ palette }: PaletteButtonProps) {
  const t = useTranslate<KitKey>();
  const [from, setFrom] = useState<Element | null>(null);
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (!(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey || event.key !== "k") return;
      event.preventDefault();
      // What is being written in a dialog is not left by a key.
      if (document.querySelector('[role="dialog"]') === null) setFrom(document.activeElement);
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, []);
  const close = (hasGone: boolean) => {
    const next = hasGone ? document.getElementById("main") : from;
    setFrom(null);
    requestAnimationFrame(() => next instanceof HTMLElement && next.focus());
  };
  return (
    <>
      <UnstyledButton
        className="cf-palette-open"
        aria-label={t("kit.palette")}
        title={t("kit.palette")}
        aria-haspopup="dialog"
        aria-keyshortcuts="Control+K Meta+K"
        onClick={(event) => setFrom(event.currentTarget)}
      >
        <svg width="18" height="18" viewBox="0 0 24 24" fill="none" stroke="currentColor" strokeWidth="2" aria-hidden>
          <circle cx="11" cy="11" r="7" />
          <path d="m16 16 5 5" />
        </svg>
      </UnstyledButton>
      {from === null ? null : <Suspense fallback={null}>{palette(close)}</Suspense>}
    </>
  );
}
