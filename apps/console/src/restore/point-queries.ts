import { restorePointsReplySchema } from "@casaforte/contract/backup";
import { callChecked } from "@casaforte/ui-kit/console";
import { queryOptions } from "@tanstack/react-query";

/** As many points as a choice offers, the newest. */
export const offeredPointsMax = 500;

export const recentPointsQuery = (id: string) =>
  queryOptions({
    queryKey: ["points", id, "recent"],
    queryFn: ({ signal }) =>
      callChecked(`/api/devices/${id}/points`, {
        query: { limit: offeredPointsMax },
        reply: restorePointsReplySchema,
        signal,
      }),
  });

/** The points of one millisecond: where one is that those of a choice leave out. */
export const pointsOfInstantQuery = (id: string, at: string) =>
  queryOptions({
    queryKey: ["points", id, "at", at],
    queryFn: ({ signal }) => {
      const to = new Date(Date.parse(at) + 1).toISOString();
      return callChecked(`/api/devices/${id}/points`, {
        query: { from: at, to },
        reply: restorePointsReplySchema,
        signal,
      });
    },
  });
