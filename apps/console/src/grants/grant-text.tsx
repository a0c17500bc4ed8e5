import { grantsReplySchema } from "@casaforte/contract/grants";
import { type CatalogueLoaders, type KitKey, type Translate, useTranslate } from "@casaforte/ui-kit";
import { callChecked, WithTexts } from "@casaforte/ui-kit/console";
import { queryOptions } from "@tanstack/react-query";
import type { ReactNode } from "react";
import type { texts } from "./texts-it.ts";

const catalogues: CatalogueLoaders = {
  it: async () => (await import("./texts-it.ts")).texts,
  en: async () => (await import("./texts-en.ts")).texts,
};

/** The translator of support access. */
export const useGrantText = (): Translate<keyof typeof texts | KitKey> => useTranslate<keyof typeof texts | KitKey>();

export const GrantTexts = ({ children }: { readonly children: ReactNode }) => (
  <WithTexts catalogues={catalogues}>{children}</WithTexts>
);

export const grantsQuery = queryOptions({
  queryKey: ["grants"],
  queryFn: ({ signal }) => callChecked("/api/support-access", { reply: grantsReplySchema, signal }),
  refetchInterval: 30_000,
});
