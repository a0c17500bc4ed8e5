import { type CatalogueLoaders, type Translate, useTranslate } from "../i18n/i18n.ts";
import type { KitKey } from "../i18n/it.ts";
import type { texts } from "./texts-it.ts";

export const paletteTexts: CatalogueLoaders = {
  it: async () => (await import("./texts-it.ts")).texts,
  en: async () => (await import("./texts-en.ts")).texts,
};

/** The translator of the palette. */
export const usePaletteText = (): Translate<keyof typeof texts | KitKey> => useTranslate<keyof typeof texts | KitKey>();
