import type { DomainId } from "@casaforte/kernel";
import type { OperatorTx, TenantTx } from "@casaforte/platform/db";
import { certificateLimits } from "./limits.ts";
import { countTroubled, selectNames, selectTroubled, type TroubledName } from "./store.ts";
import type { CertificateName } from "./types.ts";

/** A domain's host names. */
export const listNames = async (tx: TenantTx, domainId: DomainId): Promise<readonly CertificateName[]> =>
  (await selectNames(tx)).filter((each) => each.domainId === domainId);

const worrying = (nowMs: number) => ({
  endsBefore: new Date(nowMs + certificateLimits.endsSoonMs),
  failures: certificateLimits.failuresTold,
});

/**
 * What an operator should look at, the first `troubledMax`: certificates that end within `endsSoonMs`, names that failed
 * again and again, and accounts, under the address of their authority's directory.
 */
export const listTroubled = (tx: OperatorTx, nowMs: number): Promise<readonly TroubledName[]> =>
  selectTroubled(tx, worrying(nowMs), certificateLimits.troubledMax);

/** How many there are in all. */
export const countTroubledNames = (tx: OperatorTx, nowMs: number): Promise<number> =>
  countTroubled(tx, worrying(nowMs));
