import { type Actor, type MailAccountId, newId, type PrincipalId, type TenantId, utf8 } from "@casaforte/kernel";
import { migrations as audit } from "@casaforte/modules/audit";
import { parseMailAddress } from "@casaforte/modules/domains";
import { createTenant, migrations as tenancy } from "@casaforte/modules/tenancy";
import { memoryBlobStore } from "@casaforte/platform/blobstore";
import { memoryBus } from "@casaforte/platform/bus";
import { migrations as platformDb, startTestDatabase, type TestDatabase } from "@casaforte/platform/db";
import { migrations as jobTables, openJobs, startWorker, type Worker } from "@casaforte/platform/jobs";
import { FakeClock, MemoryLogger, SeededRandom } from "@casaforte/testkit";
import { afterAll, beforeAll, beforeEach } from "vitest";
import { type IntakeServices, jobHandlers, migrations, receiveMail } from "./index.ts";
import type { OutgoingTicketMail } from "./services.ts";
import { selectTicketByNumber } from "./store.ts";
import { selectEntries } from "./store-entries.ts";
import type { KnownSender, LinkedNotice, Ticket } from "./types.ts";

const system: Actor = { kind: "system", name: "test" };
export const supportAddress = "assistenza@provider.test";
export const clock = new FakeClock();
export const random = new SeededRandom(3);
export const sent: (OutgoingTicketMail & { readonly id: string })[] = [];
/** What the provider tells of, and whom each concerned. */
export const notices = new Map<string, LinkedNotice & { readonly concerned: readonly TenantId[] }>();
export let database: TestDatabase;
export let services: IntakeServices;
export let worker: Worker;
export let rossi: TenantId;
export let verdi: TenantId;
export const people = new Map<string, KnownSender>();
export const operator = (): Extract<Actor, { kind: "operator" }> => ({
  kind: "operator",
  principalId: newId<PrincipalId>(clock, random),
  roles: ["support"],
  ip: "127.0.0.1",
});

beforeAll(async () => {
  database = await startTestDatabase([platformDb, jobTables, tenancy, audit, migrations]);
  const logger = new MemoryLogger();
  const bus = memoryBus(logger);
  const tenant = (name: string, language: "it" | "en") =>
    database.db.operator((tx) =>
      createTenant(tx, system, { tenantId: newId<TenantId>(clock, random), name, language, nowMs: clock.nowMs() }),
    );
  rossi = await tenant("Rossi", "it");
  verdi = await tenant("Verdi", "en");
  for (const [address, tenantId] of [
    ["anna@rossi.test", rossi],
    ["bruno@rossi.test", rossi],
    ["ugo@verdi.test", verdi],
  ] as const)
    people.set(address, { tenantId, principalId: newId<PrincipalId>(clock, random) });
  services = {
    db: database.db,
    blobs: memoryBlobStore(clock, random),
    clock,
    random,
    logger,
    jobs: openJobs({ clock, random, bus }),
    secret: utf8("a secret of thirty-two bytes ....."),
    supportAddress,
    consoleUrl: "https://console.test",
    mailbox: { clock, random, bus },
    async sendMail(_tx, mail) {
      // As the mail flow does: what is no address is an error.
      parseMailAddress(mail.to);
      const id = `<sent${sent.length}-${newId<MailAccountId>(clock, random)}@provider.test>`;
      sent.push({ ...mail, id });
      return id;
    },
    async noticeOf(tx, id) {
      const notice = notices.get(id);
      return notice && (tx.scope === "operator" || notice.concerned.includes(tx.tenantId)) ? notice : null;
    },
    senderOf: async (address) => people.get(address) ?? null,
  };
  worker = startWorker(
    { db: database.db, bus, clock, random, logger, handlers: jobHandlers(services), schedules: [] },
    false,
  );
});
afterAll(async () => {
  await worker?.stop();
  await database?.close();
});
beforeEach(() => {
  sent.length = 0;
});

let mails = 0;
export interface MailParts {
  readonly from?: string;
  readonly to?: string;
  readonly subject?: string;
  readonly text?: string;
  readonly headers?: readonly string[];
}
export function mail({
  from = "anna@rossi.test",
  to = supportAddress,
  subject = "Aiuto",
  text,
  headers = [],
}: MailParts) {
  mails++;
  return utf8(
    [
      `From: Somebody <${from}>`,
      `To: <${to}>`,
      `Subject: ${subject}`,
      `Message-ID: <m${mails}@client.test>`,
      ...headers,
      "",
      text ?? `Non funziona, caso ${mails}.`,
      "",
    ].join("\r\n"),
  );
}

export async function received(parts: MailParts) {
  const result = await receiveMail(services, mail(parts));
  if (!("ticket" in result)) throw new Error(`nothing came of it: ${result.kind}`);
  return result;
}
export const entriesOf = (ticket: Ticket) =>
  database.db.operator(async (tx) =>
    (await selectEntries(tx, ticket.tenantId, ticket.id)).entries.filter((e) => e.contentKey),
  );
export const fresh = (ticket: Ticket) =>
  database.db.operator(async (tx) => {
    const found = await selectTicketByNumber(tx, ticket.number);
    if (!found) throw new Error("gone");
    return found;
  });
