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
  countOrders,
  insertOrder,
  takeAccount,
  updateAccountUrl,
  updateChallenge,
  updateIssued,
  updateOrder,
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
    const found = await claimName(tx, name, { at: new Date(nowMs), until });
    if (found === null || found.domainId === null) return found;
    const domain = (await listDomains(tx)).find(({ id }) => id === found.domainId);
    return domain?.state === "active" && domain.closedAt === null ? found : null;
  });
  if (claimed === null) return;
  const turn: Turn = { services, authority, tenantId, claimed, signal };
  try {
    const trouble = await troubleBefore(turn);
    if (trouble !== null) return await settle(turn, { trouble, words: "", waitMs: waitFor(trouble, claimed) });
    await obtain(turn);
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof Failure)) throw error;
    await settle(turn, troubleOf(error, claimed));
  }
}

/** What is known without the authority. The provider's own names are its own business. */
async function troubleBefore({ services, tenantId, claimed, signal }: Turn): Promise<Trouble | null> {
  const { db, clock, hostname, findAddresses } = services;
  const { name, domainId, order } = claimed;
  const trouble = domainId === null ? null : await troubleOfDns(name, hostname, findAddresses, signal);
  if (trouble !== null || order !== null) return trouble;
  return db.tenant(tenantId, async (tx) => {
    const ordered = await countOrders(tx, new Date(clock.nowMs() - certificateLimits.weekMs));
    return ordered >= certificateLimits.ordersPerWeekMax ? "limit" : null;
  });
}

async function obtain(turn: Turn): Promise<void> {
  const { services, tenantId, claimed } = turn;
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
  const renewAt = new Date(from + ((until - from) * certificateLimits.renewAfterPercent) / 100);
  await services.db.tenant(tenantId, async (tx) => {
    const at = new Date(services.clock.nowMs());
    const endsAt = new Date(until);
    if (!(await updateIssued(tx, name, { orderUrl: order.url, chain, at, endsAt, renewAt }))) return;
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
  { services, tenantId, claimed }: Turn,
  client: AcmeClient,
): Promise<{ readonly order: AcmeOrder; readonly keyPem: string }> {
  const { db, clock, random, secretKey } = services;
  const { name } = claimed;
  const owner = ownerOf({ tenantId, name });
  if (claimed.order !== null) {
    const keyPem = openKey(secretKey, owner, claimed.order.sealedKey);
    return { order: await client.readOrder(claimed.order.url), keyPem };
  }
  const keyPem = generateEcKey();
  const order = await client.order(name);
  const sealedKey = sealKey(secretKey, random, owner, keyPem);
  const isKept = await db.tenant(tenantId, async (tx) => {
    await insertOrder(tx, newId<Id<"CertificateOrder">>(clock, random), name, new Date(clock.nowMs()));
    return updateOrder(tx, name, { url: order.url, sealedKey });
  });
  if (!isKept) throw new Failure("not_found", "certificates.missing", "the name left meanwhile");
  return { order, keyPem };
}

async function answerChallenges(turn: Turn, client: AcmeClient, order: AcmeOrder): Promise<AcmeOrder> {
  const { services, tenantId, claimed } = turn;
  for (const challenge of await client.challengesOf(order)) {
    await services.db.tenant(tenantId, (tx) => updateChallenge(tx, claimed.name, challenge));
    await client.ready(challenge);
  }
  return client.whileIn(order, ["pending"]);
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

function troubleOf(failure: Failure, claimed: Claimed): Found {
  const { backoffMs, backoffMsMax, wordsMax } = certificateLimits;
  const asked = Number(failure.details["retryAfterMs"] ?? 0);
  const trouble =
    failure.kind === "rate_limited" ? "rate_limited" : failure.kind === "unavailable" ? "away" : "refused";
  const failures = failuresBefore(claimed, trouble);
  const waitMs = Math.max(Math.min(backoffMs * 2 ** Math.min(failures, 10), backoffMsMax), asked);
  return { trouble, words: failure.message.slice(0, wordsMax), waitMs };
}

async function settle({ services, authority, tenantId, claimed }: Turn, found: Found): Promise<void> {
  const { db, clock, logger } = services;
  const { name } = claimed;
  const { trouble, words, waitMs } = found;
  const failures = failuresBefore(claimed, trouble) + 1;
  const isRefused = trouble === "refused";
  await db.tenant(tenantId, (tx) =>
    updateTrouble(tx, name, {
      ...{ trouble, words, failures, isOrderOver: isRefused },
      lookAt: new Date(clock.nowMs() + waitMs),
    }),
  );
  // An account that the authority does not know any more is made anew with the same key.
  if (isRefused && words.startsWith("accountDoesNotExist"))
    await db.tenant(providerTenantId, (tx) => updateAccountUrl(tx, authority.directory, null));
  if (words !== "") logger.warn("certificates.failed", { tenantId, name, trouble, words });
}
