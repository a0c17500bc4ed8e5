import type { MailboxId } from "@casaforte/kernel";
import { afterEach, describe, expect, test } from "vitest";
import type { ImapAccount } from "./backend.ts";
import { aclConformance } from "./conformance-acl.ts";
import { annotationConformance } from "./conformance-annotations.ts";
import {
  append,
  type ConformanceSubject,
  columns,
  factsOf,
  flagsOf,
  message,
  named,
  read,
  signIn,
  stage,
  statusOf,
} from "./conformance-session.ts";
import { flagBits } from "./flag-table.ts";
import type { SearchQuery } from "./search-query.ts";

export type { ConformanceSubject } from "./conformance-session.ts";

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * The promises of the port, as tests. Whoever implements `ImapBackend` calls this in a test file with a maker of fresh
 * stores.
 */
export function imapBackendConformance(name: string, makeSubject: () => Promise<ConformanceSubject>): void {
  describe(`${name} keeps the promises of the IMAP port`, () => {
    const opened: ConformanceSubject[] = [];
    afterEach(async () => {
      for (const subject of opened.splice(0)) await subject.close();
    });

    async function open(): Promise<{ subject: ConformanceSubject; account: ImapAccount; inboxId: MailboxId }> {
      const subject = await makeSubject();
      opened.push(subject);
      const account = await signIn(subject);
      return { subject, account, inboxId: (await named(account, "INBOX")).id };
    }

    aclConformance(open);
    annotationConformance(open);

    test("a wrong password is unauthenticated", async () => {
      const { subject } = await open();
      await expect(signIn(subject, "not the password")).rejects.toMatchObject({ kind: "unauthenticated" });
    });

    test("appended messages get ascending UIDs and come back byte for byte, whole and in ranges", async () => {
      const { account, inboxId } = await open();
      const bytes = message("Hello", "x".repeat(200_000));
      const first = await append(account, inboxId, bytes);
      const second = await append(account, inboxId, message("Two"));
      expect(second).toBe(first + 1);
      const inbox = await account.open(inboxId, { readOnly: false });
      expect([...inbox.snapshot.uids]).toEqual([first, second]);
      expect(inbox.snapshot.uidNext).toBe(second + 1);
      expect(await read(inbox, first, 0, bytes.length)).toEqual(bytes);
      expect(await read(inbox, first, 70_000, 66_000)).toEqual(bytes.subarray(70_000, 136_000));
      const [facts] = await factsOf(inbox, [first]);
      expect(facts?.sizeBytes).toBe(bytes.length);
      const { structure } = facts ?? {};
      expect(structure && structure.headerSizeBytes + structure.bodySizeBytes).toBe(bytes.length);
      expect(facts?.header && Buffer.from(facts.header).toString()).toBe(
        "Subject: Hello\r\nFrom: ann@example.org\r\n\r\n",
      );
      expect(facts?.internalDateMs).toBe(Date.UTC(2026, 0, 5));
      await inbox.close();
    });

    test("a message replaces another in one step, here and in another mailbox, and comes all the same when that is gone", async () => {
      const { subject, account, inboxId } = await open();
      const [a, b] = [await append(account, inboxId, message("A")), await append(account, inboxId, message("B"))];
      const target = await account.create("Drafts of mine", { specialUse: null });
      const mine = await account.open(inboxId, { readOnly: false });
      const theirs = await (await signIn(subject)).open(inboxId, { readOnly: false });
      const since = theirs.snapshot.highestModseq;
      const draft = async (mailboxId: MailboxId, subjectLine: string) => ({
        staged: await stage(account, mailboxId, message(subjectLine)),
        flags: { bits: flagBits.draft, keywords: ["x"] },
        internalDateMs: null,
      });
      const first = await mine.replace(a, inboxId, await draft(inboxId, "A again"));
      const [c = 0] = first.uids;
      expect(c).toBe(b + 1);
      const changes = await theirs.changesSince(since);
      expect(columns(changes)).toEqual({ changed: [c], vanished: [a] });
      expect(flagsOf(theirs, changes.changed)).toEqual([{ bits: flagBits.draft, keywords: ["x"] }]);
      await mine.replace(b, target.id, await draft(target.id, "B again"));
      await mine.replace(b, target.id, await draft(target.id, "B once more"));
      expect(columns(await theirs.changesSince(changes.highestModseq))).toEqual({ changed: [], vanished: [b] });
      const [inInbox, inTarget] = await account.status([inboxId, target.id]);
      expect([inInbox?.messages, inTarget?.messages]).toEqual([1, 2]);
    });

    test("several messages append as one, and staged ones can be given up", async () => {
      const { account, inboxId } = await open();
      const staged = [await stage(account, inboxId, message("A")), await stage(account, inboxId, message("B"))];
      await account.discard([await stage(account, inboxId, message("C"))]);
      const result = await account.append(
        inboxId,
        staged.map((each) => ({
          staged: each,
          flags: { bits: flagBits.seen, keywords: ["$Work"] },
          internalDateMs: null,
        })),
      );
      expect(result.uids.length).toBe(2);
      const inbox = await account.open(inboxId, { readOnly: true });
      expect(result.uidValidity).toBe(inbox.snapshot.uidValidity);
      expect(flagsOf(inbox, inbox.snapshot)).toEqual([
        { bits: 1, keywords: ["$Work"] },
        { bits: 1, keywords: ["$Work"] },
      ]);
      expect(inbox.snapshot.keywords).toContain("$Work");
    });

    test("two sessions: one sees the other's new mail, flags and expunges, each exactly from its modseq", async () => {
      const { subject, account, inboxId } = await open();
      const uids: number[] = [];
      for (const subjectLine of ["A", "B", "C"]) uids.push(await append(account, inboxId, message(subjectLine)));
      const [a = 0, b = 0, c = 0] = uids;
      const mine = await account.open(inboxId, { readOnly: false });
      const theirs = await (await signIn(subject)).open(inboxId, { readOnly: false });
      let since = theirs.snapshot.highestModseq;
      expect(columns(await theirs.changesSince(since))).toEqual({ changed: [], vanished: [] });

      const stored = await mine.store({
        uids: Uint32Array.of(b),
        operation: "add",
        flags: { bits: flagBits.deleted, keywords: ["x"] },
      });
      expect(stored.modseqAfter).toBeGreaterThan(stored.modseqBefore);
      expect([...stored.stored.uids]).toEqual([b]);
      let changes = await theirs.changesSince(since);
      expect([...changes.changed.uids]).toEqual([b]);
      expect(flagsOf(theirs, changes.changed)).toEqual([{ bits: flagBits.deleted, keywords: ["x"] }]);
      since = changes.highestModseq;

      const d = await append(account, inboxId, message("D"));
      expect((await mine.expunge(null)).vanished).toEqual(Uint32Array.of(b));
      changes = await theirs.changesSince(since);
      expect(columns(changes)).toEqual({ changed: [d], vanished: [b] });
      expect(changes.uidNext).toBe(d + 1);
      expect(columns(await theirs.changesSince(changes.highestModseq))).toEqual({ changed: [], vanished: [] });
      expect((await theirs.changesSince(0)).vanished).toContain(b);
      const again = await account.open(inboxId, { readOnly: true });
      expect([...again.snapshot.uids]).toEqual([a, c, d]);
    });

    test("STORE adds, removes, replaces; what changes nothing raises no modseq; UNCHANGEDSINCE refuses", async () => {
      const { account, inboxId } = await open();
      const uid = await append(account, inboxId, message("A"));
      const other = await append(account, inboxId, message("B"));
      const inbox = await account.open(inboxId, { readOnly: false });
      const uids = Uint32Array.of(uid);
      await inbox.store({ uids, operation: "add", flags: { bits: flagBits.seen | flagBits.draft, keywords: ["One"] } });
      const second = await inbox.store({
        uids,
        operation: "remove",
        flags: { bits: flagBits.draft, keywords: ["ONE"] },
      });
      expect(flagsOf(inbox, second.stored)).toEqual([{ bits: flagBits.seen, keywords: [] }]);
      const third = await inbox.store({ uids, operation: "add", flags: { bits: flagBits.seen, keywords: [] } });
      expect(third.modseqAfter).toBe(third.modseqBefore);
      expect(third.stored.modseqs).toEqual(second.stored.modseqs);
      const [modseq = 0] = third.stored.modseqs;
      const request = {
        uids: Uint32Array.of(uid, other),
        operation: "replace",
        flags: { bits: 4, keywords: [] },
      } as const;
      const refused = await inbox.store({ ...request, unchangedSince: modseq - 1 });
      expect([...refused.modified]).toEqual([uid]);
      expect([...refused.stored.uids]).toEqual([other]);
      const allowed = await inbox.store({ ...request, uids, unchangedSince: modseq });
      expect([...allowed.modified]).toEqual([]);
      expect(flagsOf(inbox, allowed.stored)).toEqual([{ bits: 4, keywords: [] }]);
    });

    test("a store of a message that is gone leaves it out", async () => {
      const { account, inboxId } = await open();
      const inbox = await account.open(inboxId, { readOnly: false });
      const result = await inbox.store({ uids: Uint32Array.of(7), operation: "add", flags: { bits: 1, keywords: [] } });
      expect(result.stored.uids.length + result.modified.length).toBe(0);
      expect(result.modseqAfter).toBe(result.modseqBefore);
    });

    test("COPY keeps flags and date; MOVE also keeps the EMAILID and vanishes at the source", async () => {
      const { account, inboxId } = await open();
      const uid = await append(account, inboxId, message("A"), { bits: flagBits.flagged, keywords: ["k"] });
      const target = await account.create("Target", { specialUse: null });
      const inbox = await account.open(inboxId, { readOnly: false });
      const [before] = await factsOf(inbox, [uid]);
      const copied = await inbox.copy(Uint32Array.of(uid), target.id);
      expect([...copied.sourceUids]).toEqual([uid]);
      const moved = await inbox.move(Uint32Array.of(uid), target.id);
      expect([...moved.targetUids]).toEqual([(copied.targetUids[0] ?? 0) + 1]);
      expect((await inbox.changesSince(moved.modseqBefore)).vanished).toEqual(Uint32Array.of(uid));
      const opened = await account.open(target.id, { readOnly: false });
      expect(copied.uidValidity).toBe(opened.snapshot.uidValidity);
      expect(flagsOf(opened, opened.snapshot)).toEqual([
        { bits: flagBits.flagged, keywords: ["k"] },
        { bits: flagBits.flagged, keywords: ["k"] },
      ]);
      const [copyFacts, moveFacts] = await factsOf(opened, [...opened.snapshot.uids]);
      expect(copyFacts?.internalDateMs).toBe(before?.internalDateMs);
      expect(moveFacts?.emailId).toBe(before?.emailId);
      await expect(inbox.copy(Uint32Array.of(uid), target.id)).resolves.toMatchObject({
        sourceUids: new Uint32Array(),
      });
    });

    test("UID EXPUNGE removes only what is both named and \\Deleted; bodies stay readable for a while", async () => {
      const { account, inboxId } = await open();
      const deleted = { bits: flagBits.deleted, keywords: [] };
      const bytes = message("A");
      const a = await append(account, inboxId, bytes, deleted);
      const b = await append(account, inboxId, message("B"), deleted);
      const c = await append(account, inboxId, message("C"));
      const inbox = await account.open(inboxId, { readOnly: false });
      expect((await inbox.expunge(Uint32Array.of(a, c))).vanished).toEqual(Uint32Array.of(a));
      expect((await inbox.expunge(null)).vanished).toEqual(Uint32Array.of(b));
      const nothing = await inbox.expunge(null);
      expect(nothing.modseqAfter).toBe(nothing.modseqBefore);
      expect(await read(inbox, a, 0, bytes.length)).toEqual(bytes);
    });

    test("\\Recent is claimed once, and not by EXAMINE", async () => {
      const { subject, account, inboxId } = await open();
      const uid = await append(account, inboxId, message("A"));
      expect((await account.open(inboxId, { readOnly: true })).snapshot.recentFromUid).toBe(uid);
      const mine = await account.open(inboxId, { readOnly: false });
      expect(mine.snapshot.recentFromUid).toBe(uid);
      const theirs = await (await signIn(subject)).open(inboxId, { readOnly: false });
      expect(theirs.snapshot.recentFromUid).toBe(uid + 1);
      await append(account, inboxId, message("B"));
      expect(await theirs.claimRecent()).toEqual({ fromUid: uid + 1, upToUid: uid + 2 });
      expect(await mine.claimRecent()).toEqual({ fromUid: uid + 2, upToUid: uid + 2 });
    });

    test("the tree: parents come along, renames take children, ids stay, deleted parents stay as names", async () => {
      const { account } = await open();
      const leaf = await account.create("Zoo/Cats/Lions", { specialUse: null });
      const before = await statusOf(account, leaf.id);
      await expect(account.create("Zoo/Cats", { specialUse: null })).rejects.toMatchObject({ kind: "conflict" });
      const zoo = await named(account, "Zoo");
      await account.rename(zoo.id, "Park/Zoo");
      expect((await named(account, "Park/Zoo/Cats/Lions")).id).toBe(leaf.id);
      expect((await statusOf(account, leaf.id)).uidValidity).toBe(before.uidValidity);
      await account.delete((await named(account, "Park/Zoo/Cats")).id);
      expect((await named(account, "Park/Zoo/Cats")).selectable).toBe(false);
      await account.subscribe(leaf.id, false);
      expect((await named(account, "Park/Zoo/Cats/Lions")).subscribed).toBe(false);
      await account.subscribe(leaf.id, true);
      expect((await named(account, "Park/Zoo/Cats/Lions")).subscribed).toBe(true);
      await account.delete(leaf.id);
      const recreated = await account.create("Park/Zoo/Cats/Lions", { specialUse: null });
      expect((await statusOf(account, recreated.id)).uidValidity).toBeGreaterThan(before.uidValidity);
      expect(await account.status([leaf.id])).toEqual([null]);
      await expect(account.open(leaf.id, { readOnly: true })).rejects.toMatchObject({ kind: "not_found" });
    });

    test("renaming INBOX moves its messages and leaves INBOX", async () => {
      const { account, inboxId } = await open();
      await append(account, inboxId, message("A"));
      await account.rename(inboxId, "Saved");
      expect((await statusOf(account, (await named(account, "Saved")).id)).messages).toBe(1);
      const inbox = await statusOf(account, (await named(account, "INBOX")).id);
      expect(inbox.messages).toBe(0);
    });

    test("a session in a mailbox that is deleted learns it", async () => {
      const { account } = await open();
      const box = await account.create("Gone", { specialUse: null });
      const opened = await account.open(box.id, { readOnly: false });
      await account.delete(box.id);
      await expect(opened.changesSince(opened.snapshot.highestModseq)).rejects.toMatchObject({ kind: "not_found" });
    });

    test("STATUS counts", async () => {
      const { account, inboxId } = await open();
      const bytes = message("A");
      await append(account, inboxId, bytes, { bits: flagBits.seen, keywords: [] });
      await append(account, inboxId, bytes, { bits: flagBits.deleted, keywords: [] });
      const status = await statusOf(account, inboxId);
      expect(status).toMatchObject({ messages: 2, unseen: 1, deleted: 1, recent: 2, uidNext: 3 });
      expect([status.sizeBytes, status.deletedBytes]).toEqual([2 * bytes.length, bytes.length]);
    });

    test("SEARCH finds by flag, header, text, date, size, id and combination", async () => {
      const { account, inboxId } = await open();
      const a = await append(account, inboxId, message("Quarterly report", "The bridge is open"), {
        bits: 1,
        keywords: [],
      });
      const b = await append(account, inboxId, message("=?utf-8?q?Gr=C3=BC=C3=9Fe?=", "Nothing"), {
        bits: 0,
        keywords: ["Later"],
      });
      const inbox = await account.open(inboxId, { readOnly: true });
      const [facts] = await factsOf(inbox, [a]);
      const find = async (query: SearchQuery): Promise<number[]> => [...(await inbox.search(query))];
      expect(await find({ kind: "all" })).toEqual([a, b]);
      expect(await find({ kind: "flag", bit: flagBits.seen })).toEqual([a]);
      expect(await find({ kind: "keyword", keyword: "LATER" })).toEqual([b]);
      expect(await find({ kind: "header", name: "subject", value: "LY REP" })).toEqual([a]);
      expect(await find({ kind: "header", name: "subject", value: "grü" })).toEqual([b]);
      expect(await find({ kind: "header", name: "x-none", value: "" })).toEqual([]);
      expect(await find({ kind: "header", name: "from", value: "" })).toEqual([a, b]);
      expect(await find({ kind: "body", value: "BRIDGE is" })).toEqual([a]);
      expect(await find({ kind: "text", value: "example.org" })).toEqual([a, b]);
      expect(await find({ kind: "not", key: { kind: "body", value: "bridge" } })).toEqual([b]);
      expect(await find({ kind: "uids", ranges: Uint32Array.of(b, 4_000_000_000) })).toEqual([b]);
      expect(await find({ kind: "size", is: "larger", bytes: 0 })).toEqual([a, b]);
      expect(await find({ kind: "emailid", id: facts?.emailId ?? "" })).toEqual([a]);
      const day = Date.UTC(2026, 0, 5) / 86_400_000;
      expect(await find({ kind: "day", field: "internal", is: "on", day })).toEqual([a, b]);
      expect(await find({ kind: "day", field: "internal", is: "before", day })).toEqual([]);
      expect(await find({ kind: "instant", is: "since", ms: Date.UTC(2026, 0, 5) })).toEqual([a, b]);
      const either: SearchQuery[] = [
        { kind: "flag", bit: 1 },
        { kind: "keyword", keyword: "later" },
      ];
      expect(await find({ kind: "or", keys: either })).toEqual([a, b]);
      expect(await find({ kind: "and", keys: either })).toEqual([]);
      expect(await find({ kind: "modseq", atLeast: inbox.snapshot.modseqs[1] ?? 0 })).toEqual([b]);
    });

    test("facts leave out messages that are gone", async () => {
      const { account, inboxId } = await open();
      const uid = await append(account, inboxId, message("A"));
      const inbox = await account.open(inboxId, { readOnly: true });
      expect((await factsOf(inbox, [uid, uid + 9])).map((facts) => facts.uid)).toEqual([uid]);
    });

    test("a change is hinted to watchers of the account", async () => {
      const { subject, account, inboxId } = await open();
      const other = await signIn(subject);
      let hints = 0;
      using _ = other.watch(({ mailboxId }) => {
        if (mailboxId === null || mailboxId === inboxId) hints++;
      });
      await append(account, inboxId, message("A"));
      for (let turn = 0; turn < 100 && hints === 0; turn++) await wait(10);
      expect(hints).toBeGreaterThan(0);
    });

    test("sessions that append, store and expunge at once leave gapless UIDs and no lost change", async () => {
      const { subject, account, inboxId } = await open();
      const watcher = await account.open(inboxId, { readOnly: true });
      const view = new Map<number, string>();
      let since = watcher.snapshot.highestModseq;
      const workers = [0, 1, 2, 3].map(async (worker) => {
        const session = await signIn(subject);
        const inbox = await session.open(inboxId, { readOnly: false });
        for (let round = 0; round < 5; round++) {
          const uid = await append(session, inboxId, message(`${worker} ${round}`));
          const uids = Uint32Array.of(uid);
          const bits = round % 2 === 0 ? flagBits.deleted : flagBits.flagged;
          await inbox.store({ uids, operation: "add", flags: { bits, keywords: [] } });
          await inbox.expunge(uids);
        }
      });
      const all = Promise.all(workers).then(() => true);
      for (let done = false; !done; ) {
        done = await Promise.race([all, wait(2).then(() => false)]);
        const changes = await watcher.changesSince(since);
        const flags = flagsOf(watcher, changes.changed);
        changes.changed.uids.forEach((uid, index) => void view.set(uid, JSON.stringify(flags[index])));
        for (const uid of changes.vanished) view.delete(uid);
        since = changes.highestModseq;
      }
      const { snapshot, ...rest } = await account
        .open(inboxId, { readOnly: true })
        .then((mailbox) => ({ snapshot: mailbox.snapshot, mailbox }));
      const truth = flagsOf(rest.mailbox, snapshot);
      expect([...view].sort(([x], [y]) => x - y)).toEqual(
        [...snapshot.uids].map((uid, index) => [uid, JSON.stringify(truth[index])]),
      );
      expect(snapshot.uidNext).toBe(21);
      expect(snapshot.uids.length).toBe(8);
    });
  });
}
