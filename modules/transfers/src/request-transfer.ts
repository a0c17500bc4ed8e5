import { type Actor, Failure, type MailAccountId, newId } from "@casaforte/kernel";
import { recordAudit } from "@casaforte/modules/audit";
import { readMailAccount } from "@casaforte/modules/mailbox";
import type { TenantTx } from "@casaforte/platform/db";
import { isMailPort } from "./imap-remote.ts";
import { transferLimits } from "./limits.ts";
import { enqueueTransfer } from "./run-transfer.ts";
import { sealPassword } from "./seal.ts";
import type { TransferServices } from "./services.ts";
import { countLive, insertTransfer, lockTransfer, updateTransfer } from "./store.ts";
import type { TransferId, TransferSource } from "./transfer.ts";

type UserActor = Extract<Actor, { kind: "user" }>;
type Services = Pick<TransferServices, "clock" | "random" | "jobs" | "secretKey">;

export interface RequestTransferInput extends TransferSource {
  readonly accountId: MailAccountId;
  readonly password: string;
}

/**
 * Asks for a mail account's mail to be brought over (R12); a job does it. The password is kept sealed until it is over.
 * @throws not_found `mailbox.account_not_found`, invalid `transfers.host`, `transfers.port`, conflict `transfers.running`,
 * rate_limited `transfers.too_many`.
 */
export async function requestTransfer(
  tx: TenantTx,
  actor: UserActor,
  input: RequestTransferInput,
  services: Services,
): Promise<TransferId> {
  const { clock, random, secretKey } = services;
  const account = await readMailAccount(tx, actor, { accountId: input.accountId });
  if (account.state === "deleted")
    throw new Failure("not_found", "mailbox.account_not_found", "the mail account is deleted");
  const source = checkSource(input);
  if ((await countLive(tx)) >= transferLimits.liveMax)
    throw new Failure("rate_limited", "transfers.too_many", "wait for the transfers that are under way");
  const id = newId<TransferId>(clock, random);
  const isNew = await insertTransfer(tx, {
    id,
    accountId: account.id,
    ...source,
    secret: sealPassword(secretKey, random, id, input.password),
    requestedBy: actor.principalId,
    at: new Date(clock.nowMs()),
  });
  if (!isNew)
    throw new Failure("conflict", "transfers.running", "mail is being brought over into this mail account already");
  await enqueueTransfer(tx, services, id);
  await recordAudit(tx, actor, {
    action: "transfers.transfer_requested",
    object: { kind: "transfer", id },
    details: { address: account.address, host: source.host, port: source.port, user: source.user },
  });
  return id;
}

/** A host name or an address, lower-case. @throws invalid `transfers.host`, `transfers.port`, `transfers.user`. */
function checkSource({ host, port, security, user }: TransferSource): TransferSource {
  const name = host.trim().toLowerCase().replace(/\.$/, "");
  const isName = /^(?=.{1,253}$)[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*$/.test(name);
  if (!isName && !/^[0-9a-f:]{2,45}$/.test(name))
    throw new Failure("invalid", "transfers.host", "not the name of a server");
  if (!isMailPort({ port })) throw new Failure("invalid", "transfers.port", "143, 993 or above 1023");
  if (user.trim() === "" || /\p{Cc}/u.test(user))
    throw new Failure("invalid", "transfers.user", "a user name is one line");
  return { host: name, port, security, user: user.trim() };
}

/** Nothing is copied any more until it is resumed; what is there stays. @throws as the others below. */
export const pauseTransfer = (tx: TenantTx, actor: Actor, id: TransferId, services: Services): Promise<void> =>
  change(tx, actor, services, id, { from: ["waiting", "running"], state: "paused", action: "transfer_paused" });

/** Over for good; what was copied stays. @throws as the others. */
export const cancelTransfer = (tx: TenantTx, actor: Actor, id: TransferId, services: Services): Promise<void> =>
  change(tx, actor, services, id, {
    from: ["waiting", "running", "paused"],
    state: "cancelled",
    action: "transfer_cancelled",
  });

/** Goes on where it stood, with another password if one is given. */
export async function resumeTransfer(
  tx: TenantTx,
  actor: UserActor,
  input: { readonly id: TransferId; readonly password?: string | undefined },
  services: Services,
): Promise<void> {
  const { id, password } = input;
  const secret = password === undefined ? undefined : sealPassword(services.secretKey, services.random, id, password);
  await change(tx, actor, services, id, {
    from: ["paused"],
    state: "waiting",
    action: "transfer_resumed",
    ...(secret === undefined ? {} : { secret }),
  });
  await enqueueTransfer(tx, services, id);
}

interface Step {
  readonly from: readonly string[];
  readonly state: "waiting" | "paused" | "cancelled";
  readonly action: string;
  readonly secret?: Uint8Array;
}

/** @throws not_found `transfers.not_there`, conflict `transfers.other_state`. */
async function change(tx: TenantTx, actor: Actor, services: Services, id: TransferId, step: Step): Promise<void> {
  const locked = await lockTransfer(tx, id);
  if (locked === null) throw new Failure("not_found", "transfers.not_there", "there is no such transfer");
  if (!step.from.includes(locked.state))
    throw new Failure("conflict", "transfers.other_state", `the transfer is ${locked.state}`);
  const { state, secret } = step;
  const at = new Date(services.clock.nowMs());
  await updateTransfer(tx, id, { state, problem: null, at, ...(secret === undefined ? {} : { secret }) });
  await recordAudit(tx, actor, {
    action: `transfers.${step.action}`,
    object: { kind: "transfer", id },
    details: {},
  });
}
