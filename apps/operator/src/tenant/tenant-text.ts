import { type CatalogueLoaders, type KitKey, type Translate, useTranslate } from "@casaforte/ui-kit";
import type { texts } from "./texts-it.ts";

/** Of what a customer has, pays and what is noted about it; fetched with its page. */
export const tenantTexts: CatalogueLoaders = {
  it: async () => (await import("./texts-it.ts")).texts,
  en: async () => (await import("./texts-en.ts")).texts,
};

export const useTenantText = (): Translate<keyof typeof texts | KitKey> => useTranslate<keyof typeof texts | KitKey>();
