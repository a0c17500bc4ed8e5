import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { BlobId } from "@casaforte/kernel";
import { readMailboxes } from "@casaforte/modules/mailbox";
import type { Db } from "@casaforte/platform/db";
import { afterAll, beforeAll, expect, test } from "vitest";
import { transferLimits } from "./limits.ts";
import { requestTakeout } from "./run-takeout.ts";
import { noteTaken, selectTakeout, selectTakeouts } from "./store-takeouts.ts";
import {
  ask,
  clock,
  closeBed,
  contents,
  drain,
  fill,
  newPair,
  openBed,
  services,
  sweepNow,
  tenantId,
  user,
  within,
} from "./transfers-bed.test-support.ts";

beforeAll(openBed);
afterAll(closeBed);

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
