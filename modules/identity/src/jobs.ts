import { eachTenant } from "@casaforte/modules/tenancy";
import type { JobHandler, JobSchedule } from "@casaforte/platform/jobs";
import type { Identity } from "./create-identity.ts";
import { identityLimits } from "./limits.ts";
import { deleteExpiredApiTokens } from "./store-api-tokens.ts";
import { sweepBrakes } from "./store-brake.ts";
import { deleteExpiredChallenges } from "./store-challenges.ts";
import { deleteExpiredSessions } from "./store-sessions.ts";
import { deleteExpiredTokens } from "./store-tokens.ts";

export const jobSchedules: readonly JobSchedule[] = [{ task: "identity.sweep", everyMs: 15 * 60_000 }];

/** Takes away what has expired: sessions, links, challenges, brakes. None of it is believed before either. */
export function jobHandlers(services: { readonly identity: Identity }): readonly JobHandler[] {
  const { db, clock } = services.identity.context;
  return [
    {
      task: "identity.sweep",
      async run(_payload, { signal }) {
        const now = new Date(clock.nowMs());
        await db.lookup((tx) => deleteExpiredChallenges(tx, now));
        await db.lookup((tx) => sweepBrakes(tx, clock.nowMs()));
        for await (const { tenantId } of eachTenant(db, signal))
          await db.tenant(tenantId, async (tx) => {
            await deleteExpiredSessions(tx, now);
            await deleteExpiredTokens(tx, now);
            await deleteExpiredApiTokens(tx, new Date(clock.nowMs() - identityLimits.apiTokenKeptMs));
          });
      },
    },
  ];
}
