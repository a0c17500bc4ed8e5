import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { createServer } from "node:tls";
import { promisify } from "node:util";
import { serveImap } from "@casaforte/imap";
import { MemoryImapBackend, type MemoryMail } from "@casaforte/imap/memory";
import type { Actor, BlobId, Bytes, PrincipalId, TenantId } from "@casaforte/kernel";
import { newId } from "@casaforte/kernel";
import { migrations as audit } from "@casaforte/modules/audit";
import {
  createMailAccount,
  type MailAccount,
  migrations as mailbox,
  mailboxLimits,
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
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { imapRemotes } from "./imap-remote.ts";
import { invariants } from "./invariants.ts";
import { jobHandlers, type TransferJobServices } from "./jobs.ts";
import { transferLimits } from "./limits.ts";
import { migrations } from "./migrations.ts";
import type { OpenRemote, Remote } from "./remote.ts";
import { cancelTransfer, pauseTransfer, requestTransfer, resumeTransfer } from "./request-transfer.ts";
import { requestTakeout } from "./run-takeout.ts";
import type { TransferServices } from "./services.ts";
import { selectTransfer, updateTransfer } from "./store.ts";
import { selectFolders, selectProblems } from "./store-folders.ts";
import { noteTaken, selectTakeout, selectTakeouts } from "./store-takeouts.ts";
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
let certificate: Awaited<ReturnType<typeof selfSigned>>;
let tenantId: TenantId;
let user: Extract<Actor, { kind: "user" }>;
let names = 0;

beforeAll(async () => {
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

const ask = (account: MailAccount, login: { user?: string; password?: string; host?: string; port?: number } = {}) =>
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

async function sweepNow(using: Partial<TransferJobServices> = {}): Promise<void> {
  const sweep = jobHandlers({ ...services, ...using }).find(({ task }) => task === "transfers.sweep");
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
        const found = [...(await remote.fetch(uids))].filter(([uid]) => uid !== 3);
        // And one that is larger than it said.
        const larger = Buffer.alloc(mailboxLimits.messageBytesMax + 1);
        return new Map(found.map(([uid, source]) => [uid, uid === 4 ? larger : source]));
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
  expect(await stateOf(id)).toMatchObject({ state: "done", progress: { total: 20, copied: 18, failed: 2 } });
  expect(await within((tx) => selectProblems(tx, id, 10))).toMatchObject([
    { mailbox: "INBOX", uid: 3, subject: "Messaggio 2", code: "transfers.message_withheld" },
    { mailbox: "INBOX", uid: 4, subject: "Messaggio 3", code: "transfers.message_too_large" },
  ]);
  expect((await within((tx) => selectFolders(tx, id)))[0]).toMatchObject({ state: "done", lastUid: 20 });
  await assertSound();
  await clock.advance(transferLimits.problemsKeptMs + 1);
  await sweepNow();
  expect(await within((tx) => selectProblems(tx, id, 10))).toEqual([]);
});

test("R18: what the other server refuses is never taken for an empty folder, and is named in the end", async () => {
  const scripted = await scriptedServer();
  const { account } = await newPair();
  const id = await ask(account, { port: scripted.port });
  await drain();
  // The others are copied meanwhile.
  expect(await stateOf(id)).toMatchObject({
    state: "running",
    problem: "transfers.refused",
    progress: { copied: 1, foldersDone: 2 },
  });
  const last = { tenantId, attempt: transferLimits.attemptsMax, signal: new AbortController().signal, logger };
  await jobHandlers(services)
    .find(({ task }) => task === "transfers.copy")
    ?.run({ id }, last);
  expect(await stateOf(id)).toMatchObject({ state: "done", progress: { copied: 1, failed: 2, foldersDone: 4 } });
  const problem = { uid: 0, code: "transfers.folder_refused" };
  expect(await within((tx) => selectProblems(tx, id, 10))).toMatchObject([
    { ...problem, mailbox: "Closed" },
    { ...problem, mailbox: "Unsearched" },
  ]);
  await assertSound();
  await scripted.close();
});

/** A server that refuses to open one folder, to search another, has lost a third, and gives one message of the last. */
async function scriptedServer(): Promise<{ readonly port: number; close(): Promise<void> }> {
  const names = ["Closed", "Unsearched", "Gone", "Fine"];
  let isListed = false;
  const source = message(9_000).replaceAll("\n", "\r\n");
  const reply = (verb: string, line: string): readonly string[] => {
    const name = names.find((one) => line.includes(one)) ?? "";
    if (verb === "CAPABILITY") return ["* CAPABILITY IMAP4rev1", "OK"];
    if (verb === "LIST") {
      const found = names.filter((one) => line.includes("*") || (one === name && one !== "Gone"));
      return [...found.map((one) => `* LIST () "/" ${one}`), "OK"];
    }
    if (verb === "STATUS") return [`* STATUS ${name} (MESSAGES 1)`, "OK"];
    if (verb === "EXAMINE" || verb === "SELECT") {
      isListed = name === "Fine";
      return name === "Closed" || name === "Gone" ? ["NO not now"] : ["* 1 EXISTS", "* OK [UIDVALIDITY 7] ok", "OK"];
    }
    if (verb === "UID" && line.includes("SEARCH")) return isListed ? ["* SEARCH 5", "OK"] : ["NO not now"];
    if (verb === "UID")
      return line.includes("BODY")
        ? [`* 1 FETCH (UID 5 BODY[]<0> {${source.length}}\r\n${source})`, "OK"]
        : [
            `* 1 FETCH (UID 5 FLAGS () INTERNALDATE "01-Jan-2026 10:00:00 +0000" RFC822.SIZE ${source.length} ENVELOPE (NIL "s" NIL NIL NIL NIL NIL NIL NIL "<s@x>"))`,
            "OK",
          ];
    return ["OK"];
  };
  const listening = createServer({ cert: certificate.cert, key: certificate.key }, (socket) => {
    socket.on("error", () => {});
    socket.write("* OK ready\r\n");
    createInterface({ input: socket }).on("line", (line) => {
      const [tag = "", verb = ""] = line.split(" ");
      const lines = reply(verb.toUpperCase(), line);
      for (const text of lines) socket.write(`${text.startsWith("*") ? "" : `${tag} `}${text}\r\n`);
      if (verb.toUpperCase() === "LOGOUT") socket.end();
    });
  });
  await new Promise<void>((resolve) => listening.listen(0, "127.0.0.1", resolve));
  const { port } = listening.address() as AddressInfo;
  return { port, close: () => new Promise((resolve) => listening.close(() => resolve())) };
}

test("R18: a slow server brings something each turn, one that drips loses its turn, and nobody takes every place", async () => {
  const { old, account } = await newPair();
  await fill(old, 30);
  const id = await ask(account);
  const changed =
    (change: (remote: Remote, signal: AbortSignal) => Partial<Remote>): OpenRemote =>
    async (login, signal) => {
      const remote = await services.openRemote(login, signal);
      return { ...remote, ...change(remote, signal) };
    };
  const drips = changed((_, signal) => ({
    facts: () =>
      new Promise((_resolve, reject) => {
        signal.addEventListener("abort", () => reject(signal.reason), { once: true });
        void clock.advance(transferLimits.turnMsMax);
      }),
  }));
  await drain({ openRemote: drips });
  expect(await stateOf(id)).toMatchObject({ state: "running", problem: "transfers.unreachable" });
  await clock.advance(3_600_000);
  const slow = changed((remote) => ({
    async open(path) {
      await clock.advance(transferLimits.sliceMs);
      return remote.open(path);
    },
  }));
  await drain({ openRemote: slow });
  expect(await stateOf(id)).toMatchObject({ state: "done", progress: { copied: 30 } });
  // Somebody resumes it with another password while the old one is refused.
  const again = await ask(account, { password: "the old one" });
  let isFirst = true;
  const refusing: OpenRemote = async (login, signal) => {
    if (isFirst) {
      isFirst = false;
      await within((tx) => pauseTransfer(tx, user, again, services));
      await within((tx) => resumeTransfer(tx, user, { id: again, password }, services));
      await within((tx) => updateTransfer(tx, again, { state: "running", problem: null, at: new Date(clock.nowMs()) }));
    }
    return services.openRemote(login, signal);
  };
  await drain({ openRemote: refusing });
  expect((await stateOf(again)).state).toBe("done");

  let opened = 0;
  const never: OpenRemote = (_login, signal) =>
    new Promise((_resolve, reject) => {
      opened++;
      signal.addEventListener("abort", () => reject(signal.reason), { once: true });
    });
  const copy = jobHandlers({ ...services, openRemote: never }).find(({ task }) => task === "transfers.copy");
  const stopping = new AbortController();
  const turns: Promise<unknown>[] = [];
  const ids: TransferId[] = [];
  for (let n = 0; n < transferLimits.atOnce; n++) {
    const asked = await ask((await newPair()).account);
    ids.push(asked);
    const turn = copy?.run({ id: asked }, { tenantId, attempt: 1, signal: stopping.signal, logger });
    turns.push(Promise.resolve(turn).catch(() => {}));
  }
  await turns.at(-1);
  await vi.waitFor(() => expect(opened).toBe(transferLimits.atOnceOfOne));
  stopping.abort();
  await Promise.all(turns);
  expect(opened).toBe(transferLimits.atOnceOfOne);
  for (const each of ids) await within((tx) => cancelTransfer(tx, user, each, services));
  await clock.advance(3_600_000);
  await drain();
});

test("R63: an archive whose job was given up is made all the same, or its owner may ask again", async () => {
  const { account } = await newPair();
  const owner = {
    kind: "mail_account",
    tenantId,
    mailAccountId: account.id,
    principalId: user.principalId,
    ip: "192.0.2.1",
  } as const;
  const request = () => within((tx) => requestTakeout(tx, owner, { format: "eml" }, services));
  const away: Db = { ...services.db, tenant: () => Promise.reject(new Error("the database is away")) };
  const giveUp = async () => {
    for (let tries = 0; tries < transferLimits.takeoutTries; tries++) {
      await drain({ db: away });
      await clock.advance(2 * 3_600_000);
    }
    await drain();
  };
  const first = await request();
  await giveUp();
  expect((await within((tx) => selectTakeout(tx, first)))?.state).toBe("waiting");
  await sweepNow();
  await drain();
  expect((await within((tx) => selectTakeout(tx, first)))?.state).toBe("ready");
  const second = await request();
  await giveUp();
  await clock.advance(transferLimits.takeoutTriedMs);
  await sweepNow();
  expect(await within((tx) => selectTakeout(tx, second))).toMatchObject({ state: "failed", failedCode: "internal" });
  await request();
  await drain();
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
    // A message whose bytes are lost denies nobody the others, and is named.
    await within(async (tx) => {
      const inbox = (await readMailboxes(tx, account.id)).find(({ path }) => path === "INBOX")?.id ?? null;
      const [lost] = await tx.sql<{ blob: BlobId }[]>`
        select blob_id as blob from mailbox_memberships where tenant_id = ${tenantId} and mailbox_id = ${inbox} limit 1`;
      if (lost) await services.blobs.delete(tenantId, lost.blob);
    });
    const partial = await within((tx) => requestTakeout(tx, owner, { format: "eml" }, services));
    await drain();
    const blob = (await within((tx) => selectTakeout(tx, partial)))?.blobId;
    if (!blob) throw new Error("no archive");
    const file = join(directory, "partial.zip");
    await writeFile(file, await services.blobs.readAll(tenantId, blob));
    const { stdout } = await promisify(execFile)("python3", ["-c", readBack, file, "eml"]);
    const read = JSON.parse(stdout) as { messages: string[]; manifest: number; missing: number };
    expect([read.messages.length, read.manifest, read.missing]).toEqual([40, 41, 1]);
    const fetched = (agoMs: number) =>
      within((tx) => noteTaken(tx, partial, new Date(clock.nowMs() - agoMs), new Date(clock.nowMs())));
    expect([await fetched(1_000), await fetched(1_000)]).toEqual([true, false]);
    // One archive at a time is kept, and for a week.
    const ready = await within((tx) => selectTakeouts(tx, account.id, 10));
    expect(ready.map(({ state }) => state)).toEqual(["ready", "expired", "expired", "expired"]);
    await clock.advance(transferLimits.takeoutLifeMs + 1);
    // Unless a legal hold stands (R92).
    await sweepNow({ isHeld: async () => true });
    expect((await within((tx) => selectTakeout(tx, partial)))?.state).toBe("ready");
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
    rows = list(csv.reader(open(os.path.join(at, "MANIFEST.csv"), newline="", encoding="utf-8")))
    manifest, missing = len(rows) - 1, sum(row[6] == "missing" for row in rows)
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
print(json.dumps({"messages": out, "seen": seen, "manifest": manifest, "missing": missing}))
`;
