import { monthReplySchema } from "@casaforte/contract/billing";
import { tenantNotesReplySchema, tenantServicesSchema } from "@casaforte/contract/tenants";
import { callChecked } from "@casaforte/ui-kit/console";
import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";

// Each look at services or the month is an entry in the customer's own log, so neither is read again by itself.
export const tenantServicesQuery = (id: string) =>
  queryOptions({
    queryKey: ["tenants", "one", id, "services"],
    queryFn: ({ signal }) => callChecked(`/api/tenants/${id}/services`, { reply: tenantServicesSchema, signal }),
    staleTime: Number.POSITIVE_INFINITY,
  });
export const tenantMonthQuery = (id: string) =>
  queryOptions({
    queryKey: ["tenants", "one", id, "month"],
    queryFn: ({ signal }) => callChecked(`/api/tenants/${id}/month`, { reply: monthReplySchema, signal }),
    staleTime: Number.POSITIVE_INFINITY,
  });
export const tenantNotesQuery = (id: string) =>
  infiniteQueryOptions({
    queryKey: ["tenants", "notes", id],
    initialPageParam: "",
    queryFn: ({ signal, pageParam }) =>
      callChecked(`/api/tenants/${id}/notes`, { query: { cursor: pageParam }, reply: tenantNotesReplySchema, signal }),
    getNextPageParam: (page) => page.nextCursor ?? undefined,
  });
