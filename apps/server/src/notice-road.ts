import type { NoticeRoad } from "@casaforte/modules/backup";
import { listPrincipals } from "@casaforte/modules/identity";
import { sendSystemMail } from "@casaforte/modules/mailflow";
import type { Services } from "./services.ts";

/** Notices go to the customer's owners and administrators, by the system's mail. */
export function noticeRoad({ core, mailflow }: Pick<Services, "core" | "mailflow">): NoticeRoad {
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
