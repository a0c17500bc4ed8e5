import { createHash } from "node:crypto";
import { type Actor, Failure, type Random, type TenantId } from "@casaforte/kernel";
import { recordAudit } from "@casaforte/modules/audit";
import type { OperatorTx } from "@casaforte/platform/db";
import type { OperatorActor } from "./ask-grant.ts";
import { grantsLimits } from "./limits.ts";
import type { GrantServices } from "./services.ts";
import {
  clearSecret,
  findByHash,
  insertLook,
  putCode,
  putSecret,
  selectGrant,
  selectGrantOf,
  selectInside,
  touchInside,
} from "./store.ts";
import type { EnteredGrant, Grant, GrantId, LiveGrant } from "./types.ts";

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
  input: { readonly tenantId: TenantId; readonly id: GrantId; readonly signInId: string },
  services: GrantServices,
): Promise<string> {
  const nowMs = services.clock.nowMs();
  const grant = await selectGrantOf(tx, input.tenantId, input.id);
  if (grant === null) throw new Failure("not_found", "grants.not_found", "there is no such request");
  if (grant.operatorId !== actor.principalId)
    throw new Failure("forbidden", "grants.not_granted", "the customer let somebody else in");
  assertLive(grant, nowMs);
  const code = fresh(services.random);
  const until = new Date(nowMs + grantsLimits.codeMs);
  await putCode(tx, grant, { hash: hashOf(code), until, signInId: input.signInId });
  return `${services.consoleUrl}/support-entry#${code}`;
}

/**
 * Who is inside, as the log names them: the operator, in the name of whoever let them in; and until when they may stay,
 * which is no longer than their own sign-in. Null for one who is signed out or may not work on tickets any more.
 */
export async function actingActor(
  grant: EnteredGrant,
  role: Extract<Actor, { kind: "user" }>["role"],
  ip: string,
  services: GrantServices,
): Promise<{ readonly actor: Extract<Actor, { kind: "user" }>; readonly until: Date } | null> {
  const { roles, signedInUntil } = await services.operatorFacts(grant.operatorId, grant.signInId);
  if (roles.length === 0 || signedInUntil === null) return null;
  return {
    actor: {
      ...{ kind: "user", tenantId: grant.tenantId, principalId: grant.answeredBy, role, ip },
      acting: { principalId: grant.operatorId, roles, grantId: grant.id },
    },
    until: grant.until < signedInUntil ? grant.until : signedInUntil,
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
    const signInId = await putSecret(tx, found.id, { code: hashOf(code), secret: hashOf(secret), at: now });
    if (signInId === null) throw badCode();
    const grant = await selectGrant(tx, found.id);
    if (grant === null) throw badCode();
    assertLive(grant, now.getTime());
    const inside = await actingActor({ ...grant, signInId }, "owner", ip, services);
    if (inside === null) throw badCode();
    await recordAudit(tx, inside.actor, { action: "grants.entered", object: { kind: "grant", id: grant.id } });
  });
  return secret;
}

/** The grant behind a session's secret, looked up anew with each request; null when it is over, or the session was idle. */
export async function findGrant(secret: string, services: GrantServices): Promise<EnteredGrant | null> {
  const { db, clock } = services;
  const nowMs = clock.nowMs();
  const found = await db.lookup((tx) => findByHash(tx, hashOf(secret), new Date(nowMs)), { readOnly: true });
  if (found === null || found.isCode) return null;
  const { grant, inside } = await db.tenant(
    found.tenantId,
    async (tx) => ({ grant: await selectGrant(tx, found.id), inside: await selectInside(tx, found.id) }),
    { readOnly: true },
  );
  if (grant === null || inside === null) return null;
  const unseenMs = nowMs - inside.seenAt.getTime();
  if (unseenMs >= grantsLimits.idleMs) return null;
  assertLive(grant, nowMs);
  if (unseenMs >= grantsLimits.seenEveryMs)
    await db.tenant(found.tenantId, (tx) => touchInside(tx, found.id, new Date(nowMs)));
  return { ...grant, signInId: inside.signInId };
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
