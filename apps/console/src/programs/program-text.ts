import { webhooksReplySchema } from "@casaforte/contract/webhooks";
import { type CatalogueLoaders, type KitKey, type Translate, useTranslate } from "@casaforte/ui-kit";
import { callChecked } from "@casaforte/ui-kit/console";
import { queryOptions } from "@tanstack/react-query";
import type { texts } from "./texts-it.ts";

/** Fetched with the page, not before. */
export const programTexts: CatalogueLoaders = {
  it: async () => (await import("./texts-it.ts")).texts,
  en: async () => (await import("./texts-en.ts")).texts,
};

export const useProgramText = (): Translate<keyof typeof texts | KitKey> => useTranslate<keyof typeof texts | KitKey>();

export const webhooksQuery = queryOptions({
  queryKey: ["webhooks"],
  queryFn: ({ signal }) => callChecked("/api/webhooks", { reply: webhooksReplySchema, signal }),
});
