import { Failure } from "@casaforte/kernel";

/** The same answer for foreign, deleted and invented ids. */
export const notFound = () => new Failure("not_found", "vault.not_found", "there is nothing of that id");

export const parentMoved = (headFileId: string | null) =>
  new Failure("precondition", "vault.parent_moved", "the parent is not the head of the chain", {
    details: { headFileId: headFileId ?? "none" },
  });

export const uploadClosed = () => new Failure("conflict", "vault.upload_closed", "the upload is closed");

export const hashMismatch = () =>
  new Failure("invalid", "vault.hash_mismatch", "the body does not hash to what was announced");

/** The site's disks, not the customer's space: another try is of use only once somebody has made room. */
export const storeFull = (cause: unknown) =>
  new Failure("over_quota", "vault.store_full", "the vault's own disk is full", { cause });

export const tooMany = (what: string, max: number) =>
  new Failure("conflict", "vault.too_many", `too many ${what}`, { details: { max } });
