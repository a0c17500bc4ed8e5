import { expect, test } from "vitest";
import { planFolders } from "./folder-plan.ts";
import { flagsOf, messageDigest } from "./message-key.ts";

const folder = (path: string, delimiter = "/", specialUse: string | null = null) => ({
  path,
  delimiter,
  specialUse,
  total: 1,
  subscribed: true,
});
const planned = (...folders: ReturnType<typeof folder>[]) =>
  planFolders(folders).map(({ source, mailbox, role }) => [source, mailbox, role]);

test("folders go to mailboxes of their use, their levels and their names", () => {
  expect(
    planned(folder("Lavoro.Clienti.Rossi/Verdi", "."), folder("Gesendet", "/", "\\Sent"), folder("Inbox")),
  ).toEqual([
    ["Inbox", "INBOX", "inbox"],
    ["Lavoro.Clienti.Rossi/Verdi", "Lavoro/Clienti/Rossi_Verdi", null],
    ["Gesendet", "Gesendet", "sent"],
  ]);
  // Where all lies below INBOX, that level says nothing.
  expect(planned(folder("INBOX", "."), folder("INBOX.Posta", "."), folder("INBOX.Sent", ".", "\\Sent"))).toEqual([
    ["INBOX", "INBOX", "inbox"],
    ["INBOX.Posta", "Posta", null],
    ["INBOX.Sent", "Sent", "sent"],
  ]);
  // INBOX is the same in any case, also above others.
  expect(planned(folder("Inbox"), folder("Inbox/Clienti"), folder("Altro"))).toEqual([
    ["Inbox", "INBOX", "inbox"],
    ["Inbox/Clienti", "INBOX/Clienti", null],
    ["Altro", "Altro", null],
  ]);
  // A second one of the same use is a mailbox like any other.
  expect(planned(folder("Sent", "/", "\\Sent"), folder("Sent Items", "/", "\\Sent"))).toEqual([
    ["Sent", "Sent", "sent"],
    ["Sent Items", "Sent Items", null],
  ]);
  // Names that no mailbox here may have.
  expect(planned(folder("a//b%*\u0000", "/"), folder("..", "/"), folder("Other Users/x", "/"))).toEqual([
    ["a//b%*\u0000", "a/_/b___", null],
    ["..", "_", null],
    ["Other Users/x", "Other Users (2)/x", null],
  ]);
  expect(Buffer.byteLength(planFolders([folder("è".repeat(2000))])[0]?.mailbox ?? "")).toBeLessThanOrEqual(900);
  expect(planFolders([folder(Array(60).fill("x").join("/"))])[0]?.mailbox.split("/")).toHaveLength(20);
});

test("a folder of everything is taken last, and views of other folders not at all", () => {
  const all = planFolders([
    folder("[Gmail]/All Mail", "/", "\\All"),
    folder("[Gmail]/Starred", "/", "\\Flagged"),
    folder("[Gmail]/Important", "/", "\\Important"),
    folder("INBOX"),
    folder("Clienti"),
  ]);
  expect(all.map(({ source }) => source)).toEqual(["INBOX", "Clienti", "[Gmail]/All Mail"]);
  expect(all.map(({ isCollection }) => isCollection)).toEqual([false, false, true]);
  expect(all.at(-1)?.role).toBe("archive");
});

test("a message is told by Message-ID, size and date of arrival, and without one by what else is known", () => {
  const message = {
    uid: 1,
    sizeBytes: 10,
    internalDateMs: 1_000,
    flags: [],
    messageId: "<a@b>",
    subject: "s",
    from: "f",
    sentAtMs: 5,
  };
  const hex = (change: object) => Buffer.from(messageDigest({ ...message, ...change })).toString("hex");
  expect(hex({ uid: 9, flags: ["\\Seen"], subject: "else", internalDateMs: 1_999 })).toBe(hex({}));
  const others = [{ messageId: "<b@b>" }, { sizeBytes: 11 }, { internalDateMs: 2_000 }, { messageId: "" }];
  const nameless = [
    { messageId: "", subject: "t" },
    { messageId: "", from: "g" },
    { messageId: "", sentAtMs: 6 },
  ];
  expect(new Set([{}, ...others, ...nameless].map(hex)).size).toBe(8);
  expect(flagsOf(["\\SEEN", "\\Recent", "$Forwarded", "not ok", "\\Flagged"])).toEqual({
    bits: 5,
    keywords: ["$Forwarded"],
  });
});
