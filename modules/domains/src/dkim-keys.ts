import { type Actor, type DomainId, Failure, newId, toHex } from "@casaforte/kernel";
import { recordAudit } from "@casaforte/modules/audit";
import type { TenantTx } from "@casaforte/platform/db";
import { type DkimKeyPair, generateEd25519Key, openPrivateKey, sealPrivateKey } from "./dkim-key.ts";
import { domainLimits } from "./limits.ts";
import { selectDomain } from "./store.ts";
import {
  insertDkimKey,
  selectDkimKeys,
  selectSigningKeys,
  updateDkimKept,
  updateDkimSighting,
  updateDkimState,
} from "./store-dkim.ts";
import type { DkimAlgorithm, DkimKey, DkimKeyId, DkimKeyState, Domain, DomainServices } from "./types.ts";

/** A domain's keys, newest first. */
export const listDkimKeys = (tx: TenantTx, domainId: DomainId): Promise<readonly DkimKey[]> =>
  selectDkimKeys(tx, domainId);

/** A new key that waits for the DNS to show it. */
export async function addDkimKey(
  tx: TenantTx,
  domain: Pick<Domain, "id">,
  input: { readonly algorithm: DkimAlgorithm; readonly pair: DkimKeyPair },
  { clock, random, secretKey }: DomainServices,
): Promise<void> {
  const { algorithm, pair } = input;
  await insertDkimKey(
    tx,
    {
      id: newId<DkimKeyId>(clock, random),
      domainId: domain.id,
      selector: `cf${toHex(random.bytes(3))}${algorithm === "ed25519" ? "e" : ""}`,
      algorithm,
      publicKey: pair.publicKey,
      createdAt: new Date(clock.nowMs()),
    },
    sealPrivateKey(secretKey, random, domain.id, pair.privateKeyPem),
  );
}

/**
 * Begins to change a domain's keys: a fresh one of each algorithm waits for the DNS, and the old ones sign until it is
 * there. @throws not_found `domains.missing`, conflict `domains.dkim_waiting` while an earlier one still waits.
 */
export async function rotateDkimKeys(
  tx: TenantTx,
  actor: Actor,
  input: { readonly domainId: DomainId; readonly dkimKey: DkimKeyPair },
  services: DomainServices,
): Promise<void> {
  const domain = await selectDomain(tx, input.domainId);
  if (!domain) throw new Failure("not_found", "domains.missing", "no such domain");
  const keys = await selectDkimKeys(tx, domain.id, true);
  const isWaiting = (algorithm: DkimAlgorithm) =>
    keys.some((key) => key.algorithm === algorithm && key.state === "waiting");
  if (isWaiting("rsa")) throw new Failure("conflict", "domains.dkim_waiting", "a new key waits for the DNS already");
  await addDkimKey(tx, domain, { algorithm: "rsa", pair: input.dkimKey }, services);
  if (!isWaiting("ed25519"))
    await addDkimKey(tx, domain, { algorithm: "ed25519", pair: generateEd25519Key() }, services);
  await recordAudit(tx, actor, {
    action: "domains.dkim_rotated",
    object: { kind: "domain", id: domain.id },
    details: { name: domain.name },
  });
}

/** What the DNS said of each key: null, or absent, when it did not answer. */
export type DkimSightings = ReadonlyMap<DkimKeyId, boolean | null>;

/** The keys of one algorithm that change their state, given what the DNS shows. Pure. `keys`: newest first. */
export function nextDkimStates(
  keys: readonly DkimKey[],
  nowMs: number,
): readonly { readonly key: DkimKey; readonly state: Exclude<DkimKeyState, "waiting"> }[] {
  const signing = keys.find(({ state }) => state === "signing");
  const ready = keys.find(({ state, isShown }) => state === "waiting" && isShown);
  if (ready) return [...(signing ? [{ key: signing, state: "kept" as const }] : []), { key: ready, state: "signing" }];
  // Its successor must be there: else the old key is the only one that can sign.
  if (!signing?.isShown) return [];
  return keys
    .filter(({ state, keptFrom }) => state === "kept" && isOver(keptFrom, nowMs))
    .map((key) => ({ key, state: "retired" as const }));
}

const isOver = (keptFrom: Date | null, nowMs: number): boolean =>
  keptFrom !== null && nowMs - keptFrom.getTime() >= domainLimits.dkimKeptMs;

/**
 * Takes note of what the DNS shows and moves each key on: a waiting one that is there signs from now on, the one before
 * is kept for mail under way, and retired `dkimKeptMs` after it last signed.
 */
export async function settleDkimKeys(
  tx: TenantTx,
  actor: Actor,
  input: { readonly domainId: DomainId; readonly sightings: DkimSightings },
  services: Pick<DomainServices, "clock">,
): Promise<void> {
  const nowMs = services.clock.nowMs();
  const at = new Date(nowMs);
  const keys: DkimKey[] = [];
  const isBack = new Set<DkimAlgorithm>();
  for (const key of await selectDkimKeys(tx, input.domainId, true)) {
    const isShown = input.sightings.get(key.id) ?? null;
    if (isShown === null || key.state === "retired") keys.push(key);
    else {
      await updateDkimSighting(tx, key.id, isShown, at);
      if (key.state === "signing" && isShown && !key.isShown) isBack.add(key.algorithm);
      keys.push({ ...key, isShown, lookedAt: at });
    }
  }
  for (const algorithm of ["rsa", "ed25519"] as const) {
    // Meanwhile the kept one signed.
    if (isBack.has(algorithm)) await updateDkimKept(tx, input.domainId, algorithm, at);
    const same = keys
      .filter((one) => one.algorithm === algorithm)
      .map((one) => (isBack.has(algorithm) && one.state === "kept" ? { ...one, keptFrom: at } : one));
    for (const { key, state } of nextDkimStates(same, nowMs)) {
      await updateDkimState(tx, key.id, state, at);
      await recordAudit(tx, actor, {
        action: `domains.dkim_${state}`,
        object: { kind: "domain", id: input.domainId },
        details: { name: key.domainName, selector: key.selector },
      });
    }
  }
}

export interface DkimSigner {
  readonly domain: string;
  readonly selector: string;
  readonly privateKeyPem: string;
}

/**
 * The keys to sign mail of that domain with: at most one of each algorithm, RSA first, none that the DNS has never shown.
 * None when it is not an active domain of the tenant.
 */
export async function dkimSignersOf(
  tx: TenantTx,
  domain: string,
  services: Pick<DomainServices, "secretKey">,
): Promise<readonly DkimSigner[]> {
  return (await selectSigningKeys(tx, domain)).map(({ domainId, selector, sealed }) => ({
    domain,
    selector,
    privateKeyPem: openPrivateKey(services.secretKey, domainId, sealed),
  }));
}
