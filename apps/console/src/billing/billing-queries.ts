import {
  costsReplySchema,
  estimateReplySchema,
  invoiceReplySchema,
  invoicesReplySchema,
  lineUnitsReplySchema,
} from "@casaforte/contract/billing";
import { documentsReplySchema, offerSchema } from "@casaforte/contract/catalogue";
import { tenantSchema } from "@casaforte/contract/tenants";
import { callChecked } from "@casaforte/ui-kit/console";
import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { z } from "zod";

export const offersQuery = queryOptions({
  queryKey: ["offers"],
  queryFn: ({ signal }) => callChecked("/api/offers", { reply: z.object({ offers: z.array(offerSchema) }), signal }),
});
export const documentsQuery = queryOptions({
  queryKey: ["documents"],
  queryFn: ({ signal }) => callChecked("/api/documents", { reply: documentsReplySchema, signal }),
});
export const costsQuery = queryOptions({
  queryKey: ["costs"],
  queryFn: ({ signal }) => callChecked("/api/costs", { reply: costsReplySchema, signal }),
  refetchInterval: 60_000,
});
export const invoicesQuery = queryOptions({
  queryKey: ["invoices"],
  queryFn: ({ signal }) => callChecked("/api/invoices", { reply: invoicesReplySchema, signal }),
});
export const invoiceQuery = (id: string) =>
  queryOptions({
    queryKey: ["invoices", id],
    queryFn: ({ signal }) => callChecked(`/api/invoices/${id}`, { reply: invoiceReplySchema, signal }),
  });
export const lineUnitsQuery = (id: string, line: number) =>
  queryOptions({
    queryKey: ["invoices", id, line],
    queryFn: ({ signal }) => callChecked(`/api/invoices/${id}/lines/${line}`, { reply: lineUnitsReplySchema, signal }),
  });
export const tenantQuery = queryOptions({
  queryKey: ["tenant"],
  queryFn: ({ signal }) => callChecked("/api/tenant", { reply: tenantSchema, signal }),
});

export interface Wanted {
  readonly sku: string;
  readonly unit: "hour" | "month";
  readonly quantity: number;
  readonly count: number;
}
export const estimateQuery = (wanted: Wanted | null) =>
  queryOptions({
    queryKey: ["estimate", wanted],
    queryFn: ({ signal }) =>
      callChecked("/api/estimates", { body: { items: wanted ? [wanted] : [] }, reply: estimateReplySchema, signal }),
    enabled: wanted !== null,
    placeholderData: keepPreviousData,
  });
