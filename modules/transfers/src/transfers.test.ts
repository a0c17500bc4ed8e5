import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { serveImap } from "@casaforte/imap";
import { MemoryImapBackend, type MemoryMail } from "@casaforte/imap/memory";
import type { Actor, Bytes, PrincipalId, TenantId } from "@casaforte/kernel";
import { newId } from "@casaforte/kernel";
import { migrations as audit } from "@casaforte/modules/audit";
import {
  createMailAccount,
  type MailAccount,
  migrations as mailbox,
  readMailAccount,
  readMailboxes,
  updateMailAccount,
} from "@casaforte/modules/mailbox";
import { migrations as measures } from "@casaforte/modules/measures";
import { createTenant, migrations as tenancy } from "@casaforte/modules/tenancy";
import { memoryBlobStore } from "@casaforte/platform/blobstore";
import { memoryBus } from "@casaforte/platform/bus";
import {
  type Db,
  migrations as platformDb,
  startTestDatabase,
  type TenantTx,
  type TestDatabase,
} from "@casaforte/platform/db";
import { openJobs, migrations as platformJobs, startWorker } from "@casaforte/platform/jobs";
import { listenStream, resolvePublicAddress, type StreamListener } from "@casaforte/platform/net";
import { selfSigned } from "@casaforte/smtp/test-certificate";
import { FakeClock, MemoryLogger, SeededRandom } from "@casaforte/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { imapRemotes } from "./imap-remote.ts";
import { invariants } from "./invariants.ts";
import { jobHandlers } from "./jobs.ts";
import { transferLimits } from "./limits.ts";
import { migrations } from "./migrations.ts";
import type { OpenRemote } from "./remote.ts";
import { cancelTransfer, pauseTransfer, requestTransfer, resumeTransfer } from "./request-transfer.ts";
import { requestTakeout } from "./run-takeout.ts";
import type { TransferServices } from "./services.ts";
import { selectTransfer } from "./store.ts";
import { selectFolders, selectProblems } from "./store-folders.ts";
import { selectTakeout, selectTakeouts } from "./store-takeouts.ts";
import type { TransferId } from "./transfer.ts";

const seed = Number(process.env["SEED"] ?? Math.floor(Math.random() * 1e9));
const password = "a password of the old server";
const clock = new FakeClock(Date.UTC(2026, 3, 1));
const random = new SeededRandom(seed);
const logger = new MemoryLogger();
let database: TestDatabase;
let server: StreamListener;
let backend: MemoryImapBackend;
let services: TransferServices;
let tenantId: TenantId;
let user: Extract<Actor, { kind: "user" }>;
let names = 0;

beforeAll(async () => {
  database = await startTestDatabase([platformDb, platformJobs, tenancy, audit, measures, mailbox, migrations]);
  const { db } = database;
  const certificate = await selfSigned();
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
});
afterAll(async () => {
  await server?.close(0);
  await database?.close();
});

const within = <T>(work: (tx: TenantTx) => Promise<T>): Promise<T> => database.db.tenant(tenantId, work);

async function newPair(
  quotaBytes: bigint | null = null,
): Promise<{ name: string; old: MemoryMail; account: MailAccount }> {
  const name = `user${++names}@example.test`;
  const account = await within((tx) => createMailAccount(tx, user, { address: name, quotaBytes }, services));
  return { name, old: backend.addAccount(name, password), account };
}

const message = (n: number, body = `Ciao ${n}`) =>
  `From: Ann <ann@example.org>\nMessage-ID: <m${n}@example.org>\nSubject: Messaggio ${n}\nDate: Thu, 01 Jan 2026 10:00:00 +0100\n\n${body}\n`;

const ask = (account: MailAccount, login: { user?: string; password?: string; host?: string } = {}) =>
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

async function drain(using: Partial<TransferServices> = {}): Promise<void> {
  const { db, bus } = services;
  const handlers = jobHandlers({ ...services, ...using });
  const worker = startWorker({ db, bus, clock, random, logger, handlers }, false);
  await worker.drain();
  await worker.stop(0);
}

async function sweepNow(): Promise<void> {
  const sweep = jobHandlers(services).find(({ task }) => task === "transfers.sweep");
  await sweep?.run({}, { tenantId: null, attempt: 1, signal: new AbortController().signal, logger });
}

const stateOf = async (id: TransferId) => {
  const found = await within((tx) => selectTransfer(tx, id));
  if (!found) throw new Error("no transfer");
  return found;
};

/** What lies in an account: by mailbox, each message's text, date and flags, in order. */
async function contents(account: MailAccount): Promise<Record<string, string[]>> {
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

const oldContents = (old: MemoryMail): Record<string, string[]> =>
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

async function fill(old: MemoryMail, count: number): Promise<void> {
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

async function assertSound(): Promise<void> {
  for (const { name, check } of invariants) expect(await within(check), name).toEqual([]);
}

test("R12: a mailbox comes over whole, with folders, dates and flags, and a second time moves nothing", async () => {
  const { old, account } = await newPair();
  await fill(old, 130);
  const first = await ask(account);
  await drain();
  expect(await stateOf(first)).toMatchObject({
    state: "done",
    problem: null,
    progress: { total: 130, copied: 130, known: 0, failed: 0, folders: 3, foldersDone: 3 },
  });
  expect(await contents(account)).toEqual(oldContents(old));
  old.deliver("INBOX", message(1_000));
  const second = await ask(account);
  await drain();
  expect((await stateOf(second)).progress).toMatchObject({ copied: 1, known: 130, failed: 0 });
  expect(await contents(account)).toEqual(oldContents(old));
  await assertSound();
});

test("R18: crashes in the middle lose nothing and double nothing", async ({ onTestFailed }) => {
  onTestFailed(() => void process.stderr.write(`seed ${seed}\n`));
  const { old, account } = await newPair();
  await fill(old, 90);
  const id = await ask(account);
  let crashes = 0;
  const chance = () => (random.bytes(1)[0] ?? 0) / 256;
  const dies = (likely: number) => {
    if (crashes >= 25 || chance() >= likely) return;
    crashes++;
    throw new Error("the process died");
  };
  const db: Db = {
    ...services.db,
    async tenant(tenant, work, options) {
      dies(0.1);
      const done = await services.db.tenant(tenant, work, options);
      dies(0.1);
      return done;
    },
  };
  const blobs = Object.assign(Object.create(services.blobs) as typeof services.blobs, {
    async put(...input: Parameters<typeof services.blobs.put>) {
      dies(0.05);
      return services.blobs.put(...input);
    },
  });
  for (let round = 0; round < 200 && (await stateOf(id)).state !== "done"; round++) {
    await drain({ db, blobs });
    await clock.advance(6 * 3_600_000);
    // A crash at the last try leaves no job behind: the sweep finds what has none.
    await sweepNow();
    if ((await stateOf(id)).state === "paused") await within((tx) => resumeTransfer(tx, user, { id }, services));
  }
  expect(crashes).toBeGreaterThan(5);
  expect((await stateOf(id)).progress).toMatchObject({ total: 90, copied: 90, known: 0, failed: 0 });
  expect(await contents(account)).toEqual(oldContents(old));
  await assertSound();
});

test("R18: one whose job was given up, since not even that could be written, goes on by itself", async () => {
  const { old, account } = await newPair();
  await fill(old, 3);
  const id = await ask(account);
  const away: Db = { ...services.db, tenant: () => Promise.reject(new Error("the database is away")) };
  for (let tries = 0; tries < transferLimits.attemptsMax; tries++) {
    await drain({ db: away });
    await clock.advance(2 * 3_600_000);
  }
  await drain();
  expect((await stateOf(id)).state).not.toBe("done");
  await sweepNow();
  await drain();
  expect(await stateOf(id)).toMatchObject({ state: "done", progress: { copied: 3 } });
});

test("R12: it stops and goes on by hand, its password is kept sealed, told nobody, and destroyed at the end", async () => {
  const { old, account } = await newPair();
  await fill(old, 60);
  const id = await ask(account, { password: "not the password" });
  await drain();
  expect(await stateOf(id)).toMatchObject({ state: "paused", problem: "transfers.login_refused" });
  await within((tx) => resumeTransfer(tx, user, { id, password }, services));
  // Somebody stops it while the second folder is open.
  const openRemote: OpenRemote = async (login, signal) => {
    const remote = await services.openRemote(login, signal);
    let opened = 0;
    return {
      ...remote,
      async open(path) {
        if (++opened === 2) await within((tx) => pauseTransfer(tx, user, id, services));
        return remote.open(path);
      },
    };
  };
  await drain({ openRemote });
  expect(await stateOf(id)).toMatchObject({ state: "paused", problem: null, progress: { copied: 20, foldersDone: 1 } });
  await expect(within((tx) => pauseTransfer(tx, user, id, services))).rejects.toMatchObject({
    code: "transfers.other_state",
  });
  await expect(ask(account)).rejects.toMatchObject({ code: "transfers.running" });
  const secret = () =>
    within(
      (tx) =>
        tx.sql<
          { secret: Buffer | null }[]
        >`select secret from transfers_transfers where tenant_id = ${tenantId} and id = ${id}`,
    );
  expect((await secret())[0]?.secret?.includes(password)).toBe(false);
  await within((tx) => resumeTransfer(tx, user, { id }, services));
  await drain();
  expect(await contents(account)).toEqual(oldContents(old));
  expect((await secret())[0]?.secret).toBeNull();
  expect(JSON.stringify(logger.events)).not.toContain(password);
  const audited = await within(
    (tx) =>
      tx.sql<{ text: string }[]>`select audit_pending::text as text from audit_pending where tenant_id = ${tenantId}`,
  );
  expect(JSON.stringify(audited)).not.toContain(password);

  // One that stands still for two weeks is over, and its password gone.
  const other = await newPair();
  const still = await ask(other.account, { password: "wrong" });
  await drain();
  await clock.advance(transferLimits.pausedMaxMs + 1);
  await sweepNow();
  expect((await stateOf(still)).state).toBe("cancelled");
  await expect(within((tx) => cancelTransfer(tx, user, still, services))).rejects.toMatchObject({
    code: "transfers.other_state",
  });
  await assertSound();
});

test("R12: a full mailbox stops it without a loss, and a message that cannot come is named", async () => {
  const { old, account } = await newPair(60_000n);
  for (let n = 0; n < 20; n++) old.deliver("INBOX", message(n, "x".repeat(5_000)));
  const id = await ask(account);
  // A server that does not hand out one message.
  const openRemote: OpenRemote = async (login, signal) => {
    const remote = await services.openRemote(login, signal);
    return {
      ...remote,
      async fetch(uids) {
        return new Map([...(await remote.fetch(uids))].filter(([uid]) => uid !== 3));
      },
    };
  };
  await drain({ openRemote });
  const stopped = await stateOf(id);
  expect(stopped).toMatchObject({ state: "paused", problem: "mailbox.over_quota" });
  expect(stopped.progress.copied).toBeGreaterThan(5);
  const full = await within((tx) => readMailAccount(tx, user, { accountId: account.id }));
  expect(Number(full.messages)).toBe(stopped.progress.copied);
  await within((tx) => updateMailAccount(tx, user, { accountId: account.id, quotaBytes: null }, services));
  await within((tx) => resumeTransfer(tx, user, { id }, services));
  await drain({ openRemote });
  expect(await stateOf(id)).toMatchObject({ state: "done", progress: { total: 20, copied: 19, failed: 1 } });
  expect(await within((tx) => selectProblems(tx, id, 10))).toMatchObject([
    { mailbox: "INBOX", uid: 3, subject: "Messaggio 2", code: "transfers.message_withheld" },
  ]);
  expect((await within((tx) => selectFolders(tx, id)))[0]).toMatchObject({ state: "done", lastUid: 20 });
  await assertSound();
});

test("R12: nothing inside is connected to, whatever a customer names, and no certificate but a valid one is believed", async () => {
  const { account } = await newPair();
  let calls = 0;
  const counting = await listenStream({
    name: "inside",
    host: "127.0.0.1",
    port: 0,
    logger,
    serve: async () => void calls++,
  });
  const inside = imapRemotes({ resolve: resolvePublicAddress });
  for (const host of ["localhost", "127.0.0.1", "::1"]) {
    const input = { accountId: account.id, host, port: counting.port, security: "tls", user: "u", password } as const;
    const id = await within((tx) => requestTransfer(tx, user, input, services));
    await drain({ openRemote: inside });
    expect(await stateOf(id)).toMatchObject({ state: "paused", problem: "net.not_public" });
    await within((tx) => cancelTransfer(tx, user, id, services));
  }
  expect(calls).toBe(0);
  await counting.close(0);
  for (const [host, port, code] of [
    ["bad host", 993, "transfers.host"],
    ["http://x", 993, "transfers.host"],
    ["imap.example.org", 25, "transfers.port"],
    ["imap.example.org", 22, "transfers.port"],
  ] as const) {
    const input = { accountId: account.id, host, port, security: "tls", user: "u", password } as const;
    await expect(within((tx) => requestTransfer(tx, user, input, services))).rejects.toMatchObject({ code });
  }
  const id = await ask(account);
  await drain({ openRemote: imapRemotes({ resolve: async () => "127.0.0.1" }) });
  expect(await stateOf(id)).toMatchObject({ state: "paused", problem: "transfers.certificate" });
});

test("R63: an owner takes the mail along as mbox, Maildir or EML, and independent tools read it", async () => {
  const { old, account } = await newPair();
  await fill(old, 40);
  old.deliver(
    "INBOX",
    "Subject: quoted\nMessage-ID: <q@x>\n\nFrom here\n>From there\n>>From far\nFromage\n> x\nno end",
  );
  await ask(account);
  await drain();
  const owner = {
    kind: "mail_account",
    tenantId,
    mailAccountId: account.id,
    principalId: user.principalId,
    ip: "192.0.2.1",
  } as const;
  const directory = await mkdtemp(join(tmpdir(), "cf-takeout-"));
  const expected = Object.values(await contents(account))
    .flat()
    .map((line) =>
      createHash("sha256")
        .update(line.slice(line.indexOf("From: ") < 0 ? line.indexOf("Subject: ") : line.indexOf("From: ")))
        .digest("hex"),
    )
    .toSorted();
  try {
    for (const format of ["mbox", "maildir", "eml"] as const) {
      const id = await within((tx) => requestTakeout(tx, owner, { format }, services));
      await clock.advance(1_000);
      await expect(within((tx) => requestTakeout(tx, owner, { format }, services))).rejects.toMatchObject({
        code: "transfers.takeout_running",
      });
      await drain();
      const made = await within((tx) => selectTakeout(tx, id));
      expect(made).toMatchObject({ state: "ready", total: 41, done: 41 });
      if (!made?.blobId) throw new Error("no archive");
      const bytes = await services.blobs.readAll(tenantId, made.blobId);
      expect(bytes.length).toBe(made.bytes);
      const file = join(directory, `${format}.zip`);
      await writeFile(file, bytes);
      const { stdout } = await promisify(execFile)("python3", ["-c", readBack, file, format]);
      const read = JSON.parse(stdout) as { messages: string[]; seen: number; manifest: number };
      expect(read.messages.toSorted(), format).toEqual(expected);
      expect(read, format).toMatchObject({ seen: 20, manifest: 41 });
    }
    // One archive at a time is kept, and for a week.
    const ready = await within((tx) => selectTakeouts(tx, account.id, 10));
    expect(ready.map(({ state }) => state)).toEqual(["ready", "expired", "expired"]);
    await clock.advance(transferLimits.takeoutLifeMs + 1);
    await sweepNow();
    expect((await within((tx) => selectTakeouts(tx, account.id, 10)))[0]).toMatchObject({
      state: "expired",
      blobId: null,
    });
    const blobId = ready[0]?.blobId;
    if (!blobId) throw new Error("no archive");
    await expect(services.blobs.readAll(tenantId, blobId)).rejects.toMatchObject({ kind: "not_found" });
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
});

/** Python's own readers: the bytes of each message with CRLF, those seen, the manifest's rows. */
const readBack = `
import sys, json, hashlib, zipfile, mailbox, tempfile, os, csv
path, format = sys.argv[1:]
out, seen = [], 0
strip = (b"Status: ", b"X-Status: ", b"X-Keywords: ")
def add(raw):
    out.append(hashlib.sha256(raw).hexdigest())
with tempfile.TemporaryDirectory() as at:
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        archive.extractall(at)
    manifest = len(list(csv.reader(open(os.path.join(at, "MANIFEST.csv"), newline="", encoding="utf-8")))) - 1
    for folder, _, files in os.walk(at):
        for name in files:
            file = os.path.join(folder, name)
            if name == "MANIFEST.csv": continue
            if format == "mbox":
                for key, message in mailbox.mbox(file, create=False).items():
                    seen += "R" in message.get_flags()
                    raw = mailbox.mbox(file, create=False).get_bytes(key)
                    lines = raw.split(b"\\n")
                    while lines and lines[0].startswith(strip): lines.pop(0)
                    unquoted = [l[1:] if l.lstrip(b">").startswith(b"From ") and l.startswith(b">") else l for l in lines]
                    whole = b"\\r\\n".join(unquoted)
                    add(whole[:-2] if b"no end" in whole else whole)
            else:
                raw = open(file, "rb").read()
                if format == "maildir": seen += "S" in name.split(":2,")[1]
                add(raw)
    if format == "eml":
        seen = sum("seen" in row[2] for row in csv.reader(open(os.path.join(at, "MANIFEST.csv"), newline="", encoding="utf-8")))
print(json.dumps({"messages": out, "seen": seen, "manifest": manifest}))
`;
