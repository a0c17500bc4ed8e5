import { Failure, type MailAccountId, type PrincipalId } from "@casaforte/kernel";
import {
  addAddress,
  forgetAddressesOfAccount,
  listAddresses,
  refusedMailboxAddresses,
  removeAddress,
  removeAddressesOfAccount,
  restoreAddressesOfAccount,
} from "@casaforte/modules/domains";
import {
  createPrincipal,
  type Language,
  type MailProtocol,
  mailProtocols,
  readMailAccess,
  refusedMailLogins,
} from "@casaforte/modules/identity";
import type { MailAccount, MailAccountHooks } from "@casaforte/modules/mailbox";
import { readTenant } from "@casaforte/modules/tenancy";
import type { TenantTx } from "@casaforte/platform/db";
import { mailAccountEnded, mailAccountStarted } from "./ordering.ts";
import type { Services } from "./services.ts";

/** The principal of a mail account carries the account's own id. */
const principalOf = (account: Pick<MailAccount, "id">) => account.id as string as PrincipalId;

const programProtocols = (account: MailAccount): MailProtocol[] =>
  mailProtocols.filter((protocol) => account.protocols[protocol]);

async function languageOf(tx: TenantTx): Promise<Language> {
  return (await readTenant(tx, tx.tenantId)).language;
}

/** What sign-in and addresses do when mail accounts come, change and go, in the same transaction. */
export function mailAccountHooks({ core, identity }: Pick<Services, "core" | "identity">): MailAccountHooks {
  const { clock, random } = core;
  return {
    checkPassword: (input) => identity.checkPassword(input),
    preparePassword: (input) => identity.preparePassword(input),
    async access(tx, ids) {
      const found = await readMailAccess(tx, ids as readonly string[] as readonly PrincipalId[]);
      return new Map(found.map(({ principalId, ...access }) => [principalId as string as MailAccountId, access]));
    },
    async refused(tx, addresses) {
      const byDomains = await refusedMailboxAddresses(tx, addresses);
      const byLogins = await refusedMailLogins(tx, addresses);
      return addresses.map((_, at) => byDomains[at] ?? byLogins[at] ?? null);
    },
    async created(tx, actor, { account, passwordHash }) {
      await addAddress(
        tx,
        actor,
        { kind: "mailbox", address: account.address, mailAccountId: account.id },
        { clock, random },
      );
      await createPrincipal(tx, actor, {
        id: principalOf(account),
        realm: "mail",
        login: account.address,
        displayName: account.displayName,
        language: await languageOf(tx),
        status: passwordHash === null ? "invited" : "active",
        passwordHash,
        nowMs: clock.nowMs(),
      });
      await identity.setMailAccess(tx, actor, {
        principalId: principalOf(account),
        protocols: programProtocols(account),
        appPasswordsOnly: false,
      });
      await mailAccountStarted(tx, account.id, clock.nowMs());
    },
    invited: (tx, actor, { account }) => identity.invitationLink(tx, actor, { principalId: principalOf(account) }),
    async updated(tx, actor, { before, after }) {
      if (before.address !== after.address) {
        // Its aliases and rights stay.
        for (const { id, kind } of await listAddresses(tx, { mailAccountId: after.id }))
          if (kind === "mailbox") await removeAddress(tx, actor, { addressId: id });
        await addAddress(
          tx,
          actor,
          { kind: "mailbox", address: after.address, mailAccountId: after.id },
          { clock, random },
        );
        await identity.setLogin(tx, actor, { principalId: principalOf(after), login: after.address });
      }
      const [old, now] = [programProtocols(before).join(), programProtocols(after).join()];
      if (old !== now)
        await identity.setMailAccess(tx, actor, {
          principalId: principalOf(after),
          protocols: programProtocols(after),
          appPasswordsOnly: false,
        });
      if (before.state !== after.state)
        await identity.setPrincipalStatus(tx, actor, {
          principalId: principalOf(after),
          status: after.state === "active" ? "active" : "disabled",
        });
    },
    async deleted(tx, actor, { account }) {
      await removeAddressesOfAccount(tx, actor, { mailAccountId: account.id }, { clock });
      await identity.setPrincipalStatus(tx, actor, { principalId: principalOf(account), status: "disabled" });
      await mailAccountEnded(tx, account.id, clock.nowMs());
    },
    async restored(tx, actor, { account }) {
      await addAddress(
        tx,
        actor,
        { kind: "mailbox", address: account.address, mailAccountId: account.id },
        { clock, random },
      );
      await restoreAddressesOfAccount(tx, actor, { mailAccountId: account.id }, { clock, random });
      await identity.setPrincipalStatus(tx, actor, { principalId: principalOf(account), status: "active" });
      await mailAccountStarted(tx, account.id, clock.nowMs());
    },
    isHeld: identity.context.isHeld,
    async purged(tx, actor, { account }) {
      await forgetAddressesOfAccount(tx, { mailAccountId: account.id });
      try {
        await identity.removePrincipal(tx, actor, { principalId: principalOf(account) });
      } catch (error) {
        // An account may have nobody who signs in to it.
        if (!(error instanceof Failure && error.code === "identity.no_principal")) throw error;
      }
    },
    disconnected: (tx, actor, { account, factors }) =>
      identity.disconnectMailAccount(tx, actor, { principalId: principalOf(account), factors }),
    async passwordReset(tx, actor, { account, ...given }) {
      await identity.setPassword(tx, actor, { principalId: principalOf(account), ...given, nowMs: clock.nowMs() });
    },
  };
}
