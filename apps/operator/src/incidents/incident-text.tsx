import { incidentsReplySchema } from "@casaforte/contract/compliance";
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

/** The translator of security incidents. */
export const useIncidentText = (): Translate<keyof typeof texts | keyof typeof it | KitKey> => useTranslate();

export const IncidentTexts = ({ children }: { readonly children: ReactNode }) => (
  <WithTexts catalogues={catalogues}>{children}</WithTexts>
);

/** Read again each minute: clocks run. */
export const incidentsQuery = queryOptions({
  queryKey: ["security-incidents"],
  queryFn: ({ signal }) => callChecked("/api/security-incidents", { reply: incidentsReplySchema, signal }),
  refetchInterval: 60_000,
});
