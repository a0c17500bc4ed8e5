import { useProblemSentence } from "@casaforte/ui-kit";
import { Button, CloseButton } from "@mantine/core";
import { useEffect, useState } from "react";
import { useT } from "../translate.ts";
import type { Toast } from "./use-actions.ts";

/** How long a way back stays open. */
const shownMs = 10_000;

/** What was just done, with its way back, read out politely. Stays while the pointer or the focus is on it. */
export function ToastBar({ toast, onClose }: { readonly toast: Toast | null; readonly onClose: () => void }) {
  const t = useT();
  const sentence = useProblemSentence();
  const [isHeld, setHeld] = useState(false);
  useEffect(() => {
    if (toast === null || isHeld) return;
    const timer = setTimeout(onClose, shownMs);
    return () => clearTimeout(timer);
  }, [toast, isHeld, onClose]);
  return (
    <output className="wm-toasts" aria-live="polite">
      {toast === null ? null : (
        // biome-ignore lint/a11y/noStaticElementInteractions: holding the toast open is a comfort, its buttons are the controls.
        <div
          className="wm-toast"
          data-error={toast.error !== undefined || undefined}
          onMouseEnter={() => setHeld(true)}
          onMouseLeave={() => setHeld(false)}
          onFocus={() => setHeld(true)}
          onBlur={() => setHeld(false)}
        >
          <span>{toast.error === undefined ? t(toast.id, toast.values) : sentence(toast.error)}</span>
          {toast.undo === undefined ? null : (
            <Button size="compact-sm" variant="white" onClick={() => void toast.undo?.()}>
              {t("mail.undo")}
            </Button>
          )}
          <CloseButton size="sm" c="inherit" aria-label={t("kit.close")} onClick={onClose} />
        </div>
      )}
    </output>
  );
}
