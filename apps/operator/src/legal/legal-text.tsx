import { holdsReplySchema, legalRequestsReplySchema } from "@casaforte/contract/compliance";
import { departuresReplySchema } from "@casaforte/contract/departure";
import { type CatalogueLoaders, type KitKey, type Translate, useTranslate } from "@casaforte/ui-kit";
import { callChecked, WithTexts } from "@casaforte/ui-kit/console";
import { queryOptions } from "@tanstack/react-query";
import type { ReactNode } from "react";
import type { it } from "../messages-it.ts";
import type { texts } from "./texts-it.ts";

const catalogues: CatalogueLoaders = {
  it: async () => (await import("./texts-it.ts")).texts,
  en: async () => (await import("./texts-en.ts")).texts,
};

/** The translator of departures, authorities' requests and holds. */
export const useLegalText = (): Translate<keyof typeof texts | keyof typeof it | KitKey> => useTranslate();

export const LegalTexts = ({ children }: { readonly children: ReactNode }) => (
  <WithTexts catalogues={catalogues}>{children}</WithTexts>
);

export const departuresQuery = queryOptions({
  queryKey: ["departures"],
  queryFn: ({ signal }) => callChecked("/api/departures", { reply: departuresReplySchema, signal }),
});

/** Each reading is noted in the register, so it is not read again by itself. */
export const legalRequestsQuery = queryOptions({
  queryKey: ["legal-requests"],
  queryFn: ({ signal }) => callChecked("/api/legal-requests", { reply: legalRequestsReplySchema, signal }),
  staleTime: Number.POSITIVE_INFINITY,
});

export const holdsQuery = queryOptions({
  queryKey: ["legal-holds"],
  queryFn: ({ signal }) => callChecked("/api/legal-holds", { reply: holdsReplySchema, signal }),
});
