import { Failure } from "@casaforte/kernel";
import { type CatalogueLoaders, type KitKey, type Translate, useTranslate } from "@casaforte/ui-kit";
import { useCallback } from "react";
import type { texts } from "./texts-it.ts";

export type RestoreKey = keyof typeof texts;

/** Fetched with the page, not before. */
export const restoreTexts: CatalogueLoaders = {
  it: async () => (await import("./texts-it.ts")).texts,
  en: async () => (await import("./texts-en.ts")).texts,
};

export const useRestoreText = (): Translate<RestoreKey | KitKey> => useTranslate<RestoreKey | KitKey>();

/** What failed and what to do next: the sentence of the code, else of the kind. */
export function useFailureSentence(): (error: unknown) => string {
  const t = useRestoreText();
  return useCallback(
    (error) => {
      if (!(error instanceof Failure)) return t("restore.failed.other");
      for (const name of [error.code, error.kind]) {
        const id = `restore.failed.${name}` as RestoreKey;
        const sentence = t(id);
        // A translator gives an id back when it has no text for it.
        if (sentence !== id) return sentence;
      }
      return t("restore.failed.other");
    },
    [t],
  );
}
