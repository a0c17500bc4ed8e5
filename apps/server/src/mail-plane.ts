import { type Actor, Failure, type MailAccountId, type PrincipalId } from "@casaforte/kernel";
import {
  type Identity,
  listPrincipals,
  type MailProtocol,
  mailProtocols,
  readPrincipal,
} from "@casaforte/modules/identity";
import { holdMailAccount, listMailAccounts, type MailAccount } from "@casaforte/modules/mailbox";
import { listRunning } from "@casaforte/modules/metering";
import type { Attributes, DataPlane, PlaneObject } from "@casaforte/modules/reconciliation";
import type { TenantTx } from "@casaforte/platform/db";

const program: Actor = { kind: "system", name: "reconciliation" };
const pageCount = 200;
const none = "none";

const listed = (isOpen: (each: MailProtocol) => boolean): string => mailProtocols.filter(isOpen).join(",") || none;
const licence = (isThere: boolean): string => (isThere ? "running" : "ended");

/** Every mail account, closed ones too as long as they can be called back. */
async function allAccounts(tx: TenantTx): Promise<readonly MailAccount[]> {
  const found: MailAccount[] = [];
  let cursor: string | null = null;
  do {
    const at: string | null = cursor;
    const page = await listMailAccounts(tx, program, {
      states: ["active", "suspended", "deleted"],
      limit: pageCount,
      ...(at === null ? {} : { cursor: at }),
    });
    found.push(...page.accounts);
    cursor = page.next;
  } while (cursor !== null);
  return found;
}

/** What was ordered of one mail account. A closed one has no say in addresses and programs: nobody gets in at all. */
function orderedOf({ id, address, state, protocols }: MailAccount, isLicensed: boolean): PlaneObject {
  const open: Attributes = { signInAddress: address.toLowerCase(), programs: listed((each) => protocols[each]) };
  const doors: Attributes = state === "deleted" ? {} : open;
  const signIn = state === "active" ? "on" : "off";
  return { id, label: address, attributes: { ...doors, signIn, licence: licence(isLicensed) } };
}

/**
 * The mail servers (R13, R14, R100): who gets in at their doors, by which programs, under which address, and whether each
 * account is there for which the ledger says that a licence runs, and no other.
 */
export function mailPlane(identity: Pick<Identity, "setLogin" | "setMailAccess" | "setPrincipalStatus">): DataPlane {
  return {
    name: "mail",
    async desired(tx) {
      const licensed = new Set(await listRunning(tx, "mail_account"));
      const ordered = (await allAccounts(tx)).map((account) => orderedOf(account, licensed.delete(account.id)));
      // Paid for, and nothing there.
      const lost = [...licensed].map((id) => ({ id, label: id, attributes: { licence: licence(true) } }));
      return [...ordered, ...lost];
    },
    async report(tx) {
      const found = new Map<string, Attributes>();
      for (const { id, state } of await allAccounts(tx)) found.set(id, { licence: licence(state !== "deleted") });
      let cursor: string | null = null;
      do {
        const at: string | null = cursor;
        const page = await listPrincipals(tx, {
          tenantId: tx.tenantId,
          realm: "mail",
          count: pageCount,
          ...(at === null ? {} : { cursor: at }),
        });
        for (const { id, login, protocols, status } of page.people)
          found.set(id, {
            ...found.get(id),
            signInAddress: login,
            programs: listed((each) => protocols.includes(each)),
            signIn: status === "active" ? "on" : "off",
          });
        cursor = page.nextCursor;
      } while (cursor !== null);
      return found;
    },
    hold: (tx, objectId) => holdMailAccount(tx, objectId as MailAccountId),
    async mend(tx, object, attribute) {
      const principalId = object.id as PrincipalId;
      const wanted = object.attributes[attribute] ?? "";
      if (attribute === "signInAddress") await identity.setLogin(tx, program, { principalId, login: wanted });
      else if (attribute === "programs") {
        const { appPasswordsOnly } = await readPrincipal(tx, principalId);
        const protocols = mailProtocols.filter((each) => wanted.split(",").includes(each));
        await identity.setMailAccess(tx, program, { principalId, protocols, appPasswordsOnly });
      } else if (attribute === "signIn") {
        const status = wanted === "on" ? "active" : "disabled";
        await identity.setPrincipalStatus(tx, program, { principalId, status });
      }
      // A mailbox is not taken away, nor money asked for, on a program's word.
      else
        throw new Failure(
          "precondition",
          "reconciliation.by_hand",
          "a person has to change the licence or the account",
        );
    },
  };
}
