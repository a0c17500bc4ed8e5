import type { NoticeRoad } from "@casaforte/modules/backup";
import { listPrincipals } from "@casaforte/modules/identity";
import { type MailflowServices, sendSystemMail } from "@casaforte/modules/mailflow";
import type { Core } from "./core.ts";

export interface MailRoad {
  readonly core: Core;
  readonly mailflow: MailflowServices;
}

/** Notices go to the customer's owners and administrators, by the system's mail. */
export function noticeRoad({ core, mailflow }: MailRoad): NoticeRoad {
  return {
    async administrators(tx) {
      const { people } = await listPrincipals(tx, { tenantId: tx.tenantId, realm: "user", count: 500 });
      return people.filter(({ role, status }) => status === "active" && (role === "owner" || role === "admin"));
    },
    async send(tx, mail) {
      await sendSystemMail(tx, { ...mail, fromName: core.config.provider.name }, mailflow);
    },
  };
}
