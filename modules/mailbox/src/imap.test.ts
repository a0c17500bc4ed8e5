import type { ImapAccount, MessageFacts, OpenMailbox, SearchQuery } from "@casaforte/imap";
import { Failure, type MailboxId, type PrincipalId, type TenantId, utf8 } from "@casaforte/kernel";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { updateMailAccount } from "./change-mail-account.ts";
import { imapBackend, type VerifyMailLogin } from "./imap.ts";
import type { MailAccount } from "./mail-account.ts";
import { blobIds, type MailboxTestbed, openMailboxTestbed, system } from "./mailbox-testbed.ts";
import { pop3Backend } from "./pop3.ts";

let bed: MailboxTestbed;
let tenantId: TenantId;
let account: MailAccount;
let imap: ImapAccount;
let inbox: MailboxId;

const verify: VerifyMailLogin = async ({ password }) => {
  if (password === "second factor")
    throw new Failure("unauthenticated", "identity.app_password_required", "make an app password");
  return {
    tenantId,
    mailAccountId: account.id,
    principalId: account.id as string as PrincipalId,
    holds: async () => true,
  };
};
const login = { mechanism: "PLAIN" as const, user: "x@y", password: "right", ip: "192.0.2.1", tls: true };

beforeAll(async () => {
  bed = await openMailboxTestbed(9);
  tenantId = await bed.newTenant();
  account = await bed.newAccount(tenantId);
  imap = await imapBackend(bed.services, verify).authenticate(login);
  inbox = (await bed.mailbox(tenantId, account, "INBOX")).id;
  const texts = [
    "From: Zoë <zoe@x.test>\r\nTo: ada@x.test\r\nSubject: =?utf-8?Q?Caff=C3=A8?= lungo\r\nDate: Wed, 31 Dec 2025 23:30:00 -0500\r\nMessage-ID: <1@x>\r\nX-Tag: one two\r\n\r\nBuongiorno\r\n",
    "From: Bob <bob@x.test>\r\nTo: zed@x.test\r\nSubject: Re: =?utf-8?B?Y2FmZsOo?= lungo\r\nDate: Fri, 2 Jan 2026 10:00:00 +0000\r\nMessage-ID: <2@x>\r\nReferences: <1@x>\r\nContent-Type: text/plain; charset=iso-8859-1\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nperch=E9 una riga lun=\r\nghissima\r\n",
    'From: Ada <ada@x.test>\r\nTo: bob@x.test\r\nSubject: Altro\r\nDate: Thu, 1 Jan 2026 10:00:00 +0000\r\nMessage-ID: <3@x>\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/html\r\nContent-Transfer-Encoding: base64\r\n\r\nPHA+Y2lhbyAmYW1wOyBiZW52ZW51dG88L3A+\r\n--b\r\nContent-Type: application/pdf; name="a.pdf"\r\nContent-Disposition: attachment\r\n\r\n%PDF\r\n--b--\r\n',
  ];
  for (const [number, text] of texts.entries())
    await append(inbox, text, { bits: number === 0 ? 1 : 0, keywords: number === 1 ? ["$Work"] : [] });
});
afterAll(() => bed?.close());

async function append(mailbox: MailboxId, text: string, flags = { bits: 0, keywords: [] as string[] }) {
  const bytes = utf8(text);
  const body = (async function* () {
    yield bytes.subarray(0, 10);
    yield bytes.subarray(10);
  })();
  const staged = await imap.stage(mailbox, { sizeBytes: bytes.length, body });
  return imap.append(mailbox, [{ staged, flags, internalDateMs: null }]);
}

async function facts(
  box: OpenMailbox,
  uids: number[],
  fields: Parameters<OpenMailbox["facts"]>[1],
): Promise<MessageFacts[]> {
  const all: MessageFacts[] = [];
  for await (const batch of box.facts(Uint32Array.from(uids), fields)) all.push(...batch);
  return all;
}

async function text(source: Awaited<ReturnType<OpenMailbox["body"]>>): Promise<string> {
  if (source instanceof Uint8Array) return Buffer.from(source).toString("latin1");
  const pieces: Uint8Array[] = [];
  for await (const piece of source) pieces.push(piece);
  return Buffer.concat(pieces).toString("latin1");
}

describe("signing in", () => {
  test("a person with a second factor is told to make an app password, as an alert", async () => {
    const attempt = imapBackend(bed.services, verify).authenticate({ ...login, password: "second factor" });
    await expect(attempt).rejects.toMatchObject({ kind: "unauthenticated", details: { alert: true } });
  });

  test("signing in for somebody else is refused", async () => {
    await expect(
      imapBackend(bed.services, verify).authenticate({ ...login, authorizeAs: "boss@x" }),
    ).rejects.toMatchObject({ kind: "forbidden" });
  });

  test("a switched off protocol and a suspended account are refused, and named", async () => {
    const set = (change: object) =>
      bed.db.tenant(tenantId, (tx) =>
        updateMailAccount(tx, system, { accountId: account.id, ...change }, bed.services),
      );
    await set({ protocols: { imap: false } });
    await expect(imapBackend(bed.services, verify).authenticate(login)).rejects.toMatchObject({
      code: "mailbox.protocol_disabled",
    });
    await set({ protocols: { imap: true }, state: "suspended" });
    await expect(imapBackend(bed.services, verify).authenticate(login)).rejects.toMatchObject({
      code: "mailbox.suspended",
    });
    await set({ state: "active" });
  });
});

describe("reading", () => {
  test("facts come from one row: envelope and structure as printed, header bytes, ids", async () => {
    const box = await imap.open(inbox, { readOnly: true });
    const [first, , third] = await facts(box, [1, 2, 3], {
      envelope: true,
      bodyStructure: true,
      structure: true,
      header: true,
      preview: true,
      ids: true,
    });
    expect(first?.envelope).toMatchObject({ wire: expect.stringContaining("=?utf-8?Q?Caff=C3=A8?= lungo") });
    expect(third?.bodyStructure).toMatchObject({ wire: expect.stringMatching(/^\(\("text" "html"/) });
    expect(third?.preview).toBe("ciao & benvenuto");
    expect(Buffer.from(first?.header ?? []).toString()).toMatch(/^From: Zo.*X-Tag: one two\r\n\r\n$/s);
    const pdf = third?.structure?.parts?.[1];
    expect(pdf?.subtype).toBe("pdf");
    expect(await text(await box.body(3, { offset: pdf?.bodyOffset ?? 0, length: pdf?.bodySizeBytes ?? 0 }))).toBe(
      "%PDF",
    );
  });

  test("a message expunged by another session can still be read for a while", async () => {
    const { uids } = await append(inbox, "Subject: short lived\r\n\r\nbody\r\n");
    const uid = uids[0] ?? 0;
    const reader = await imap.open(inbox, { readOnly: true });
    const other = await imap.open(inbox, { readOnly: false });
    await other.store({ uids, operation: "add", flags: { bits: 8, keywords: [] } });
    expect([...(await other.expunge(null)).vanished]).toEqual([uid]);
    expect(await text(await reader.body(uid, { offset: 0, length: 10 }))).toBe("Subject: s");
    expect(await facts(reader, [uid], { size: true })).toEqual([]);
  });

  test("\\Recent is claimed by one session only, and never by EXAMINE", async () => {
    const box = await bed.mailbox(tenantId, account, "Sent");
    await append(box.id, "Subject: r\r\n\r\n");
    expect((await imap.open(box.id, { readOnly: true })).snapshot.recentFromUid).toBe(1);
    const [a, b] = await Promise.all([imap.open(box.id, { readOnly: false }), imap.open(box.id, { readOnly: false })]);
    expect([a.snapshot.recentFromUid, b.snapshot.recentFromUid].sort()).toEqual([1, 2]);
    await append(box.id, "Subject: r\r\n\r\n");
    expect([await a.claimRecent(), await b.claimRecent()]).toEqual([
      { fromUid: 2, upToUid: 3 },
      { fromUid: 3, upToUid: 3 },
    ]);
    // What came between the claim and the look at the snapshot is the next one's, and only that one's.
    const recent = ({ snapshot }: typeof a) => [snapshot.recentFromUid, snapshot.recentUpToUid];
    await append(box.id, "Subject: r\r\n\r\n");
    const c = await imap.open(box.id, { readOnly: false });
    await append(box.id, "Subject: r\r\n\r\n");
    const d = await imap.open(box.id, { readOnly: false });
    expect([c.snapshot.uidNext, recent(c), recent(d)]).toEqual([5, [3, 4], [4, 5]]);
  });
});

const day = (iso: string) => Date.parse(`${iso}T00:00:00Z`) / 86_400_000;

test.each<[string, SearchQuery, number[]]>([
  ["a decoded subject, whatever the case", { kind: "header", name: "subject", value: "CAFFÈ" }, [1, 2]],
  ["a decomposed letter", { kind: "header", name: "subject", value: "caffe\u0300" }, [1, 2]],
  ["a sender", { kind: "header", name: "from", value: "zoë" }, [1]],
  ["another header field", { kind: "header", name: "x-tag", value: "TWO" }, [1]],
  ["a field that is there", { kind: "header", name: "x-tag", value: "" }, [1]],
  ["a value in another field", { kind: "header", name: "x-tag", value: "lungo" }, []],
  ["text split by a soft line break", { kind: "body", value: "lunghissima" }, [2]],
  ["text in a charset", { kind: "body", value: "perché" }, [2]],
  ["text inside HTML in base64", { kind: "text", value: "ciao & benvenuto" }, [3]],
  ["percent and underscore as themselves", { kind: "text", value: "%" }, []],
  ["unseen", { kind: "not", key: { kind: "flag", bit: 1 } }, [2, 3]],
  ["a keyword without case", { kind: "keyword", keyword: "$WORK" }, [2]],
  [
    "either of two",
    {
      kind: "or",
      keys: [
        { kind: "uids", ranges: Uint32Array.of(1, 1) },
        { kind: "keyword", keyword: "$Work" },
      ],
    },
    [1, 2],
  ],
  ["none of nothing", { kind: "or", keys: [] }, []],
  ["the day written, not the instant", { kind: "day", field: "sent", is: "on", day: day("2025-12-31") }, [1]],
  ["sent since", { kind: "day", field: "sent", is: "since", day: day("2026-01-01") }, [2, 3]],
  ["larger", { kind: "size", is: "larger", bytes: 350 }, [3]],
  ["several ranges", { kind: "uids", ranges: Uint32Array.of(1, 1, 3, 4294967295) }, [1, 3]],
  [
    "what several ranges leave",
    { kind: "not", key: { kind: "uids", ranges: Uint32Array.of(1, 1, 3, 4294967295) } },
    [2],
  ],
  ["none of no UIDs", { kind: "uids", ranges: Uint32Array.of() }, []],
  ["an id that is none", { kind: "emailid", id: "nonsense" }, []],
])("SEARCH finds %s", async (_, query, wanted) => {
  const box = await imap.open(inbox, { readOnly: true });
  expect([
    ...(await box.search({ kind: "and", keys: [{ kind: "uids", ranges: Uint32Array.of(1, 3) }, query] })),
  ]).toEqual(wanted);
});

test("SORT and THREAD", async () => {
  const box = await imap.open(inbox, { readOnly: true });
  const three: SearchQuery = { kind: "uids", ranges: Uint32Array.of(1, 3) };
  expect([...((await box.sort?.(three, [{ by: "date", reverse: false }])) ?? [])]).toEqual([1, 3, 2]);
  expect([...((await box.sort?.(three, [{ by: "from", reverse: true }])) ?? [])]).toEqual([1, 2, 3]);
  expect([
    ...((await box.sort?.(three, [
      { by: "subject", reverse: false },
      { by: "arrival", reverse: true },
    ])) ?? []),
  ]).toEqual([3, 1, 2]);
  const child = { uid: 2, children: [] };
  expect(await box.thread?.(three, "REFERENCES")).toEqual([
    { uid: 1, children: [child] },
    { uid: 3, children: [] },
  ]);
  expect(await box.thread?.(three, "ORDEREDSUBJECT")).toEqual([
    { uid: 1, children: [child] },
    { uid: 3, children: [] },
  ]);
});

test("POP3 lists INBOX, reads whole messages, removes at the end, with stable unique ids", async () => {
  const drop = await pop3Backend(bed.services, verify).authenticate({ ...login, mechanism: "USER" });
  const again = await pop3Backend(bed.services, verify).authenticate({ ...login, mechanism: "USER" });
  expect([...drop.uids].slice(0, 3)).toEqual([1, 2, 3]);
  expect(drop.uniqueId(1)).toBe(again.uniqueId(1));
  expect(new Set([0, 1, 2].map((index) => drop.uniqueId(index))).size).toBe(3);
  const whole = await text(await drop.read(1));
  expect(whole).toHaveLength(drop.sizesBytes[1] ?? 0);
  const box = await imap.open(inbox, { readOnly: false });
  const { targetUids } = await box.copy(Uint32Array.of(1), inbox);
  const late = await pop3Backend(bed.services, verify).authenticate({ ...login, mechanism: "USER" });
  await late.remove(targetUids);
  expect((await box.changesSince(box.snapshot.highestModseq)).vanished).toContain(targetUids[0]);
});

test("a staged message that nobody appends leaves no blob", async () => {
  const before = await blobIds(bed, tenantId);
  const bytes = utf8("Subject: s\r\n\r\n");
  const staged = await imap.stage(inbox, {
    sizeBytes: bytes.length,
    body: (async function* () {
      yield bytes;
    })(),
  });
  await imap.discard([staged]);
  expect(await blobIds(bed, tenantId)).toHaveLength(before.length);
});
