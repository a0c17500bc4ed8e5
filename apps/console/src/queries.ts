import { liveEventSchema, restorePointsReplySchema } from "@casaforte/contract/backup";
import { deviceReplySchema, devicesReplySchema } from "@casaforte/contract/devices";
import { mailAccountListSchema } from "@casaforte/contract/mail";
import { providerReplySchema } from "@casaforte/contract/provider";
import { sitesReplySchema, spacesReplySchema } from "@casaforte/contract/spaces";
import { callChecked } from "@casaforte/ui-kit/console";
import { infiniteQueryOptions, queryOptions, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";

export const providerQuery = queryOptions({
  queryKey: ["provider"],
  queryFn: ({ signal }) => callChecked("/api/provider", { reply: providerReplySchema, signal }),
  staleTime: Number.POSITIVE_INFINITY,
});
export const sitesQuery = queryOptions({
  queryKey: ["sites"],
  queryFn: ({ signal }) => callChecked("/api/sites", { reply: sitesReplySchema, signal }),
});
export const spacesQuery = queryOptions({
  queryKey: ["spaces"],
  queryFn: ({ signal }) => callChecked("/api/spaces", { reply: spacesReplySchema, signal }),
});
export const devicesQuery = queryOptions({
  queryKey: ["devices"],
  queryFn: ({ signal }) => callChecked("/api/devices", { reply: devicesReplySchema, signal }),
});
export const deviceQuery = (id: string) =>
  queryOptions({
    queryKey: ["devices", id],
    queryFn: ({ signal }) => callChecked(`/api/devices/${id}`, { reply: deviceReplySchema, signal }),
  });
export const pointsQuery = (id: string) =>
  infiniteQueryOptions({
    queryKey: ["points", id],
    initialPageParam: "",
    queryFn: ({ signal, pageParam }) =>
      callChecked(`/api/devices/${id}/points`, {
        query: { limit: 50, before: pageParam },
        reply: restorePointsReplySchema,
        signal,
      }),
    getNextPageParam: (page) => page.nextBefore ?? undefined,
  });

/** As many points as a choice offers. */
export const recentPointsQuery = (id: string) =>
  queryOptions({
    queryKey: ["points", id, "recent"],
    queryFn: ({ signal }) =>
      callChecked(`/api/devices/${id}/points`, { query: { limit: 500 }, reply: restorePointsReplySchema, signal }),
  });

/** How many mailboxes there are; one row is asked for, since the count comes with any page. */
export const mailAccountsCountQuery = queryOptions({
  queryKey: ["mail-accounts", "count"],
  queryFn: ({ signal }) =>
    callChecked("/api/mail-accounts", { query: { limit: 1 }, reply: mailAccountListSchema, signal }),
});

/** Listens to the server's hints and reads again what they name. The browser reconnects by itself. */
export function useLiveUpdates(): void {
  const client = useQueryClient();
  useEffect(() => {
    const source = new EventSource("/api/events", { withCredentials: true });
    const onHint = (message: MessageEvent<string>) => {
      const hint = liveEventSchema.safeParse({ event: message.type, ...JSON.parse(message.data || "{}") });
      if (!hint.success || hint.data.event === "resync") return void client.invalidateQueries();
      void client.invalidateQueries({ queryKey: ["devices"] });
      if (hint.data.event === "point") {
        void client.invalidateQueries({ queryKey: ["points", hint.data.deviceId] });
        void client.invalidateQueries({ queryKey: ["spaces"] });
      }
    };
    for (const name of ["device", "point", "resync"]) source.addEventListener(name, onHint);
    return () => source.close();
  }, [client]);
}
