import { approvalsReplySchema } from "@casaforte/contract/approvals";
import {
  archiveReplySchema,
  billingSettingsSchema,
  invoiceReplySchema,
  lineCheckReplySchema,
  operatorInvoicesSchema,
  pricePreviewSchema,
} from "@casaforte/contract/billing";
import { operatorCatalogueSchema, type requestPriceSchema } from "@casaforte/contract/catalogue";
import { hostSpacesReplySchema, inventorySchema } from "@casaforte/contract/placement";
import { callChecked } from "@casaforte/ui-kit/console";
import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import type { z } from "zod";

export const catalogueQuery = queryOptions({
  queryKey: ["catalogue"],
  queryFn: ({ signal }) => callChecked("/api/catalogue", { reply: operatorCatalogueSchema, signal }),
});
export const approvalsQuery = queryOptions({
  queryKey: ["approvals"],
  queryFn: ({ signal }) => callChecked("/api/approvals", { reply: approvalsReplySchema, signal }),
});
export const inventoryQuery = queryOptions({
  queryKey: ["inventory"],
  queryFn: ({ signal }) => callChecked("/api/inventory", { reply: inventorySchema, signal }),
});
const movingRefreshMs = 2_000;
/** A host and its spaces, read again while all of them are moving. Its key begins with the inventory's. */
export const hostSpacesQuery = (id: string) =>
  infiniteQueryOptions({
    queryKey: ["inventory", "host", id],
    initialPageParam: "",
    queryFn: ({ signal, pageParam }) =>
      callChecked(`/api/inventory/hosts/${id}/spaces`, {
        query: { cursor: pageParam },
        reply: hostSpacesReplySchema,
        signal,
      }),
    getNextPageParam: (page) => page.nextCursor ?? undefined,
    refetchInterval: ({ state }) => (state.data?.pages[0]?.evacuation?.state === "running" ? movingRefreshMs : false),
  });
export const operatorInvoicesQuery = queryOptions({
  queryKey: ["billing", "invoices"],
  queryFn: ({ signal }) => callChecked("/api/billing/invoices", { reply: operatorInvoicesSchema, signal }),
});
export const operatorInvoiceQuery = (tenantId: string, id: string) =>
  queryOptions({
    queryKey: ["billing", "invoices", tenantId, id],
    queryFn: ({ signal }) =>
      callChecked(`/api/billing/invoices/${tenantId}/${id}`, { reply: invoiceReplySchema, signal }),
  });
export const lineCheckQuery = (tenantId: string, id: string, line: number) =>
  queryOptions({
    queryKey: ["billing", "invoices", tenantId, id, line],
    queryFn: ({ signal }) =>
      callChecked(`/api/billing/invoices/${tenantId}/${id}/lines/${line}`, { reply: lineCheckReplySchema, signal }),
  });
export const pricePreviewQuery = (price: z.infer<typeof requestPriceSchema>, tenantId: string | null) =>
  queryOptions({
    queryKey: ["billing", "price-preview", price, tenantId],
    queryFn: ({ signal }) =>
      callChecked("/api/billing/price-preview", {
        query: { ...price, ...(tenantId === null ? {} : { tenantId }) },
        reply: pricePreviewSchema,
        signal,
      }),
    placeholderData: (before) => before,
  });
export const archiveQuery = queryOptions({
  queryKey: ["billing", "archive"],
  queryFn: ({ signal }) => callChecked("/api/billing/archive", { reply: archiveReplySchema, signal }),
});
export const settingsQuery = queryOptions({
  queryKey: ["billing", "settings"],
  queryFn: ({ signal }) => callChecked("/api/billing/settings", { reply: billingSettingsSchema, signal }),
});
