import { findPoint } from "../chain/find-point.ts";
import { unlockChain } from "../chain/unlock.ts";
import type { BackupResult } from "../commands/backup.ts";
import { type RestoreResult, restore } from "../commands/restore.ts";
import { runBackup } from "../commands/run-backup.ts";
import { Notes } from "../notes.ts";
import { PatternList } from "../select/pattern-list.ts";
import { Selection } from "../select/selection.ts";
import type { Source } from "../sources/source.ts";
import type { AgentHome } from "../state/home.ts";
import { connectVault } from "../vault-session.ts";

/** Of every chain that is made in a test's own process. */
export const password = "correct horse battery";

/** A run of an enrolled home without a process of its own. */
export const backUp = (home: AgentHome, sources: readonly Source[]): Promise<BackupResult> =>
  runBackup({
    home,
    password: () => Promise.resolve(password),
    mayUseKept: false,
    input: { sources, snapshot: "never", full: false },
    onProgress: () => undefined,
    onPause: () => undefined,
    signal: new AbortController().signal,
  });

export const vaultOf = (home: AgentHome) => {
  const { vaultUrl, deviceToken: token } = home.enrolment();
  return connectVault({ vaultUrl, token, triesMax: 1 });
};

/** Restores a whole point into a directory, under the paths that its files had. */
export async function restoreTo(home: AgentHome, wanted: string, path: string): Promise<RestoreResult> {
  const client = vaultOf(home);
  const point = await findPoint(client, wanted);
  const storageKey = await unlockChain({ vault: client, chainId: point.chainId, password: async () => password });
  const none = new PatternList([]);
  const context = {
    vault: client,
    storageKey,
    point,
    notes: new Notes(),
    onProgress: () => undefined,
    signal: new AbortController().signal,
  };
  const selection = new Selection({ paths: [], include: none, exclude: none });
  const destination = { kind: "directory", path } as const;
  return restore(context, { destination, selection, isLimited: false, onConflict: undefined, check: false, home });
}
