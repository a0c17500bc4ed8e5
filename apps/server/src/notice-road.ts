import type { TenantId } from "@casaforte/kernel";
import type { NoticeRoad } from "@casaforte/modules/backup";
import { listPrincipals } from "@casaforte/modules/identity";
import { type MailflowServices, sendSystemMail } from "@casaforte/modules/mailflow";
import { type ContactPurpose, confirmedContacts } from "@casaforte/modules/notices";
import type { OperatorTx, TenantTx } from "@casaforte/platform/db";
import type { Core } from "./core.ts";

export interface MailRoad {
  readonly core: Core;
  readonly mailflow: MailflowServices;
}

/**
 * A customer's active owners and administrators, then its confirmed contacts for `purpose`, where one is given; each
 * address once (R102).
 */
export async function peopleToTell(
  tx: TenantTx | OperatorTx,
  tenantId: TenantId,
  purpose: ContactPurpose | null,
): Promise<readonly { readonly login: string; readonly language: "it" | "en" }[]> {
  const { people } = await listPrincipals(tx, { tenantId, realm: "user", count: 500 });
  const own = people.filter(({ role, status }) => status === "active" && (role === "owner" || role === "admin"));
  const contacts = purpose === null ? [] : await confirmedContacts(tx, tenantId, purpose);
  const known = new Set(own.map(({ login }) => login.toLowerCase()));
  return [
    ...own,
    ...contacts
      .filter(({ address }) => !known.has(address.toLowerCase()))
      .map(({ address, language }) => ({ login: address, language })),
  ];
}

/** Notices go to the customer's owners and administrators and to its contacts for `purpose`, by the system's mail. */
export function noticeRoad({ core, mailflow }: MailRoad, purpose: ContactPurpose | null = null): NoticeRoad {
  return {
    administrators: (tx) => peopleToTell(tx, tx.tenantId, purpose),
    async send(tx, mail) {
      await sendSystemMail(tx, { ...mail, fromName: core.config.provider.name }, mailflow);
    },
  };
}
