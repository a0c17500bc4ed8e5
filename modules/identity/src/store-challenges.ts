import type { LookupTx } from "@casaforte/platform/db";

export type ChallengePurpose = "register" | "sign_in" | "second_factor";

/** One open challenge for each asker; asking again replaces it. */
export async function putChallenge(
  tx: LookupTx,
  row: {
    readonly binding: Buffer;
    readonly challenge: string;
    readonly purpose: ChallengePurpose;
    readonly expiresAt: Date;
  },
): Promise<void> {
  await tx.sql`insert into identity_challenges (binding_hash, challenge, purpose, expires_at)
    values (${row.binding}, ${row.challenge}, ${row.purpose}, ${row.expiresAt})
    on conflict (binding_hash) do update
      set challenge = excluded.challenge, purpose = excluded.purpose, expires_at = excluded.expires_at`;
}

/** Takes the challenge away, whatever the answer will be worth: it serves once (ASVS 6.5.1). */
export async function takeChallenge(
  tx: LookupTx,
  binding: Buffer,
  purpose: ChallengePurpose,
  now: Date,
): Promise<string | null> {
  const [row] = await tx.sql<{ challenge: string; live: boolean }[]>`
    delete from identity_challenges where binding_hash = ${binding} and purpose = ${purpose}
    returning challenge, expires_at > ${now} as live`;
  return row?.live ? row.challenge : null;
}

export async function deleteExpiredChallenges(tx: LookupTx, now: Date): Promise<void> {
  await tx.sql`delete from identity_challenges where expires_at < ${now}`;
}
