import type {
  alarmsReplySchema,
  BackupSummary,
  LiveEvent,
  pointTimesReplySchema,
  RestorePoint,
  restorePointsReplySchema,
  usageReplySchema,
} from "@casaforte/contract/backup";
import type { deviceReplySchema, devicesReplySchema } from "@casaforte/contract/devices";
import type { mailAccountListSchema } from "@casaforte/contract/mail";
import type { policiesReplySchema } from "@casaforte/contract/policies";
import type { providerReplySchema } from "@casaforte/contract/provider";
import type { sitesReplySchema, spacesReplySchema } from "@casaforte/contract/spaces";
import type { ticketListSchema } from "@casaforte/contract/tickets";
import { callApi } from "@casaforte/ui-kit";
import { infiniteQueryOptions, queryOptions, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import type { z } from "zod";

/**
 * A question with its parameters. The first page asks these, so their answers have the contract's types and are not
 * checked against its schemas: the checker is a fifth of what a browser would have to fetch before it shows anything.
 */
function ask<Schema extends z.ZodType>(
  path: string,
  signal: AbortSignal,
  query: Readonly<Record<string, string | number>> = {},
): Promise<z.infer<Schema>> {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== "") search.set(name, String(value));
  const text = search.toString();
  return callApi<z.infer<Schema>>(text === "" ? path : `${path}?${text}`, { signal });
}

export const providerQuery = queryOptions({
  queryKey: ["provider"],
  queryFn: ({ signal }) => ask<typeof providerReplySchema>("/api/provider", signal),
  staleTime: Number.POSITIVE_INFINITY,
});
export const sitesQuery = queryOptions({
  queryKey: ["sites"],
  queryFn: ({ signal }) => ask<typeof sitesReplySchema>("/api/sites", signal),
});
export const spacesQuery = queryOptions({
  queryKey: ["spaces"],
  queryFn: ({ signal }) => ask<typeof spacesReplySchema>("/api/spaces", signal),
});
export const policiesQuery = queryOptions({
  queryKey: ["policies"],
  queryFn: ({ signal }) => ask<typeof policiesReplySchema>("/api/policies", signal),
});
/** Whether everything is well; read again with every hint about a device. */
export const summaryQuery = queryOptions({
  queryKey: ["devices", "summary"],
  queryFn: ({ signal }) => ask<z.ZodType<BackupSummary>>("/api/backup-summary", signal),
});
/** What looked like an attack or a mistake and nobody has acknowledged. */
export const alarmsQuery = queryOptions({
  queryKey: ["devices", "alarms"],
  queryFn: ({ signal }) => ask<typeof alarmsReplySchema>("/api/alarms", signal),
});
/** Devices by name, a page at a time. */
export const devicesQuery = (search: string) =>
  infiniteQueryOptions({
    queryKey: ["devices", "list", search],
    initialPageParam: "",
    queryFn: ({ signal, pageParam }) =>
      ask<typeof devicesReplySchema>("/api/devices", signal, { q: search, after: pageParam, limit: 50 }),
    getNextPageParam: (page) => page.nextAfter ?? undefined,
  });
/** How many devices a space has; one row is asked for. */
export const devicesOfSpaceQuery = (spaceId: string) =>
  queryOptions({
    queryKey: ["devices", "of", spaceId],
    queryFn: ({ signal }) => ask<typeof devicesReplySchema>("/api/devices", signal, { spaceId, limit: 1 }),
  });
/** The devices that a choice offers; more are found by typing. */
export const deviceChoiceQuery = (search: string) =>
  queryOptions({
    queryKey: ["devices", "choice", search],
    queryFn: ({ signal }) => ask<typeof devicesReplySchema>("/api/devices", signal, { q: search, limit: 50 }),
  });
/** Every device, however many pages that takes: for assigning policies. */
export const allDevicesQuery = queryOptions({
  queryKey: ["devices", "all"],
  queryFn: async ({ signal }) => {
    const devices: z.infer<typeof devicesReplySchema>["devices"] = [];
    for (let after: string | null = ""; after !== null; ) {
      const page: z.infer<typeof devicesReplySchema> = await ask<typeof devicesReplySchema>("/api/devices", signal, {
        after,
        limit: 50,
      });
      devices.push(...page.devices);
      after = page.nextAfter;
    }
    return { devices };
  },
});
const isoDay = (ms: number): string => new Date(ms).toISOString().slice(0, 10);
/** What each device of each space held at the end of the last days, today as it is now. */
export const usageOfDaysQuery = (days: number) =>
  queryOptions({
    queryKey: ["usage", "days", days],
    queryFn: ({ signal }) => {
      const nowMs = Date.now();
      return ask<typeof usageReplySchema>("/api/usage", signal, {
        from: isoDay(nowMs - (days - 1) * 86_400_000),
        to: isoDay(nowMs),
      });
    },
  });
export const deviceQuery = (id: string) =>
  queryOptions({
    queryKey: ["devices", id],
    queryFn: ({ signal }) => ask<typeof deviceReplySchema>(`/api/devices/${id}`, signal),
  });
/** Instants [from, to), in UTC. */
interface TimeRange {
  readonly from: string;
  readonly to: string;
}
/** Hints come as the reading goes on; this is for one that was lost. */
const verifyingEveryMs = 10_000;
/** Whether a point is being read again now. */
export const isVerifying = ({ state, verification }: RestorePoint): boolean =>
  state !== "deleted" && verification !== null && verification.finishedAt === null;
/** Points of a device, of all times or those made in a range. */
export const pointsQuery = (id: string, range: TimeRange | null) =>
  infiniteQueryOptions({
    queryKey: ["points", id, "list", range?.from ?? ""],
    initialPageParam: "",
    queryFn: ({ signal, pageParam }) =>
      ask<typeof restorePointsReplySchema>(`/api/devices/${id}/points`, signal, {
        limit: 50,
        before: pageParam,
        ...range,
      }),
    getNextPageParam: (page) => page.nextBefore ?? undefined,
    // A verification tells how far it is.
    refetchInterval: ({ state }) =>
      state.data?.pages.some(({ points }) => points.some(isVerifying)) ? verifyingEveryMs : false,
  });
/** When a device's points were made, for a calendar. */
export const pointTimesQuery = (id: string, range: TimeRange) =>
  queryOptions({
    queryKey: ["points", id, "times", range.from],
    queryFn: ({ signal }) =>
      ask<typeof pointTimesReplySchema>(`/api/devices/${id}/point-times`, signal, { from: range.from, to: range.to }),
  });
/** As many open requests as are counted. */
export const activeTicketsMax = 100;
export const activeTicketsQuery = queryOptions({
  queryKey: ["tickets", "active"],
  queryFn: ({ signal }) =>
    ask<typeof ticketListSchema>("/api/tickets", signal, { state: "active", count: activeTicketsMax }),
});

/** How many mailboxes there are; one row is asked for, since the count comes with the first page. */
export const mailAccountsCountQuery = queryOptions({
  queryKey: ["mail-accounts", "count"],
  queryFn: ({ signal }) => ask<typeof mailAccountListSchema>("/api/mail-accounts", signal, { limit: 1 }),
});

/** Listens to the server's hints and reads again what they name. The browser reconnects by itself. */
export function useLiveUpdates(isWanted: boolean): void {
  const client = useQueryClient();
  useEffect(() => {
    if (!isWanted) return undefined;
    const source = new EventSource("/api/events", { withCredentials: true });
    const onHint = (message: MessageEvent<string>) => {
      const { event, ...data } = { event: message.type, ...JSON.parse(message.data || "{}") } as LiveEvent;
      if (event === "resync") return void client.invalidateQueries();
      void client.invalidateQueries({ queryKey: ["devices"] });
      void client.invalidateQueries({ queryKey: ["policies"] });
      if (event === "point" && "deviceId" in data) {
        void client.invalidateQueries({ queryKey: ["points", data.deviceId] });
        void client.invalidateQueries({ queryKey: ["spaces"] });
      }
    };
    for (const name of ["device", "point", "resync"]) source.addEventListener(name, onHint);
    return () => source.close();
  }, [client, isWanted]);
}
