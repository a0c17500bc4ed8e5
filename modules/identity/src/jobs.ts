import { sweepTenants } from "@casaforte/modules/tenancy";
import type { JobHandler, JobSchedule } from "@casaforte/platform/jobs";
import type { Identity } from "./create-identity.ts";
import { identityLimits } from "./limits.ts";
import { finishErasures } from "./manage-principal.ts";
import { deleteExpiredApiTokens } from "./store-api-tokens.ts";
import { sweepBrakes } from "./store-brake.ts";
import { deleteExpiredChallenges } from "./store-challenges.ts";
import { deleteEndedPrograms } from "./store-programs.ts";
import { deleteExpiredSessions } from "./store-sessions.ts";
import { sweepSignUps } from "./store-sign-ups.ts";
import { deleteExpiredTokens } from "./store-tokens.ts";

export const jobSchedules: readonly JobSchedule[] = [{ task: "identity.sweep", everyMs: 15 * 60_000 }];

/** Takes away what has expired: sessions, programs, links, challenges, brakes, sign-ups; none of it is believed before either. And whoever was to be erased when a hold stood. */
export function jobHandlers(services: { readonly identity: Identity }): readonly JobHandler[] {
  const { db, clock, isHeld } = services.identity.context;
  return [
    {
      task: "identity.sweep",
      async run(_payload, context) {
        const now = new Date(clock.nowMs());
        await db.lookup((tx) => deleteExpiredChallenges(tx, now));
        await db.lookup((tx) => sweepBrakes(tx, clock.nowMs()));
        await db.lookup((tx) => sweepSignUps(tx, clock.nowMs()));
        await sweepTenants(db, context, async ({ tenantId }) => {
          const held = await isHeld(tenantId);
          await db.tenant(tenantId, async (tx) => {
            if (!held) await finishErasures(services.identity.context, tx);
            await deleteExpiredSessions(tx, now);
            await deleteExpiredTokens(tx, now);
            await deleteEndedPrograms(tx, now);
            await deleteExpiredApiTokens(tx, new Date(clock.nowMs() - identityLimits.apiTokenKeptMs));
          });
        });
      },
    },
  ];
}
