import type { Outcome } from "@casaforte/jmap";
import { Failure } from "@casaforte/kernel";
import type { TenantTx } from "@casaforte/platform/db";

/** Another try may cure these: nothing is done then, and whoever asked is told so. */
const passingKinds: readonly string[] = ["unavailable", "cancelled", "conflict"];

export interface AlongSteps {
  /** Runs what is noted. */
  note<Result>(work: (tx: TenantTx) => Promise<Result>): Promise<Result>;
  work(tx: TenantTx): Promise<unknown>;
  /** Null: nothing is to be filed. */
  readonly file: ((tx: TenantTx) => Promise<Outcome>) | null;
  /** What `work` notes happened already: it is noted whatever becomes of the filing. */
  readonly isDone: boolean;
}

/**
 * Runs `work` and `file` in one transaction of `note`, so that nothing that is lost between them leaves a message that goes out
 * among the drafts. Where the filing alone fails, `work` is done without it; but what has not happened yet is not done where
 * another try may cure the failure. Returns what became of the filing; undefined where none was asked for, or where it is
 * still to be tried by itself.
 */
export async function fileAlong({ note, work, file, isDone }: AlongSteps): Promise<Outcome | undefined> {
  if (file === null) {
    await note(work);
    return undefined;
  }
  let isOfFiling = false;
  try {
    return await note(async (tx) => {
      await work(tx);
      return file(tx).catch((error: unknown) => {
        isOfFiling = true;
        throw error;
      });
    });
  } catch (error) {
    // As it comes out of the transaction: what the database says within becomes a failure there.
    const passes = error instanceof Failure && passingKinds.includes(error.kind);
    if (!isDone && (passes || !isOfFiling)) throw error;
    await note(work);
    return isOfFiling && !passes && error instanceof Failure ? error : undefined;
  }
}
