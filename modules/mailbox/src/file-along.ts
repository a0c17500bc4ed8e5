import type { Outcome } from "@casaforte/jmap";
import { Failure } from "@casaforte/kernel";
import type { TenantTx } from "@casaforte/platform/db";

/** Another try may cure these: nothing is done then, and whoever asked is told so. */
const passingKinds: readonly string[] = ["unavailable", "cancelled", "conflict"];

/**
 * Runs `work` and `file` in one transaction of `note`, so that nothing that is lost between them leaves a message that goes out
 * among the drafts. Where the filing alone is refused, `work` is done without it. Returns what became of the filing;
 * undefined where none was asked for.
 */
export async function fileAlong(
  note: <Result>(work: (tx: TenantTx) => Promise<Result>) => Promise<Result>,
  work: (tx: TenantTx) => Promise<unknown>,
  file: ((tx: TenantTx) => Promise<Outcome>) | null,
): Promise<Outcome | undefined> {
  if (file === null) {
    await note(work);
    return undefined;
  }
  const troubles: unknown[] = [];
  try {
    return await note(async (tx) => {
      await work(tx);
      return file(tx).catch((error: unknown) => {
        troubles.push(error);
        throw error;
      });
    });
  } catch (error) {
    if (!(error instanceof Failure) || !troubles.includes(error) || passingKinds.includes(error.kind)) throw error;
    await note(work);
    return error;
  }
}
