import { Failure, type Id, newId } from "@casaforte/kernel";
import type { RunReport } from "@casaforte/vault";
import { noteDamage } from "../chain/damage.ts";
import { findPoint } from "../chain/find-point.ts";
import { rememberedKey } from "../chain/remembered-key.ts";
import { Notes } from "../notes.ts";
import { systemClock, systemRandom } from "../outside.ts";
import { reportedNotes, sendReport } from "../report.ts";
import type { AgentHome } from "../state/home.ts";
import { takeRunLock } from "../state/run-lock.ts";
import { connectVault } from "../vault-session.ts";
import { agentVersion } from "./context.ts";
import { osVersion } from "./enrol.ts";
import { type VerifyPointResult, verify } from "./verify.ts";

/**
 * Restores a random sample of the newest point, compares every hash, and tells the vault how it went, however it ends.
 * @throws precondition `policy.no_key` when runs need the password here, not_found `agent.point`.
 */
export async function runVerify(home: AgentHome, sampleBytes: number, signal: AbortSignal): Promise<VerifyPointResult> {
  const { vaultUrl, deviceToken } = home.enrolment();
  using _lock = takeRunLock(home);
  const vault = connectVault({ vaultUrl, token: deviceToken });
  const point = await findPoint(vault, "latest");
  const storageKey = await rememberedKey(home, { vault, chainId: point.chainId });
  if (storageKey === null) throw new Failure("precondition", "policy.no_key", "run remember first");
  const startedAt = new Date(systemClock.nowMs()).toISOString();
  const notes = new Notes();
  const report = (changes: Pick<RunReport, "result" | "code" | "filesTotal" | "filesUnreadable" | "bytesRead">) =>
    sendReport(vault, {
      runId: newId<Id<"Run">>(systemClock, systemRandom),
      kind: "verify",
      startedAt,
      finishedAt: new Date(systemClock.nowMs()).toISOString(),
      pointId: point.pointId,
      bytesSent: 0,
      message: null,
      agentVersion,
      osVersion: osVersion(),
      notes: reportedNotes(notes),
      ...changes,
    });
  const context = { home, vault, storageKey, point, notes, onProgress: () => undefined, signal };
  try {
    const done = await verify(context, { bytes: sampleBytes, random: systemRandom });
    const { result, files, bytes, lost } = done;
    if (lost > 0) await noteDamage(home, vault, point);
    const code = lost > 0 ? "verify.damaged" : null;
    await report({ result, code, filesTotal: files, filesUnreadable: lost, bytesRead: bytes });
    return done;
  } catch (error) {
    signal.throwIfAborted();
    const code = error instanceof Failure ? error.code : "agent.internal";
    await report({ result: "failed", code, filesTotal: 0, filesUnreadable: 0, bytesRead: 0 }).catch(() => undefined);
    throw error;
  } finally {
    storageKey.destroy();
  }
}
