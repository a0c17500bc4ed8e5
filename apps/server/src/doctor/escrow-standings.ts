import type { Logger } from "@casaforte/kernel";
import type { Config } from "@casaforte/platform/config";
import { openDb } from "@casaforte/platform/db";
import { systemClock } from "@casaforte/platform/telemetry";
import type { DatabaseUrls } from "../core.ts";
import { type EscrowStanding, escrowWords, keyCheckOf, readEscrow } from "../escrow.ts";
import { readMasterKeys } from "../keys.ts";
import type { DoctorFinding } from "./finding.ts";

/** How it stands with the escrowed copies of the configured master keys (R98), in words, and those that are late as findings. */
export async function examineEscrow(
  config: Config,
  urls: DatabaseUrls,
  logger: Logger,
): Promise<{ readonly words: readonly string[]; readonly findings: readonly DoctorFinding[] }> {
  const keys = (await readMasterKeys(config)).map(keyCheckOf);
  const nowMs = systemClock.nowMs();
  const db = openDb({ ...urls, logger, appConnectionsMax: 1, operatorConnectionsMax: 1 });
  try {
    const standings = await db.operator((tx) => readEscrow(tx, keys, nowMs), { readOnly: true });
    return {
      words: standings.map((standing) => escrowWords(standing, nowMs)),
      findings: standings.filter(({ isLate }) => isLate).map((standing) => findingOf(standing, nowMs)),
    };
  } finally {
    await db.close();
  }
}

const findingOf = (standing: EscrowStanding, nowMs: number): DoctorFinding => ({
  where: `master key ${standing.keyId}`,
  what: escrowWords(standing, nowMs),
  todo: "Fetch the copy and look: casaforte escrow check FILE (runbook: keys).",
});
