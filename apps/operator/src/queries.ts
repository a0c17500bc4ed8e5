import { boardSchema } from "@casaforte/contract/health";
import { type TenantReply, tenantSchema } from "@casaforte/contract/tenants";
import { callChecked } from "@casaforte/ui-kit/console";
import { queryOptions } from "@tanstack/react-query";

/** One customer. Each reading is an entry in the customer's own log, so it is not read again by itself. */
export const tenantQuery = (id: string) =>
  queryOptions<TenantReply>({
    queryKey: ["tenants", "one", id],
    queryFn: ({ signal }) => callChecked(`/api/tenants/${id}`, { reply: tenantSchema, signal }),
    staleTime: Number.POSITIVE_INFINITY,
  });

const boardRefreshMs = 60_000;
/** What waits for somebody this morning. */
export const boardQuery = queryOptions({
  queryKey: ["board"],
  queryFn: ({ signal }) => callChecked("/api/board", { reply: boardSchema, signal }),
  refetchInterval: boardRefreshMs,
});
