import type { DomainId } from "@casaforte/kernel";
import type { TenantTx } from "@casaforte/platform/db";
import { deleteNames, selectNames } from "./store.ts";
import { type CertificateServices, issuedTopic } from "./types.ts";

/** Erases the certificates of a domain that leaves, with their keys; servers show them no more. */
export async function forgetCertificatesOf(
  tx: TenantTx,
  domainId: DomainId,
  { bus }: Pick<CertificateServices, "bus">,
): Promise<void> {
  const names = (await selectNames(tx)).filter((each) => each.domainId === domainId).map(({ name }) => name);
  if (names.length > 0 && (await deleteNames(tx, names)) > 0) tx.afterCommit(() => bus.publish(issuedTopic));
}
