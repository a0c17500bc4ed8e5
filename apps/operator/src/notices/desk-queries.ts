import { type EnforcementReply, enforcementReplySchema } from "@casaforte/contract/measures";
import { deskNoticesReplySchema } from "@casaforte/contract/notices";
import { type Inventory, inventorySchema } from "@casaforte/contract/placement";
import { tenantsReplySchema } from "@casaforte/contract/tenants";
import { linkedCountsSchema, linkedTicketsSchema } from "@casaforte/contract/tickets";
import { callChecked } from "@casaforte/ui-kit/console";
import { queryOptions } from "@tanstack/react-query";

const refreshMs = 15_000;

export const noticesQuery = queryOptions({
  queryKey: ["desk-notices"],
  queryFn: ({ signal }) => callChecked("/api/desk/notices", { reply: deskNoticesReplySchema, signal }),
  refetchInterval: refreshMs,
});

/** How many requests are about each notice. */
export const linkedQuery = queryOptions({
  queryKey: ["tickets", "linked"],
  queryFn: ({ signal }) => callChecked("/api/desk/linked-tickets", { reply: linkedCountsSchema, signal }),
  refetchInterval: refreshMs,
});

/** Those that live, of one notice. */
export const linkedTicketsQuery = (noticeId: string) =>
  queryOptions({
    queryKey: ["tickets", "linked", noticeId],
    queryFn: ({ signal }) =>
      callChecked(`/api/desk/linked-tickets/${noticeId}`, { reply: linkedTicketsSchema, signal }),
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
