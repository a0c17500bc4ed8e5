import { createHash } from "node:crypto";
import { type Actor, Failure, type Random, type TenantId } from "@casaforte/kernel";
import { recordAudit } from "@casaforte/modules/audit";
import type { OperatorTx } from "@casaforte/platform/db";
import type { OperatorActor } from "./ask-grant.ts";
import { grantsLimits } from "./limits.ts";
import type { GrantServices } from "./services.ts";
import { clearSecret, findByHash, insertLook, putCode, putSecret, selectGrant, selectGrantOf } from "./store.ts";
import type { Grant, GrantId, LiveGrant } from "./types.ts";

/** How the secret of a session under a grant begins, so that none is taken for another. */
export const grantSecretPrefix = "cfs_";

const fresh = (random: Random): string => Buffer.from(random.bytes(32)).toString("base64url");
const hashOf = (text: string): Buffer => createHash("sha256").update(text).digest();

function assertLive(grant: Grant, nowMs: number): asserts grant is LiveGrant {
  if (grant.state !== "granted" || grant.until === null || grant.until.getTime() <= nowMs)
    throw new Failure("forbidden", "grants.not_granted", "the customer has not let you in, or not any more");
}

/**
 * The link by which the operator whom a customer let in opens its console: once, within a minute.
 * @throws forbidden `grants.not_granted` without a grant of one's own that is in force (R90).
 */
export async function makeEntry(
  tx: OperatorTx,
  actor: OperatorActor,
  input: { readonly tenantId: TenantId; readonly id: GrantId },
  services: GrantServices,
): Promise<string> {
  const nowMs = services.clock.nowMs();
  const grant = await selectGrantOf(tx, input.tenantId, input.id);
  if (grant === null) throw new Failure("not_found", "grants.not_found", "there is no such request");
  if (grant.operatorId !== actor.principalId)
    throw new Failure("forbidden", "grants.not_granted", "the customer let somebody else in");
  assertLive(grant, nowMs);
  const code = fresh(services.random);
  await putCode(tx, grant, hashOf(code), new Date(nowMs + grantsLimits.codeMs));
  return `${services.consoleUrl}/support-entry#${code}`;
}

/** Who is inside, as the log names them: the operator, in the name of whoever let them in. */
export async function actingActor(
  grant: LiveGrant,
  role: Extract<Actor, { kind: "user" }>["role"],
  ip: string,
  services: GrantServices,
): Promise<Extract<Actor, { kind: "user" }> | null> {
  const { roles } = await services.operatorFacts(grant.operatorId);
  if (roles.length === 0) return null;
  return {
    ...{ kind: "user", tenantId: grant.tenantId, principalId: grant.answeredBy, role, ip },
    acting: { principalId: grant.operatorId, roles, grantId: grant.id },
  };
}

/** Swaps the link's code for the secret of a session, and says so in the customer's log. @throws not_found `grants.bad_code`. */
export async function enterGrant(code: string, ip: string, services: GrantServices): Promise<string> {
  const { db, clock, random } = services;
  const badCode = () => new Failure("not_found", "grants.bad_code", "this link was used, or its minute is over");
  const now = new Date(clock.nowMs());
  const found = await db.lookup((tx) => findByHash(tx, hashOf(code), now));
  if (found === null || !found.isCode) throw badCode();
  const secret = `${grantSecretPrefix}${fresh(random)}`;
  await db.tenant(found.tenantId, async (tx) => {
    if (!(await putSecret(tx, found.id, hashOf(code), hashOf(secret)))) throw badCode();
    const grant = await selectGrant(tx, found.id);
    if (grant === null) throw badCode();
    assertLive(grant, now.getTime());
    const actor = await actingActor(grant, "owner", ip, services);
    if (actor === null) throw badCode();
    await recordAudit(tx, actor, { action: "grants.entered", object: { kind: "grant", id: grant.id } });
  });
  return secret;
}

/** The grant behind a session's secret, looked up anew with each request; null when it is over. */
export async function findGrant(secret: string, services: GrantServices): Promise<LiveGrant | null> {
  const { db, clock } = services;
  const nowMs = clock.nowMs();
  const found = await db.lookup((tx) => findByHash(tx, hashOf(secret), new Date(nowMs)), { readOnly: true });
  if (found === null || found.isCode) return null;
  const grant = await db.tenant(found.tenantId, (tx) => selectGrant(tx, found.id), { readOnly: true });
  if (grant === null) return null;
  assertLive(grant, nowMs);
  return grant;
}

/** The first look at each page stands in the customer's log. */
export async function noteLook(grant: LiveGrant, actor: Actor, route: string, services: GrantServices): Promise<void> {
  await services.db.tenant(grant.tenantId, async (tx) => {
    if (await insertLook(tx, grant.id, route, new Date(services.clock.nowMs())))
      await recordAudit(tx, actor, {
        action: "grants.looked",
        object: { kind: "grant", id: grant.id },
        details: { route },
      });
  });
}

/** Whoever is inside goes out; they may come in again while the grant stands. */
export async function leaveGrant(grant: LiveGrant, actor: Actor, services: GrantServices): Promise<void> {
  await services.db.tenant(grant.tenantId, async (tx) => {
    await clearSecret(tx, grant.id);
    await recordAudit(tx, actor, { action: "grants.left", object: { kind: "grant", id: grant.id } });
  });
}
