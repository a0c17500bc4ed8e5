import { createPrivateKey, X509Certificate } from "node:crypto";
import { type Actor, Failure, type Id, newId, providerTenantId, type TenantId } from "@casaforte/kernel";
import { recordAudit } from "@casaforte/modules/audit";
import { listDomains } from "@casaforte/modules/domains";
import { AcmeClient, type AcmeOrder, certificateRequest, generateEcKey } from "@casaforte/platform/acme";
import { certificateLimits } from "./limits.ts";
import { troubleOfDns } from "./points-here.ts";
import { openKey, ownerOf, sealKey } from "./seal-key.ts";
import {
  type Claimed,
  claimName,
  clearAway,
  clearRest,
  countOrders,
  insertOrder,
  type Rest,
  selectRest,
  takeAccount,
  updateAccountUrl,
  updateChallenge,
  updateIssued,
  updateOrder,
  updateRest,
  updateTrouble,
} from "./store.ts";
import { type Authority, type CertificateServices, issuedTopic, type Trouble } from "./types.ts";

const actor: Actor = { kind: "system", name: "certificates" };

interface Turn {
  readonly services: CertificateServices;
  readonly authority: Authority;
  readonly tenantId: TenantId;
  readonly claimed: Claimed;
  readonly signal: AbortSignal;
}

/**
 * A turn of one name: looks at the DNS, then orders a certificate or goes on with the order under way, whoever began it.
 * Whatever comes of it stands in the name's row. Does nothing when the name is not due, or another is at it.
 */
export async function orderCertificate(
  services: CertificateServices,
  tenantId: TenantId,
  name: string,
  signal: AbortSignal,
): Promise<void> {
  const { db, clock, authority } = services;
  if (authority === null) return;
  const nowMs = clock.nowMs();
  const claimed = await db.tenant(tenantId, async (tx) => {
    const until = new Date(nowMs + certificateLimits.claimMs);
    const found = await claimName(tx, name, { directory: authority.directory, at: new Date(nowMs), until });
    if (found === null || found.domainId === null) return found;
    const domain = (await listDomains(tx)).find(({ id }) => id === found.domainId);
    return domain?.state === "active" && domain.closedAt === null ? found : null;
  });
  if (claimed === null) return;
  const turn: Turn = { services, authority, tenantId, claimed, signal };
  try {
    const found = await troubleBefore(turn);
    await (found === null ? obtain(turn) : settle(turn, found));
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof Failure)) throw error;
    await settle(turn, troubleOf(error, claimed, clock.nowMs()));
  }
}

/** What is known without the authority. The provider's own names are its own business. */
async function troubleBefore({ services, authority, tenantId, claimed, signal }: Turn): Promise<Found | null> {
  const { db, clock, hostname, findAddresses } = services;
  const { name, domainId, order } = claimed;
  const own = (trouble: Trouble): Found => ({ trouble, words: "", waitMs: waitFor(trouble, claimed) });
  const ofDns = domainId === null ? null : await troubleOfDns(name, hostname, findAddresses, signal);
  if (ofDns !== null) return own(ofDns);
  const nowMs = clock.nowMs();
  const rest = await db.tenant(providerTenantId, (tx) => selectRest(tx, authority.directory, new Date(nowMs)));
  // Whoever is only kept from new orders goes on with one under way.
  if (rest !== null && (order === null || rest.trouble === "away")) {
    const { trouble, words, until } = rest;
    return { trouble, words, waitMs: until.getTime() - nowMs, wasAsked: false };
  }
  if (order !== null) return null;
  const since = new Date(nowMs - certificateLimits.weekMs);
  const ordered = await db.tenant(tenantId, (tx) => countOrders(tx, since));
  return ordered >= certificateLimits.ordersPerWeekMax ? own("limit") : null;
}

async function obtain(turn: Turn): Promise<void> {
  const { services, authority, tenantId, claimed } = turn;
  const { name } = claimed;
  const client = await openAccount(turn);
  const { order, keyPem } = await currentOrder(turn, client);
  const answered = order.status === "pending" ? await answerChallenges(turn, client, order) : order;
  const finalized =
    answered.status === "ready" ? await client.finalize(answered, certificateRequest(name, keyPem)) : answered;
  const ended = finalized.status === "processing" ? await client.whileIn(finalized, ["processing"]) : finalized;
  if (ended.status !== "valid") throw new Failure("precondition", "acme.refused", await client.reasonOf(ended));
  const chain = await client.certificateOf(ended);
  const { from, until } = lifeOf(chain, name, keyPem);
  await services.db.tenant(providerTenantId, (tx) => clearAway(tx, authority.directory));
  const renewAt = new Date(from + ((until - from) * certificateLimits.renewAfterPercent) / 100);
  await services.db.tenant(tenantId, async (tx) => {
    const at = new Date(services.clock.nowMs());
    const endsAt = new Date(until);
    if (!(await updateIssued(tx, claimed, { chain, at, endsAt, renewAt }))) return;
    await recordAudit(tx, actor, {
      action: "certificates.issued",
      object: { kind: "certificate", id: name },
      details: { name, until: endsAt.toISOString() },
    });
    tx.afterCommit(() => services.bus.publish(issuedTopic));
  });
}

/** The account is the provider's, made at the first order. */
async function openAccount({ services, authority, signal }: Turn): Promise<AcmeClient> {
  const { db, clock, random, secretKey } = services;
  const { directory, contact, externalAccount, ca } = authority;
  const owner = `account:${directory}`;
  const fresh = sealKey(secretKey, random, owner, generateEcKey());
  const account = await db.tenant(providerTenantId, (tx) => takeAccount(tx, directory, fresh));
  const accountKey = openKey(secretKey, owner, account.sealedKey);
  const client = new AcmeClient({ directory, accountKey, clock, signal, ...(ca ? { ca } : {}) }, account.url);
  if (account.url === null) {
    const url = await client.register({ contact, ...(externalAccount ? { externalAccount } : {}) });
    await db.tenant(providerTenantId, (tx) => updateAccountUrl(tx, directory, url));
  }
  return client;
}

/** The order under way, or a new one, whose address and key are kept before anything else is done for it. */
async function currentOrder(
  turn: Turn,
  client: AcmeClient,
): Promise<{ readonly order: AcmeOrder; readonly keyPem: string }> {
  const { services, authority, tenantId, claimed } = turn;
  const { db, clock, random, secretKey } = services;
  const { name } = claimed;
  const owner = ownerOf({ tenantId, name });
  if (claimed.order !== null) {
    const keyPem = openKey(secretKey, owner, claimed.order.sealedKey);
    return { order: await client.readOrder(claimed.order.url), keyPem };
  }
  const keyPem = keyToOrder(turn);
  const order = await client.order(name);
  await db.tenant(providerTenantId, (tx) => clearRest(tx, authority.directory));
  const sealedKey = sealKey(secretKey, random, owner, keyPem);
  const isKept = await db.tenant(tenantId, async (tx) => {
    await insertOrder(tx, newId<Id<"CertificateOrder">>(clock, random), name, new Date(clock.nowMs()));
    return updateOrder(tx, claimed, { url: order.url, sealedKey });
  });
  assertHeld(isKept);
  return { order, keyPem };
}

/**
 * A new one, but for the name of the mail servers: the provider's DNS may say which key is theirs (TLSA), and whoever checks
 * that would send nothing to another.
 */
function keyToOrder({ services, tenantId, claimed }: Turn): string {
  const { name, domainId, shownKey } = claimed;
  const isKept = domainId === null && name === services.hostname.toLowerCase();
  return isKept && shownKey !== null
    ? openKey(services.secretKey, ownerOf({ tenantId, name }), shownKey)
    : generateEcKey();
}

async function answerChallenges(turn: Turn, client: AcmeClient, order: AcmeOrder): Promise<AcmeOrder> {
  const { services, tenantId, claimed } = turn;
  for (const challenge of await client.challengesOf(order)) {
    assertHeld(await services.db.tenant(tenantId, (tx) => updateChallenge(tx, claimed, challenge)));
    await client.ready(challenge);
  }
  return client.whileIn(order, ["pending"]);
}

function assertHeld(isHeld: boolean): void {
  if (!isHeld) throw new Failure("not_found", "certificates.missing", "the name left, or another has it");
}

/** When it begins and ends, in milliseconds. @throws precondition `acme.refused` when it is not what was ordered. */
function lifeOf(chain: string, name: string, keyPem: string): { readonly from: number; readonly until: number } {
  try {
    const certificate = new X509Certificate(chain);
    const isOurs =
      chain.length <= certificateLimits.chainMax &&
      certificate.checkHost(name) !== undefined &&
      certificate.checkPrivateKey(createPrivateKey(keyPem));
    if (isOurs) return { from: certificate.validFromDate.getTime(), until: certificate.validToDate.getTime() };
  } catch (cause) {
    throw new Failure("precondition", "acme.refused", "what the authority sent is no certificate", { cause });
  }
  throw new Failure("precondition", "acme.refused", "the authority's certificate is not for this name and key");
}

interface Found {
  readonly trouble: Trouble;
  readonly words: string;
  readonly waitMs: number;
  /** False: the authority was left in peace, which is no failure of the name's. */
  readonly wasAsked?: boolean;
  /** What keeps every other name from an order as well. */
  readonly rest?: Rest;
}

/** Troubles that no authority has heard of, and that are looked at again at leisure. */
const ownTroubles: ReadonlySet<Trouble | null> = new Set<Trouble>(["no_dns", "elsewhere", "dns_silent", "limit"]);

/** Failures of the same sort so far: an authority's begin to count when the DNS is right. */
const failuresBefore = ({ trouble, failures }: Claimed, now: Trouble): number =>
  trouble !== null && ownTroubles.has(trouble) === ownTroubles.has(now) ? failures : 0;

function waitFor(trouble: Trouble, claimed: Claimed): number {
  if (trouble === "limit") return certificateLimits.lookSeldomMs;
  const failures = failuresBefore(claimed, trouble);
  return failures < certificateLimits.looksAtFirst ? certificateLimits.lookAgainMs : certificateLimits.lookSeldomMs;
}

/** Failures that another name's order would meet as well. */
const ofAccount: ReadonlySet<string> = new Set(["acme.rate_limited", "acme.unreachable"]);

function troubleOf(failure: Failure, claimed: Claimed, nowMs: number): Found {
  const { backoffMs, backoffMsMax, awayMs, wordsMax } = certificateLimits;
  const asked = Number(failure.details["retryAfterMs"] ?? 0);
  const trouble =
    failure.kind === "rate_limited" ? "rate_limited" : failure.kind === "unavailable" ? "away" : "refused";
  const failures = failuresBefore(claimed, trouble);
  const waitMs = Math.max(Math.min(backoffMs * 2 ** Math.min(failures, 10), backoffMsMax), asked);
  const words = failure.message.slice(0, wordsMax);
  if (trouble === "refused" || !ofAccount.has(failure.code) || isAbout(words, claimed.name))
    return { trouble, words, waitMs };
  const restMs = asked || (trouble === "away" ? awayMs : backoffMs);
  return { trouble, words, waitMs, rest: { trouble, words, until: new Date(nowMs + restMs) } };
}

/**
 * Whether the authority's words tell of that name or of a domain around it: such a limit is that customer's, and nobody may
 * keep others from orders by reaching it.
 */
function isAbout(words: string, name: string): boolean {
  const labels = name.split(".");
  return labels.slice(0, -1).some((_, from) => words.toLowerCase().includes(labels.slice(from).join(".")));
}

async function settle({ services, authority, tenantId, claimed }: Turn, found: Found): Promise<void> {
  const { db, clock, logger } = services;
  const { trouble, words, waitMs, wasAsked = true, rest } = found;
  const failures = failuresBefore(claimed, trouble) + (wasAsked ? 1 : 0);
  const isRefused = trouble === "refused";
  const lookAt = new Date(clock.nowMs() + waitMs);
  const isHeld = await db.tenant(tenantId, (tx) =>
    updateTrouble(tx, claimed, { trouble, words, failures, isOrderOver: isRefused, lookAt }),
  );
  if (rest) await db.tenant(providerTenantId, (tx) => updateRest(tx, authority.directory, rest));
  if (!isHeld) return;
  // An account that the authority does not know any more is made anew with the same key.
  if (isRefused && words.startsWith("accountDoesNotExist"))
    await db.tenant(providerTenantId, (tx) => updateAccountUrl(tx, authority.directory, null));
  if (words !== "" && wasAsked) logger.warn("certificates.failed", { tenantId, name: claimed.name, trouble, words });
}
