import { providerTenantId } from "@casaforte/kernel";
import { allowsExchange, readStsPolicy, readStsRecord } from "./mta-sts.ts";
import type { Route } from "./route.ts";
import type { MailflowServices } from "./services.ts";
import { type KnownStsPolicy, selectStsPolicy, upsertStsPolicy } from "./store-sts.ts";

/**
 * The policy that binds us for a domain (RFC 8461 §3.3): the one the DNS announces, fetched when it is new; without a
 * fresh one the one we know, until it expires. Null: nothing is demanded.
 */
export async function stsPolicyOf(
  services: Pick<MailflowServices, "db" | "clock" | "logger" | "sts">,
  domain: string,
): Promise<KnownStsPolicy | null> {
  const { sts, db, clock, logger } = services;
  if (!sts) return null;
  const nowMs = clock.nowMs();
  const found = await db.tenant(providerTenantId, (tx) => selectStsPolicy(tx, domain), { readOnly: true });
  const known = found !== null && found.expiresAt.getTime() > nowMs ? found : null;
  const policyId = readStsRecord(await sts.resolveTxt(`_mta-sts.${domain}`).catch(() => []));
  if (policyId === null || policyId === known?.policyId) return known;
  try {
    const policy = readStsPolicy(await sts.fetchPolicy(domain));
    if (policy === null) throw new Error("this is no policy");
    const { mode, exchanges, maxAgeMs } = policy;
    const fresh: KnownStsPolicy = { policyId, mode, exchanges, expiresAt: new Date(nowMs + maxAgeMs) };
    await db.tenant(providerTenantId, (tx) => upsertStsPolicy(tx, domain, fresh));
    return fresh;
  } catch (error) {
    logger.warn("mailflow.sts_unreadable", { domain, reason: error instanceof Error ? error.message : String(error) });
    return known;
  }
}

/**
 * The route under a policy: `enforce` leaves only exchanges it names, each with a certificate that proves its name;
 * nothing left means later, never in clear. `testing` only notes what would have failed.
 */
export function underPolicy(
  route: Route,
  policy: KnownStsPolicy | null,
  services: Pick<MailflowServices, "logger">,
): Route {
  if (policy === null || policy.mode === "none" || route.kind === "nowhere") return route;
  const named = { ...policy, maxAgeMs: 0 };
  const allowed = route.destinations.filter(({ tlsName }) => tlsName !== undefined && allowsExchange(named, tlsName));
  if (policy.mode === "testing") {
    if (allowed.length < route.destinations.length) services.logger.info("mailflow.sts_would_fail", {});
    return route;
  }
  if (allowed.length === 0)
    return {
      kind: "nowhere",
      result: { kind: "deferred", reply: "no mail server of the domain is in its MTA-STS policy" },
    };
  return { kind: "to", destinations: allowed.map((one) => ({ ...one, requireTls: true })) };
}
