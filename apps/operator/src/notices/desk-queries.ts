import { type EnforcementReply, enforcementReplySchema } from "@casaforte/contract/measures";
import { deskNoticesReplySchema } from "@casaforte/contract/notices";
import { type Inventory, inventorySchema } from "@casaforte/contract/placement";
import { tenantsReplySchema } from "@casaforte/contract/tenants";
import { callChecked } from "@casaforte/ui-kit/console";
import { queryOptions } from "@tanstack/react-query";

const refreshMs = 15_000;

export const noticesQuery = queryOptions({
  queryKey: ["desk-notices"],
  queryFn: ({ signal }) => callChecked("/api/desk/notices", { reply: deskNoticesReplySchema, signal }),
  refetchInterval: refreshMs,
});

export const enforcementQuery = queryOptions<EnforcementReply>({
  queryKey: ["enforcement"],
  queryFn: ({ signal }) => callChecked("/api/enforcement", { reply: enforcementReplySchema, signal }),
  refetchInterval: refreshMs,
});

export const placesQuery = queryOptions<Inventory>({
  queryKey: ["inventory"],
  queryFn: ({ signal }) => callChecked("/api/inventory", { reply: inventorySchema, signal }),
});

/** A few customers whose name has what was typed. */
export const tenantChoicesQuery = (search: string) =>
  queryOptions({
    queryKey: ["tenants", "choices", search],
    queryFn: ({ signal }) => callChecked("/api/tenants", { query: { search }, reply: tenantsReplySchema, signal }),
    placeholderData: (before) => before,
  });
