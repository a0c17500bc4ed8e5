import { type MeasuresReply, measuresReplySchema } from "@casaforte/contract/measures";
import {
  type CalendarReply,
  type ContactReply,
  calendarReplySchema,
  contactsReplySchema,
  type NoticeReply,
  ownNoticesReplySchema,
} from "@casaforte/contract/notices";
import { callChecked } from "@casaforte/ui-kit/console";
import { queryOptions } from "@tanstack/react-query";

const refreshMs = 60_000;

export const measuresQuery = queryOptions<MeasuresReply>({
  queryKey: ["measures"],
  queryFn: ({ signal }) => callChecked("/api/measures", { reply: measuresReplySchema, signal }),
  refetchInterval: refreshMs,
});

export const noticesQuery = queryOptions<{ readonly notices: readonly NoticeReply[] }>({
  queryKey: ["notices"],
  queryFn: ({ signal }) => callChecked("/api/notices", { reply: ownNoticesReplySchema, signal }),
  refetchInterval: refreshMs,
});

export const contactsQuery = queryOptions<{ readonly contacts: readonly ContactReply[] }>({
  queryKey: ["contacts"],
  queryFn: ({ signal }) => callChecked("/api/contacts", { reply: contactsReplySchema, signal }),
});

export const calendarQuery = queryOptions<CalendarReply>({
  queryKey: ["notices", "calendar"],
  queryFn: ({ signal }) => callChecked("/api/notices/calendar", { reply: calendarReplySchema, signal }),
});
