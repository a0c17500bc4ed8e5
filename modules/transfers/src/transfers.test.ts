import type { AddressInfo } from "node:net";
import { createInterface } from "node:readline";
import { createServer } from "node:tls";
import { mailboxLimits, readMailAccount, updateMailAccount } from "@casaforte/modules/mailbox";
import type { Db } from "@casaforte/platform/db";
import { listenStream, resolvePublicAddress } from "@casaforte/platform/net";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { imapRemotes } from "./imap-remote.ts";
import { jobHandlers } from "./jobs.ts";
import { transferLimits } from "./limits.ts";
import type { OpenRemote, Remote } from "./remote.ts";
import { cancelTransfer, pauseTransfer, requestTransfer, resumeTransfer } from "./request-transfer.ts";
import { updateTransfer } from "./store.ts";
import { selectFolders, selectProblems } from "./store-folders.ts";
import type { TransferId } from "./transfer.ts";
import {
  ask,
  assertSound,
  certificate,
  clock,
  closeBed,
  contents,
  drain,
  fill,
  logger,
  message,
  newPair,
  oldContents,
  openBed,
  password,
  random,
  seed,
  services,
  stateOf,
  sweepNow,
  tenantId,
  user,
  within,
} from "./transfers-bed.test-support.ts";

beforeAll(openBed);
afterAll(closeBed);

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

test("R12: crashes in the middle lose nothing and double nothing", async ({ onTestFailed }) => {
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
  expect(crashes).toBeGreaterThan(1);
  expect((await stateOf(id)).progress).toMatchObject({ total: 90, copied: 90, known: 0, failed: 0 });
  expect(await contents(account)).toEqual(oldContents(old));
  await assertSound();
});

test("R12: one whose job was given up, since not even that could be written, goes on by itself", async () => {
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

test("R12: what the other server refuses is never taken for an empty folder, and is named in the end", async () => {
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

test("R12: a slow server brings something each turn, one that drips loses its turn, and nobody takes every place", async () => {
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
  const inside = imapRemotes({ resolve: (host) => resolvePublicAddress(host) });
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
