import { departureReplySchema, exportsReplySchema, serviceDeparturesReplySchema } from "@casaforte/contract/departure";
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

/** The translator of exports and the end of the contract. */
export const useLeavingText = (): Translate<keyof typeof texts | keyof typeof it | KitKey> => useTranslate();

export const LeavingTexts = ({ children }: { readonly children: ReactNode }) => (
  <WithTexts catalogues={catalogues}>{children}</WithTexts>
);

export const departureQuery = queryOptions({
  queryKey: ["departure"],
  queryFn: ({ signal }) => callChecked("/api/departure", { reply: departureReplySchema, signal }),
});

export const serviceEndsQuery = queryOptions({
  queryKey: ["departure", "services"],
  queryFn: ({ signal }) => callChecked("/api/departure/services", { reply: serviceDeparturesReplySchema, signal }),
});

/** Read again every few seconds while an archive is being made. */
export const exportsQuery = queryOptions({
  queryKey: ["exports"],
  queryFn: ({ signal }) => callChecked("/api/exports", { reply: exportsReplySchema, signal }),
  refetchInterval: ({ state }) =>
    state.data?.exports.some((each) => each.state === "waiting" || each.state === "running") ? 3_000 : false,
});
