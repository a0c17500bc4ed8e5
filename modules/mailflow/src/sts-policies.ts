import { providerTenantId } from "@casaforte/kernel";
import { allowsExchange, readStsPolicy, readStsRecord } from "./mta-sts.ts";
import type { TlsFailure } from "./report-line.ts";
import type { Route } from "./route.ts";
import type { MailflowServices } from "./services.ts";
import type { SmtpDestination } from "./smtp-client.ts";
import { type KnownStsPolicy, selectStsPolicy, upsertStsPolicy } from "./store-sts.ts";
import { certificateFailure } from "./tls-outcome.ts";

/** Null: nothing is demanded. `trouble`: a policy that the DNS announces could not be had. */
export interface FoundStsPolicy {
  readonly policy: KnownStsPolicy | null;
  readonly trouble: TlsFailure | null;
}

/**
 * The policy that binds us for a domain (RFC 8461 §3.3): the one the DNS announces, fetched when it is new; without a
 * fresh one the one we know, until it expires.
 */
export async function stsPolicyOf(
  services: Pick<MailflowServices, "db" | "clock" | "logger" | "sts">,
  named: string,
): Promise<FoundStsPolicy> {
  const { sts, db, clock, logger } = services;
  const domain = named.toLowerCase();
  if (!sts) return { policy: null, trouble: null };
  const nowMs = clock.nowMs();
  const found = await db.tenant(providerTenantId, (tx) => selectStsPolicy(tx, domain), { readOnly: true });
  const known = found !== null && found.expiresAt.getTime() > nowMs ? found : null;
  const policyId = readStsRecord(await sts.resolveTxt(`_mta-sts.${domain}`).catch(() => []));
  if (policyId === null || policyId === known?.policyId) return { policy: known, trouble: null };
  const text = await sts.fetchPolicy(domain).catch((error: unknown) => error);
  const read = typeof text === "string" ? readStsPolicy(text) : null;
  if (read === null) {
    const reason = typeof text === "string" ? "this is no policy" : text instanceof Error ? text.message : String(text);
    logger.warn("mailflow.sts_unreadable", { domain, reason });
    return { policy: known, trouble: typeof text === "string" ? "sts-policy-invalid" : fetchFailure(text) };
  }
  const { mode, exchanges, maxAgeMs } = read;
  const fresh: KnownStsPolicy = { policyId, mode, exchanges, expiresAt: new Date(nowMs + maxAgeMs) };
  // One that cannot be kept binds for now all the same, and keeps no mail from being settled.
  await db
    .tenant(providerTenantId, (tx) => upsertStsPolicy(tx, domain, fresh))
    .catch((error: unknown) => logger.error("mailflow.sts_not_kept", error, { domain }));
  return { policy: fresh, trouble: null };
}

function fetchFailure(error: unknown): TlsFailure {
  const code = typeof error === "object" && error !== null && "code" in error ? String(error.code) : "";
  return certificateFailure(code) === null ? "sts-policy-fetch-error" : "sts-webpki-invalid";
}

/** Whether its domain proves what its certificate is: that goes before what a policy says of it (RFC 8461 §2). */
const isProven = ({ dane }: SmtpDestination): boolean => dane !== undefined && dane.usable.length > 0;

/**
 * The route under a policy: `enforce` leaves only exchanges it names, each with a certificate that proves its name;
 * nothing left means later, never in clear. `testing` only notes what would have failed. Servers with TLSA records that
 * can be used stay as they are.
 */
export function underPolicy(
  route: Route,
  policy: KnownStsPolicy | null,
  services: Pick<MailflowServices, "logger">,
): Route {
  if (policy === null || policy.mode === "none" || route.kind === "nowhere") return route;
  const allowed = route.destinations.filter((one) => isProven(one) || isAllowed(policy, one));
  if (policy.mode === "testing") {
    if (allowed.length < route.destinations.length) services.logger.info("mailflow.sts_would_fail", {});
    return route;
  }
  if (allowed.length === 0)
    return {
      ...route,
      kind: "nowhere",
      result: { kind: "deferred", reply: "no mail server of the domain is in its MTA-STS policy" },
    };
  return {
    ...route,
    destinations: allowed.map((one) => (isProven(one) ? one : { ...withoutDane(one), requireTls: true })),
  };
}

/** The route of what must arrive whatever is wrong with encryption there (RFC 8460 §3). */
export const underNoPolicy = (route: Route): Route =>
  route.kind === "nowhere" ? route : { ...route, destinations: route.destinations.map(withoutDane) };

export const withoutDane = ({ dane: _records, ...one }: SmtpDestination): SmtpDestination => ({
  ...one,
  requireTls: false,
});

/** Whether the policy names that server; without a policy any will do. */
export const isAllowed = (policy: KnownStsPolicy | null, { tlsName }: Pick<SmtpDestination, "tlsName">): boolean =>
  policy === null ||
  policy.mode === "none" ||
  (tlsName !== undefined && allowsExchange({ ...policy, maxAgeMs: 0 }, tlsName));
