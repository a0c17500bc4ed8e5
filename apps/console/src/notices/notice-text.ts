import { type CatalogueLoaders, type KitKey, type Translate, useTranslate } from "@casaforte/ui-kit";
import type { texts } from "./texts-it.ts";

/** Fetched with the page, not before. */
export const noticeTexts: CatalogueLoaders = {
  it: async () => (await import("./texts-it.ts")).texts,
  en: async () => (await import("./texts-en.ts")).texts,
};

export const useNoticeText = (): Translate<keyof typeof texts | KitKey> => useTranslate<keyof typeof texts | KitKey>();
