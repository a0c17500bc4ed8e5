import { type Actor, type Clock, Failure, type MailAccountId } from "@casaforte/kernel";
import { recordAudit } from "@casaforte/modules/audit";
import type { TenantTx } from "@casaforte/platform/db";
import { parseSieve, sieveLimits } from "@casaforte/sieve";
import { filingLimits } from "./limits.ts";
import { deleteScript, selectScripts, setActive, setScriptName, upsertScript } from "./store.ts";
import type { Script } from "./types.ts";

/** Which account's scripts. The edges have proved that the actor is its owner. */
export interface ScriptPlace {
  readonly accountId: MailAccountId;
  readonly name: string;
}

const missing = (): Failure => new Failure("not_found", "sieve.missing", "there is no such script");

/** In the order of names. */
export const listScripts = (tx: TenantTx, accountId: MailAccountId): Promise<readonly Script[]> =>
  selectScripts(tx, accountId);

/** @throws not_found `sieve.missing`. */
export async function readScript(tx: TenantTx, { accountId, name }: ScriptPlace): Promise<Script> {
  const found = (await selectScripts(tx, accountId)).find((script) => script.name === name);
  if (!found) throw missing();
  return found;
}

/** @throws too_large `sieve.too_large`; over_quota `sieve.too_many`. */
export async function assertScriptRoom(tx: TenantTx, place: ScriptPlace, sizeBytes: number): Promise<void> {
  if (sizeBytes > sieveLimits.scriptBytesMax)
    throw new Failure("too_large", "sieve.too_large", "the script is too long", {
      details: { bytesMax: sieveLimits.scriptBytesMax },
    });
  const scripts = await selectScripts(tx, place.accountId);
  if (scripts.length >= filingLimits.scriptsMax && !scripts.some(({ name }) => name === place.name))
    throw new Failure("over_quota", "sieve.too_many", "there are too many scripts");
}

export interface PutScriptInput extends ScriptPlace {
  readonly content: string;
}

/** Stores a script that can run, in the place of one of that name; it stays active if that was. @throws as `parseSieve` and `assertScriptRoom`. */
export async function putScript(
  tx: TenantTx,
  actor: Actor,
  input: PutScriptInput,
  { clock }: { readonly clock: Clock },
): Promise<void> {
  parseSieve(input.content);
  await assertScriptRoom(tx, input, Buffer.byteLength(input.content));
  await upsertScript(tx, input.accountId, { ...input, at: new Date(clock.nowMs()) });
  await audit(tx, actor, "sieve.script_stored", input);
}

/** Null: no script is active. @throws not_found `sieve.missing`. */
export async function activateScript(
  tx: TenantTx,
  actor: Actor,
  input: { readonly accountId: MailAccountId; readonly name: string | null },
): Promise<void> {
  if (!(await setActive(tx, input.accountId, input.name))) throw missing();
  await audit(tx, actor, "sieve.script_activated", { accountId: input.accountId, name: input.name ?? "" });
}

/** @throws not_found `sieve.missing`; conflict `sieve.active`. */
export async function removeScript(tx: TenantTx, actor: Actor, input: ScriptPlace): Promise<void> {
  if ((await readScript(tx, input)).isActive)
    throw new Failure("conflict", "sieve.active", "the script is active: activate another one first");
  await deleteScript(tx, input.accountId, input.name);
  await audit(tx, actor, "sieve.script_removed", input);
}

/** @throws not_found `sieve.missing`; conflict `sieve.name_taken`. */
export async function renameScript(
  tx: TenantTx,
  actor: Actor,
  input: ScriptPlace & { readonly to: string },
): Promise<void> {
  const scripts = await selectScripts(tx, input.accountId);
  if (!scripts.some(({ name }) => name === input.name)) throw missing();
  if (scripts.some(({ name }) => name === input.to))
    throw new Failure("conflict", "sieve.name_taken", "there is a script of that name already");
  await setScriptName(tx, input.accountId, input.name, input.to);
  await audit(tx, actor, "sieve.script_renamed", { accountId: input.accountId, name: input.to });
}

const audit = (tx: TenantTx, actor: Actor, action: string, { accountId, name }: ScriptPlace): Promise<unknown> =>
  recordAudit(tx, actor, { action, object: { kind: "mail_account", id: accountId }, details: { name } });
