import { complaintsReplySchema } from "@casaforte/contract/complaints";
import { type CatalogueLoaders, type KitKey, type Translate, useTranslate } from "@casaforte/ui-kit";
import { callChecked, WithTexts } from "@casaforte/ui-kit/console";
import { infiniteQueryOptions } from "@tanstack/react-query";
import type { ReactNode } from "react";
import type { it } from "../messages-it.ts";
import type { texts } from "./texts-it.ts";

const catalogues: CatalogueLoaders = {
  it: async () => (await import("./texts-it.ts")).texts,
  en: async () => (await import("./texts-en.ts")).texts,
};

/** The translator of complaints. */
export const useComplaintText = (): Translate<keyof typeof texts | keyof typeof it | KitKey> => useTranslate();

export const ComplaintTexts = ({ children }: { readonly children: ReactNode }) => (
  <WithTexts catalogues={catalogues}>{children}</WithTexts>
);

export const complaintsQuery = infiniteQueryOptions({
  queryKey: ["complaints"],
  initialPageParam: "",
  queryFn: ({ signal, pageParam }) =>
    callChecked("/api/desk/complaints", { query: { cursor: pageParam }, reply: complaintsReplySchema, signal }),
  getNextPageParam: (page) => page.nextCursor ?? undefined,
});
