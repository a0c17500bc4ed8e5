import { serveImap } from "@casaforte/imap";
import { MemoryImapBackend, type MemoryMail } from "@casaforte/imap/memory";
import type { Actor, Bytes, PrincipalId, TenantId } from "@casaforte/kernel";
import { newId } from "@casaforte/kernel";
import { migrations as audit } from "@casaforte/modules/audit";
import { createMailAccount, type MailAccount, migrations as mailbox, readMailboxes } from "@casaforte/modules/mailbox";
import { migrations as measures } from "@casaforte/modules/measures";
import { createTenant, migrations as tenancy } from "@casaforte/modules/tenancy";
import { memoryBlobStore } from "@casaforte/platform/blobstore";
import { memoryBus } from "@casaforte/platform/bus";
import { migrations as platformDb, startTestDatabase, type TenantTx, type TestDatabase } from "@casaforte/platform/db";
import { openJobs, migrations as platformJobs, startWorker } from "@casaforte/platform/jobs";
import { listenStream, type StreamListener } from "@casaforte/platform/net";
import { selfSigned } from "@casaforte/smtp/test-certificate";
import { FakeClock, MemoryLogger, SeededRandom } from "@casaforte/testkit";
import { expect } from "vitest";
import { imapRemotes } from "./imap-remote.ts";
import { invariants } from "./invariants.ts";
import { jobHandlers, type TransferJobServices } from "./jobs.ts";
import { migrations } from "./migrations.ts";
import { requestTransfer } from "./request-transfer.ts";
import type { TransferServices } from "./services.ts";
import { selectTransfer } from "./store.ts";
import type { TransferId } from "./transfer.ts";

export const seed = Number(process.env["SEED"] ?? Math.floor(Math.random() * 1e9));
export const password = "a password of the old server";
export const clock = new FakeClock(Date.UTC(2026, 3, 1));
export const random = new SeededRandom(seed);
export const logger = new MemoryLogger();
let database: TestDatabase;
export let server: StreamListener;
export let backend: MemoryImapBackend;
export let services: TransferServices;
export let certificate: Awaited<ReturnType<typeof selfSigned>>;
export let tenantId: TenantId;
export let user: Extract<Actor, { kind: "user" }>;
let names = 0;

export async function openBed(): Promise<void> {
  database = await startTestDatabase([platformDb, platformJobs, tenancy, audit, measures, mailbox, migrations]);
  const { db } = database;
  certificate = await selfSigned();
  backend = new MemoryImapBackend({ clock, random });
  server = await listenStream({
    name: "old",
    host: "127.0.0.1",
    port: 0,
    certificate,
    implicitTls: true,
    logger,
    serve: (connection, signal) => serveImap(connection, { backend, clock, logger, signal, options: {} }),
  });
  const bus = memoryBus(logger);
  services = {
    ...{ db, clock, random, logger, bus },
    blobs: memoryBlobStore(clock, random),
    jobs: openJobs({ clock, random, bus }),
    secretKey: random.bytes(32),
    openRemote: imapRemotes({ resolve: async () => "127.0.0.1", ca: certificate.cert }),
  };
  tenantId = await db.operator((tx) =>
    createTenant(
      tx,
      { kind: "system", name: "test" },
      { tenantId: newId<TenantId>(clock, random), name: "T", nowMs: clock.nowMs() },
    ),
  );
  user = { kind: "user", tenantId, principalId: newId<PrincipalId>(clock, random), role: "admin", ip: "192.0.2.1" };
}

export async function closeBed(): Promise<void> {
  await server?.close(0);
  await database?.close();
}

export const within = <T>(work: (tx: TenantTx) => Promise<T>): Promise<T> => database.db.tenant(tenantId, work);

export async function newPair(
  quotaBytes: bigint | null = null,
): Promise<{ name: string; old: MemoryMail; account: MailAccount }> {
  const name = `user${++names}@example.test`;
  const account = await within((tx) => createMailAccount(tx, user, { address: name, quotaBytes }, services));
  return { name, old: backend.addAccount(name, password), account };
}

export const message = (n: number, body = `Ciao ${n}`) =>
  `From: Ann <ann@example.org>\nMessage-ID: <m${n}@example.org>\nSubject: Messaggio ${n}\nDate: Thu, 01 Jan 2026 10:00:00 +0100\n\n${body}\n`;

export const ask = (
  account: MailAccount,
  login: { user?: string; password?: string; host?: string; port?: number } = {},
) =>
  within((tx) =>
    requestTransfer(
      tx,
      user,
      {
        accountId: account.id,
        host: "localhost",
        port: server.port,
        security: "tls",
        user: account.address,
        password,
        ...login,
      },
      services,
    ),
  );

export async function drain(using: Partial<TransferServices> = {}): Promise<void> {
  const { db, bus } = services;
  const handlers = jobHandlers({ ...services, ...using });
  const worker = startWorker({ db, bus, clock, random, logger, handlers }, false);
  await worker.drain();
  await worker.stop(0);
}

export async function sweepNow(using: Partial<TransferJobServices> = {}): Promise<void> {
  const sweep = jobHandlers({ ...services, ...using }).find(({ task }) => task === "transfers.sweep");
  await sweep?.run({}, { tenantId: null, attempt: 1, signal: new AbortController().signal, logger });
}

export const stateOf = async (id: TransferId) => {
  const found = await within((tx) => selectTransfer(tx, id));
  if (!found) throw new Error("no transfer");
  return found;
};

/** What lies in an account: by mailbox, each message's text, date and flags, in order. */
export async function contents(account: MailAccount): Promise<Record<string, string[]>> {
  const found: Record<string, string[]> = {};
  for (const box of await within((tx) => readMailboxes(tx, account.id))) {
    const rows = await within(
      (tx) => tx.sql<{ blob: string; at: Date; flags: number; keywords: string[] }[]>`
        select blob_id as blob, received_at as at, flags, keywords from mailbox_memberships
        where tenant_id = ${tenantId} and mailbox_id = ${box.id} order by uid`,
    );
    const lines: string[] = [];
    for (const { blob, at, flags, keywords } of rows) {
      const bytes: Bytes = await services.blobs.readAll(tenantId, blob as Parameters<typeof services.blobs.readAll>[1]);
      lines.push(`${at.toISOString()} ${flags} ${keywords.join(",")} ${Buffer.from(bytes).toString("utf8")}`);
    }
    if (lines.length > 0) found[box.path] = lines;
  }
  return found;
}

export const oldContents = (old: MemoryMail): Record<string, string[]> =>
  Object.fromEntries(
    old.mailboxes
      .filter(({ messages }) => messages.length > 0)
      .map((box) => [
        box.name,
        box.messages.map(
          ({ internalDateMs, bits, keywords, content }) =>
            `${new Date(internalDateMs).toISOString()} ${bits} ${keywords.join(",")} ${Buffer.from(content.bytes).toString("utf8")}`,
        ),
      ]),
  );

export async function fill(old: MemoryMail, count: number): Promise<void> {
  for (let n = 0; n < count; n++) {
    await clock.advance(7_000);
    const box = ["INBOX", "Sent", "Clienti/Árvíz"][n % 3] ?? "INBOX";
    if (!old.mailboxes.some(({ name }) => name === box)) old.addMailbox(box, null);
    old.deliver(box, message(n, n % 11 === 0 ? "x".repeat(70_000) : undefined), {
      bits: n % 16,
      keywords: n % 5 === 0 ? ["$Forwarded"] : [],
    });
  }
}

export async function assertSound(): Promise<void> {
  for (const { name, check } of invariants) expect(await within(check), name).toEqual([]);
}
