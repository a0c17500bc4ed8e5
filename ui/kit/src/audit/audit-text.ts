import { type CatalogueLoaders, type Translate, useTranslate } from "../i18n/i18n.ts";
import type { KitKey } from "../i18n/it.ts";
import type { texts } from "./texts-it.ts";

export const auditTexts: CatalogueLoaders = {
  it: async () => ({ ...(await import("./texts-it.ts")).texts, ...(await import("./actions-it.ts")).actions }),
  en: async () => ({ ...(await import("./texts-en.ts")).texts, ...(await import("./actions-en.ts")).actions }),
};

/** The translator of the audit page. */
export const useAuditText = (): Translate<keyof typeof texts | KitKey> => useTranslate<keyof typeof texts | KitKey>();

/** An action in words; its own name when there are none yet. */
export function useActionText(): (action: string) => string {
  const t = useTranslate<string>();
  return (action) => {
    const id = `audit.action.${action}`;
    const text = t(id);
    return text === id ? action : text;
  };
}
