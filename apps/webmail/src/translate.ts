import { type CatalogueLoaders, type KitKey, useTranslate } from "@casaforte/ui-kit";
import type { it } from "./messages-it.ts";

export type MessageId = keyof typeof it | KitKey;

/** Texts of the webmail and of the kit. */
export const useT = useTranslate<MessageId>;

export const catalogues: CatalogueLoaders = {
  it: async () => (await import("./messages-it.ts")).it,
  en: async () => (await import("./messages-en.ts")).en,
};
