import { type CatalogueLoaders, type KitKey, type Translate, useTranslate } from "@casaforte/ui-kit";
import type { texts } from "./texts-it.ts";

/** Of notices and measures; fetched with their pages. */
export const deskTexts: CatalogueLoaders = {
  it: async () => (await import("./texts-it.ts")).texts,
  en: async () => (await import("./texts-en.ts")).texts,
};

export const useDeskText = (): Translate<keyof typeof texts | KitKey> => useTranslate<keyof typeof texts | KitKey>();
