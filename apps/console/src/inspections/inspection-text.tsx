import { evidencePartSchema, evidenceRoomReplySchema, inspectionsReplySchema } from "@casaforte/contract/inspections";
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

/** The translator of audits and evidence. */
export const useInspectionText = (): Translate<keyof typeof texts | keyof typeof it | KitKey> => useTranslate();

export const InspectionTexts = ({ children }: { readonly children: ReactNode }) => (
  <WithTexts catalogues={catalogues}>{children}</WithTexts>
);

export const inspectionsQuery = queryOptions({
  queryKey: ["inspections"],
  queryFn: ({ signal }) => callChecked("/api/inspections", { reply: inspectionsReplySchema, signal }),
});

/** Each look is logged, so nothing here is read again by itself. */
const onceRead = { staleTime: Number.POSITIVE_INFINITY, refetchOnWindowFocus: false } as const;

export const evidenceRoomQuery = queryOptions({
  queryKey: ["evidence"],
  queryFn: ({ signal }) => callChecked("/api/evidence", { reply: evidenceRoomReplySchema, signal }),
  ...onceRead,
});

export const evidencePartQuery = (part: string) =>
  queryOptions({
    queryKey: ["evidence", part],
    queryFn: ({ signal }) =>
      callChecked(`/api/evidence/${encodeURIComponent(part)}`, { reply: evidencePartSchema, signal }),
    ...onceRead,
  });
