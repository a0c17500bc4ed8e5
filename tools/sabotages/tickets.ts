// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these strings are pieces of source.
import type { Sabotage } from "./sabotage.ts";

/** Customers' mail to the desk, and what the desk owes them. */
export const tickets: readonly Sabotage[] = [
  {
    rows: [17],
    what: "the same mail is entered again",
    file: "modules/tickets/src/receive-mail.ts",
    find: 'if (await services.db.operator((tx) => hasContent(tx, mail.contentKey))) return { kind: "known" };',
    replace: "mail.contentKey[0] = 0; crypto.getRandomValues(mail.contentKey);",
    test: { file: "modules/tickets/src/tickets.test.ts", name: "R17: the same mail twice" },
  },
  {
    rows: [18],
    what: "the confirmation does not name the number",
    file: "modules/tickets/src/reply-address.ts",
    find: "`[#${number}] ${subject",
    replace: "`${subject",
    test: { file: "modules/tickets/src/tickets.test.ts", name: "R17 R18: a mail opens one ticket" },
  },
  {
    rows: [19],
    what: "each tick reminds again",
    file: "modules/tickets/src/jobs.ts",
    find: "await updateTicket(tx, { ...ticket, remindersSent: reminders });",
    replace: "",
    test: { file: "modules/tickets/src/tickets.test.ts", name: "R19: who owes an answer" },
  },
  {
    rows: [20],
    what: "a number in the subject is believed whoever quotes it",
    file: "modules/tickets/src/receive-mail.ts",
    find: "return number === null ? null : isTheirs(await selectTicketByNumber(tx, number));",
    replace: "return number === null ? null : await selectTicketByNumber(tx, number);",
    test: { file: "modules/tickets/src/tickets.test.ts", name: "R20: a stranger, or another customer" },
  },
  {
    rows: [21],
    what: "files stay under the key they came with",
    file: "modules/tickets/src/give-to-tenant.ts",
    find: "for (const [id, blobId] of copies) await setAttachmentBlob(tx, providerTenantId, id, blobId);",
    replace: "",
    test: { file: "modules/tickets/src/tickets.test.ts", name: "R21: a stranger's ticket waits" },
  },
  {
    rows: [26],
    what: "one operator alone may find improper use",
    file: "modules/tickets/src/change-ticket.ts",
    find: "if (isConfirmation && ticket.causeBy === actor.principalId)",
    replace: 'if (isConfirmation && text === "never")',
    test: { file: "modules/tickets/src/tickets.test.ts", name: "R26: improper use needs words" },
  },
  {
    rows: [16],
    what: "nobody reads the support mailbox",
    file: "modules/tickets/src/take-support-mail.ts",
    find: "  for (const { uid, blobId } of waiting.slice(0, ticketLimits.intakeBatch)) {",
    replace: "  for (const { uid, blobId } of waiting.slice(0, 0)) {",
    test: { file: "tests/interop/mail-clients.test.ts", name: "R16: mail to the support address" },
  },
  {
    rows: [16],
    what: "a customer whose backups are late is written to again each time",
    file: "apps/server/src/late-tickets.ts",
    find: 'late.filter(({ tenantId, devices }) => !namesAll(known.get(tenantId) ?? "", devices));',
    replace: "late.filter(() => known.size >= 0);",
    test: { file: "tests/security/routes.test.ts", name: "R16: an operator writes once to each customer" },
  },
];
