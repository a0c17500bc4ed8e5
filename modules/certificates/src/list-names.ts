import type { DomainId } from "@casaforte/kernel";
import type { OperatorTx, TenantTx } from "@casaforte/platform/db";
import { certificateLimits } from "./limits.ts";
import { selectNames, selectTroubled, type TroubledName } from "./store.ts";
import type { CertificateName } from "./types.ts";

/** A domain's host names. */
export const listNames = async (tx: TenantTx, domainId: DomainId): Promise<readonly CertificateName[]> =>
  (await selectNames(tx)).filter((each) => each.domainId === domainId);

/** What an operator should look at: certificates that end within `endsSoonMs`, names that failed again and again. */
export const listTroubled = (tx: OperatorTx, nowMs: number): Promise<readonly TroubledName[]> =>
  selectTroubled(tx, {
    endsBefore: new Date(nowMs + certificateLimits.endsSoonMs),
    failures: certificateLimits.failuresTold,
  });
