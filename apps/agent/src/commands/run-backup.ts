import { Failure, type Id, newId } from "@casaforte/kernel";
import type { RunReport, VaultClient, VaultPause } from "@casaforte/vault";
import { EarlySurvey } from "../chain/early-survey.ts";
import { isKeyRemembered, rememberedKey } from "../chain/remembered-key.ts";
import { unlockOrCreateChain } from "../chain/unlock.ts";
import { Notes } from "../notes.ts";
import { systemClock, systemRandom } from "../outside.ts";
import { reportedNotes, sendReport } from "../report.ts";
import { prepareSources } from "../sources/prepare-sources.ts";
import { runProgram } from "../sources/run-program.ts";
import { Snapshots } from "../sources/snapshot.ts";
import type { SnapshotChoice, Source } from "../sources/source.ts";
import type { AgentHome, LastRun } from "../state/home.ts";
import { takeRunLock } from "../state/run-lock.ts";
import { warmThread } from "../thread.ts";
import { EarlyLook } from "../tree/early-look.ts";
import type { OnNote } from "../tree/note.ts";
import { realPathOf } from "../tree/roots.ts";
import { keepAll, type ScanRules } from "../tree/scan-filter.ts";
import { connectVault } from "../vault-session.ts";
import { type BackupInput, type BackupResult, backup } from "./backup.ts";
import { agentVersion, type Progress, type RunContext } from "./context.ts";
import { osVersion } from "./enrol.ts";

export interface RunBackupInput {
  readonly home: AgentHome;
  readonly password: (isNew: boolean) => Promise<string>;
  /** A key kept by `remember` may open the chain, since no password was given. */
  readonly mayUseKept: boolean;
  readonly input: RunInput;
  readonly onProgress: (progress: Progress) => void;
  readonly onPause: (pause: VaultPause) => void;
  readonly signal: AbortSignal;
  /** What a policy adds: its commands and its bandwidth. */
  readonly around?: RunSurroundings;
}

export interface RunSurroundings {
  /** Holds uploads back. */
  readonly wrapVault: (vault: VaultClient) => VaultClient;
  /** @throws what makes the run fail before anything is read. */
  readonly before: (onNote: OnNote) => Promise<void>;
  /** Called however the run ended. @throws what makes it a failed one. */
  readonly after: (result: RunReport["result"], onNote: OnNote) => Promise<void>;
}

/** What a run saves, and how. */
export interface RunInput {
  readonly sources: readonly Source[];
  /** Asked when all is as it is saved, after what a policy does before the run. @throws as `realPathOf` does. */
  readonly rules?: (() => readonly ScanRules[]) | undefined;
  readonly snapshot: SnapshotChoice;
  /** A new full although the chain could go on. */
  readonly full: boolean;
  /** How new blocks are packed; LZ4 by default. */
  readonly compression?: "lz4" | "zstd";
  /** When the next full is composed, and how much may be sent again for it. */
  readonly chain?: BackupInput["chain"];
}

/** A backup as a run: locked, unlocked, reported to the vault and remembered, however it ends. */
export async function runBackup(run: RunBackupInput): Promise<BackupResult> {
  const { home, signal } = run;
  const enrolment = home.enrolment();
  using _lock = takeRunLock(home);
  const plain = connectVault({ vaultUrl: enrolment.vaultUrl, token: enrolment.deviceToken, onPause: run.onPause });
  const vault = run.around?.wrapVault(plain) ?? plain;
  const { chainId, name } = enrolment;
  using early = new EarlySurvey({ vault, chainId, signal });
  using seen = new EarlyLook(systemClock);
  const beginEarly = () => {
    early.begin(!run.input.full);
    seen.begin(directoriesOf(run.input));
  };
  // What a policy does before the run may take long, and make files: then all is looked at after it.
  const mayBegin = run.around === undefined;
  if (mayBegin && run.mayUseKept && isKeyRemembered(home)) beginEarly();
  const kept = run.mayUseKept ? await rememberedKey(home, { vault, chainId }) : null;
  const password = async (isNew: boolean) => {
    const given = await run.password(isNew);
    // While the password is stretched. All that a new chain meets is new, so it will have a thread to seal it.
    if (mayBegin && isNew) warmThread("seal");
    else if (mayBegin) beginEarly();
    return given;
  };
  const storageKey = kept ?? (await unlockOrCreateChain({ vault, chainId, label: name, password }));
  const startedAt = new Date(systemClock.nowMs()).toISOString();
  const notes = new Notes();
  const context = { home, enrolment, vault, storageKey, notes, onProgress: run.onProgress, signal };
  try {
    await run.around?.before(notes.add);
    const done = await readSources(context, run.input, { early, seen }).catch(async (error: unknown) => {
      // A failure of the run matters more than one of what comes after it.
      await run.around?.after("failed", notes.add).catch(() => undefined);
      throw error;
    });
    await run.around?.after(done.result, notes.add);
    await finish({ home, vault, startedAt, notes, done, error: null });
    return done;
  } catch (thrown) {
    // A backup writes nowhere but into the agent's state.
    const error = signal.aborted ? signal.reason : home.unlessFull(thrown);
    await finish({ home, vault, startedAt, notes, done: null, error });
    throw error;
  } finally {
    storageKey.destroy();
  }
}

/** Whose names may be looked at early: where all is kept, and read where it lies. A source that is not there is told later. */
function directoriesOf({ sources, snapshot, rules }: RunInput): readonly string[] {
  if (snapshot !== "never") return [];
  try {
    if (!keepAll(rules?.() ?? [])) return [];
    return sources.flatMap((source) => (source.kind === "path" ? [realPathOf(source.path).toString("latin1")] : []));
  } catch {
    return [];
  }
}

async function readSources(
  context: RunContext,
  input: RunInput,
  { early, seen }: { readonly early: EarlySurvey; readonly seen: EarlyLook },
): Promise<BackupResult> {
  const { sources, snapshot, full, compression = "lz4", chain } = input;
  const rules = input.rules?.();
  await using snapshots = new Snapshots(context.home, runProgram, context.notes.add);
  // What a killed run left goes away first.
  await snapshots.release();
  const skip = [context.home.directory];
  const roots = await prepareSources({ sources, rules, snapshot, snapshots, skip, onNote: context.notes.add });
  // Awaited here: the snapshots go away as this function ends.
  return await backup(context, { roots, seen, rules, full, compression, chain }, await early.take());
}

interface Ending {
  readonly home: AgentHome;
  readonly vault: VaultClient;
  readonly startedAt: string;
  readonly notes: Notes;
  readonly done: BackupResult | null;
  readonly error: unknown;
}

async function finish({ home, vault, startedAt, notes, done, error }: Ending): Promise<void> {
  const result = done?.result ?? "failed";
  const finishedAt = new Date(systemClock.nowMs()).toISOString();
  const code = error === null ? null : error instanceof Failure ? error.code : "agent.internal";
  const partial = done?.result === "partial" ? `${done.unreadable} files could not be read` : null;
  const message = error instanceof Failure ? error.message : error === null ? partial : "internal error";
  const last: LastRun = { result, finishedAt, pointId: done?.pointId ?? null, message, notes: notes.kept };
  try {
    home.writeJson("last-run.json", last);
  } catch (cause) {
    // How the run ended matters more than that it cannot be written down here.
    if (!(cause instanceof Failure)) throw cause;
  }
  const report: RunReport = {
    runId: newId<Id<"Run">>(systemClock, systemRandom),
    result,
    startedAt,
    finishedAt,
    pointId: done?.pointId ?? null,
    filesTotal: done?.figures.files ?? 0,
    filesUnreadable: done?.unreadable ?? 0,
    bytesRead: done?.figures.readBytes ?? 0,
    bytesSent: done?.sentBytes ?? 0,
    code,
    // A missing source's message has its path in it, a command's its last words: the console gets the code alone.
    message: /^(source|hook)\./.test(code ?? "") ? null : message,
    notes: reportedNotes(notes),
    agentVersion,
    osVersion: osVersion(),
  };
  // The point is safe or it is not; a report that does not arrive changes neither.
  await sendReport(vault, report, { signal: AbortSignal.timeout(10_000) }).catch(() => undefined);
}
