import { type EnforcementReply, enforcementReplySchema } from "@casaforte/contract/measures";
import { deskNoticesReplySchema } from "@casaforte/contract/notices";
import { type Inventory, inventorySchema } from "@casaforte/contract/placement";
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
/** Answers to all leave one after the other; how many requests are left is looked at as they do. */
export const answeringRefreshMs = 2_000;
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
