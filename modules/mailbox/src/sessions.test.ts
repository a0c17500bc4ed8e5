import type { ImapAccount, OpenMailbox } from "@casaforte/imap";
import type { MailboxId, TenantId } from "@casaforte/kernel";
import { memoryBus } from "@casaforte/platform/bus";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { appendMessage } from "./append-message.ts";
import { flagBits, noFlags } from "./flags.ts";
import { imapBackend } from "./imap.ts";
import { invariants } from "./invariants.ts";
import { mailboxLimits } from "./limits.ts";
import type { MailAccount } from "./mail-account.ts";
import { ingestSample, type MailboxTestbed, openMailboxTestbed, sampleMessage, system } from "./mailbox-testbed.ts";
import { MailboxViews } from "./mailbox-views.ts";
import { selectView } from "./store-view.ts";

let bed: MailboxTestbed;
let tenantId: TenantId;
beforeAll(async () => {
  bed = await openMailboxTestbed(7);
  tenantId = await bed.newTenant();
});
afterAll(() => bed?.close());

async function findings(tenant: TenantId): Promise<readonly string[]> {
  const all: string[] = [];
  for (const invariant of invariants) all.push(...(await bed.db.tenant(tenant, (tx) => invariant.check(tx))));
  return all;
}

async function signIn(account: MailAccount, tenant = tenantId, services = bed.services): Promise<ImapAccount> {
  const backend = imapBackend(services, async () => ({
    tenantId: tenant,
    mailAccountId: account.id,
    principalId: account.id as never,
    holds: async () => true,
  }));
  return backend.authenticate({ mechanism: "PLAIN", user: account.address, password: "x", ip: "192.0.2.1", tls: true });
}

const append = async (account: MailAccount, mailboxId: MailboxId, number: number) => {
  const message = await ingestSample(bed, tenantId, number);
  return bed.db.tenant(tenantId, (tx) =>
    appendMessage(
      tx,
      system,
      { accountId: account.id, mailboxIds: [mailboxId], message, flags: noFlags },
      bed.services,
    ),
  );
};

test("thirty-two appends at once: a watcher never sees a gap that is filled later", async () => {
  const account = await bed.newAccount(tenantId);
  const inbox = await bed.mailbox(tenantId, account, "INBOX");
  let done = false;
  let seen = 0;
  const watcher = (async () => {
    while (!done) {
      const view = await bed.db.tenant(tenantId, (tx) => selectView(tx, account.id, inbox.id, -1, false), {
        readOnly: true,
      });
      const count = (view?.packed.length ?? 0) / 14;
      // UIDs are 1 to count without a hole, whenever one looks.
      expect(view?.mailbox.uidnext).toBe(count + 1);
      expect(view?.mailbox.total).toBe(count);
      for (let row = 0; row < count; row++) expect(view?.packed.readUInt32BE(row * 14)).toBe(row + 1);
      expect(count).toBeGreaterThanOrEqual(seen);
      seen = count;
    }
  })();
  const results = await Promise.all(Array.from({ length: 32 }, (_, index) => append(account, inbox.id, index)));
  done = true;
  await watcher;
  expect(results.map((result) => result.uid).sort((a, b) => a - b)).toEqual(
    Array.from({ length: 32 }, (_, index) => index + 1),
  );
  const byUid = [...results].sort((a, b) => a.uid - b.uid).map((result) => result.modseq);
  expect(byUid).toEqual([...byUid].sort((a, b) => a - b));
  expect(await findings(tenantId)).toEqual([]);
});

test("a quota is exact under parallel appends", async () => {
  const size = BigInt(sampleMessage(1).length);
  const account = await bed.newAccount(tenantId, size * 5n + 3n);
  const inbox = await bed.mailbox(tenantId, account, "INBOX");
  const outcomes = await Promise.allSettled(Array.from({ length: 16 }, () => append(account, inbox.id, 1)));
  expect(outcomes.filter((outcome) => outcome.status === "fulfilled")).toHaveLength(5);
  for (const outcome of outcomes)
    if (outcome.status === "rejected") expect(outcome.reason).toMatchObject({ code: "mailbox.over_quota" });
  expect(await findings(tenantId)).toEqual([]);
});

test("a backend killed in the middle of a change leaves nothing of it", async () => {
  const account = await bed.newAccount(tenantId);
  const inbox = await bed.mailbox(tenantId, account, "INBOX");
  await append(account, inbox.id, 1);
  const message = await ingestSample(bed, tenantId, 2);
  const attempt = bed.db.tenant(tenantId, async (tx) => {
    await appendMessage(
      tx,
      system,
      { accountId: account.id, mailboxIds: [inbox.id], message, flags: noFlags },
      bed.services,
    );
    await tx.sql`select pg_terminate_backend(pg_backend_pid())`;
  });
  await expect(attempt).rejects.toMatchObject({ kind: "unavailable" });
  expect(await bed.mailbox(tenantId, account, "INBOX")).toMatchObject({ total: 1, uidnext: 2 });
  expect((await append(account, inbox.id, 3)).uid).toBe(2);
  expect(await findings(tenantId)).toEqual([]);
});

test("two tenants never meet: another tenant's mailbox is not there", async () => {
  const other = await bed.newTenant();
  const mine = await bed.newAccount(tenantId);
  const theirs = await bed.newAccount(other);
  const inbox = await bed.mailbox(tenantId, mine, "INBOX");
  const intruder = await signIn(theirs, other);
  await expect(intruder.open(inbox.id, { readOnly: true })).rejects.toMatchObject({ kind: "not_found" });
  expect(await intruder.status([inbox.id])).toEqual([null]);
  await expect(intruder.delete(inbox.id)).rejects.toMatchObject({ kind: "not_found" });
  const sibling = await signIn(await bed.newAccount(tenantId));
  await expect(sibling.open(inbox.id, { readOnly: true })).rejects.toMatchObject({ kind: "not_found" });
});

test("EXPUNGE takes what another process marked \\Deleted, though no hint of it came", async () => {
  const account = await bed.newAccount(tenantId);
  const inbox = await bed.mailbox(tenantId, account, "INBOX");
  for (let number = 1; number <= 4; number++) await append(account, inbox.id, number);
  const mine = await (await signIn(account)).open(inbox.id, { readOnly: false });
  const mute = await signIn(account, tenantId, { ...bed.services, bus: memoryBus(bed.logger) });
  const theirs = await mute.open(inbox.id, { readOnly: false });
  const marked = { bits: flagBits.deleted, keywords: [] };
  await mine.store({ uids: Uint32Array.of(1), operation: "add", flags: marked });
  await theirs.store({ uids: Uint32Array.of(3), operation: "add", flags: marked });
  expect((await mute.status([inbox.id]))[0]).toMatchObject({ deleted: 2, messages: 4 });
  expect([...(await mine.expunge(null)).vanished]).toEqual([1, 3]);
  await theirs.store({ uids: Uint32Array.of(2), operation: "add", flags: marked });
  await theirs.store({ uids: Uint32Array.of(2), operation: "remove", flags: marked });
  expect([...(await mine.expunge(null)).vanished]).toEqual([]);
  expect(await findings(tenantId)).toEqual([]);
});

/** What a client would believe of a mailbox, kept up to date by changesSince alone. */
class ClientView {
  readonly #box: OpenMailbox;
  #modseq: number;
  readonly messages = new Map<number, string>();
  constructor(box: OpenMailbox) {
    this.#box = box;
    this.#modseq = box.snapshot.highestModseq;
    for (const [index, uid] of box.snapshot.uids.entries())
      this.messages.set(uid, box.table.text(box.snapshot.flagSets[index] ?? 0));
  }
  async sync(): Promise<void> {
    const changes = await this.#box.changesSince(this.#modseq);
    for (const [index, uid] of changes.changed.uids.entries())
      this.messages.set(uid, this.#box.table.text(changes.changed.flagSets[index] ?? 0));
    for (const uid of changes.vanished) this.messages.delete(uid);
    expect(changes.highestModseq).toBeGreaterThanOrEqual(this.#modseq);
    this.#modseq = changes.highestModseq;
  }
}

type Step =
  | { readonly do: "append"; readonly box: number }
  | {
      readonly do: "store";
      readonly box: number;
      readonly uid: number;
      readonly bits: number;
      readonly op: "add" | "remove" | "replace";
      readonly keyword: boolean;
    }
  | {
      readonly do: "copy" | "move";
      readonly box: number;
      readonly uid: number;
      readonly count: number;
      readonly to: number;
    }
  | { readonly do: "expunge"; readonly box: number }
  | { readonly do: "sync"; readonly box: number }
  | { readonly do: "reopen"; readonly box: number }
  | { readonly do: "lose"; readonly box: number }
  | { readonly do: "hear"; readonly box: number };

const stepArbitrary: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: fc.constant("append" as const), box: fc.nat(1) }),
  fc.record({
    do: fc.constant("store" as const),
    box: fc.nat(1),
    uid: fc.integer({ min: 1, max: 8 }),
    bits: fc.nat(31),
    op: fc.constantFrom("add" as const, "remove" as const, "replace" as const),
    keyword: fc.boolean(),
  }),
  fc.record({
    do: fc.constantFrom("copy" as const, "move" as const),
    box: fc.nat(1),
    uid: fc.integer({ min: 1, max: 8 }),
    count: fc.integer({ min: 1, max: 4 }),
    to: fc.nat(1),
  }),
  fc.record({ do: fc.constant("expunge" as const), box: fc.nat(1) }),
  fc.record({
    do: fc.constantFrom("sync" as const, "reopen" as const, "lose" as const, "hear" as const),
    box: fc.nat(1),
  }),
);

test("whatever three sessions in two processes do at once, hints lost or not, a client that follows changes knows the mailbox", {
  timeout: 120_000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(stepArbitrary, { maxLength: 8 }), { minLength: 3, maxLength: 3 }),
      async (scripts) => {
        const account = await bed.newAccount(tenantId);
        const ids = [
          await bed.mailbox(tenantId, account, "INBOX"),
          await bed.mailbox(tenantId, account, "Archive"),
        ].map((box) => box.id);
        for (const [index, id] of ids.entries()) for (let n = 0; n < 4; n++) await append(account, id, index * 10 + n);
        // Each backend is a process of its own: it has its own views. The third session shares the first one's.
        const [here, there] = [await signIn(account), await signIn(account)];
        const followers: ClientView[] = [];
        await Promise.all(
          scripts.map(async (script, which) => {
            const imap = which === 1 ? there : here;
            const boxes = await Promise.all(ids.map((id) => imap.open(id, { readOnly: false })));
            const views = boxes.map((box) => new ClientView(box));
            for (const step of script) {
              const box = boxes[step.box];
              const id = ids[step.box];
              if (!box || !id) continue;
              if (step.do === "append") await append(account, id, step.box);
              else if (step.do === "sync") {
                await views[step.box]?.sync();
                using lease = new MailboxViews(bed.services).take(tenantId, account.id, id);
                await lease.view.refresh();
                await lease.view.summarise();
              } else if (step.do === "reopen") {
                await box.close();
                const again = await imap.open(id, { readOnly: false });
                boxes[step.box] = again;
                views[step.box] = new ClientView(again);
              } else if (step.do === "lose" || step.do === "hear") bed.bus.loseHints(step.do === "lose");
              else if (step.do === "expunge") await box.expunge(null);
              else if (step.do === "store")
                await box.store({
                  uids: Uint32Array.of(step.uid),
                  operation: step.op,
                  flags: { bits: step.bits, keywords: step.keyword ? ["$Label"] : [] },
                });
              else {
                const uids = Uint32Array.from({ length: step.count }, (_, index) => step.uid + index);
                const target = ids[step.to];
                if (target) await box[step.do](uids, target);
              }
            }
            followers.push(...views);
          }),
        );
        bed.bus.loseHints(false);
        // What was lost is found when the views are too old to be believed.
        await bed.clock.advance(mailboxLimits.viewTrustMs + 1);
        const stranger = await signIn(account);
        const fresh = await Promise.all(ids.map((id) => stranger.open(id, { readOnly: true })));
        const truth = fresh.map((box) => new ClientView(box).messages);
        for (const [index, follower] of followers.entries()) {
          await follower.sync();
          expect([...follower.messages].sort(([a], [b]) => a - b)).toEqual([...(truth[index % 2] ?? [])]);
        }
        for (const id of ids) {
          const cold = async () => {
            using lease = new MailboxViews(bed.services).take(tenantId, account.id, id);
            await lease.view.refresh();
            const { uids, flagSets, modseqs } = lease.view.columns.whole;
            return Array.from(uids, (uid, row) => [uid, lease.view.table.text(flagSets[row] ?? 0), modseqs[row]]);
          };
          const bySummary = await cold();
          await bed.db.tenant(tenantId, (tx) => tx.sql`delete from mailbox_summaries where mailbox_id = ${id}`);
          expect(bySummary).toEqual(await cold());
        }
        expect(await findings(tenantId)).toEqual([]);
      },
    ),
    { numRuns: 25 },
  );
});

test("a mailbox opened again shows what its process heard of meanwhile at once, what was lost after the time of trust", async () => {
  const account = await bed.newAccount(tenantId);
  const inbox = await bed.mailbox(tenantId, account, "INBOX");
  const imap = await signIn(account);
  const opened = async () => {
    const box = await imap.open(inbox.id, { readOnly: false });
    const { uids, recentFromUid, recentUpToUid } = box.snapshot;
    await box.close();
    return { messages: uids.length, recent: recentUpToUid - recentFromUid };
  };
  expect(await opened()).toEqual({ messages: 0, recent: 0 });
  await append(account, inbox.id, 1);
  expect(await opened()).toEqual({ messages: 1, recent: 1 });
  expect(await opened()).toEqual({ messages: 1, recent: 0 });
  bed.bus.loseHints(true);
  await append(account, inbox.id, 2);
  expect(await opened()).toEqual({ messages: 1, recent: 0 });
  bed.bus.loseHints(false);
  await bed.clock.advance(mailboxLimits.viewTrustMs + 1);
  expect(await opened()).toEqual({ messages: 2, recent: 1 });
});

test("a view that nobody uses remembers no changes, and tells them all the same to who comes back", async () => {
  const account = await bed.newAccount(tenantId);
  const inbox = await bed.mailbox(tenantId, account, "INBOX");
  const views = new MailboxViews(bed.services);
  const lease = views.take(tenantId, account.id, inbox.id);
  const { view } = lease;
  await view.refresh();
  const before = view.highestModseq;
  await append(account, inbox.id, 1);
  await view.refresh();
  expect(view.columns.vanishedSince(before)).toEqual(new Uint32Array(0));
  lease[Symbol.dispose]();
  expect(view.columns.vanishedSince(before)).toBeNull();
  using again = views.take(tenantId, account.id, inbox.id);
  expect(again.view).toBe(view);
  const { changed, vanished } = await view.changesSince(before);
  expect([[...changed.uids], [...vanished]]).toEqual([[1], []]);
});

test.each([
  ["of many flags that were", 1_100, "k"],
  ["of more bytes than idle views may hold", 500, "k".repeat(20_000)],
])("a view %s goes with its last session", async (_, sets, keyword) => {
  const account = await bed.newAccount(tenantId);
  const inbox = await bed.mailbox(tenantId, account, "INBOX");
  const views = new MailboxViews(bed.services, { flagBytesMax: Number.POSITIVE_INFINITY });
  const once = async (count: number) => {
    using lease = views.take(tenantId, account.id, inbox.id);
    await lease.view.refresh();
    for (let nth = 0; nth < count; nth++) lease.view.table.intern(0, [`${keyword}${nth}`]);
    return lease.view;
  };
  const first = await once(0);
  expect(await once(sets)).toBe(first);
  expect(await once(0)).not.toBe(first);
});

test("a lost hint of another process shows at the first look after the view's time of trust, a heard one at once", async () => {
  const account = await bed.newAccount(tenantId);
  const inbox = await bed.mailbox(tenantId, account, "INBOX");
  const box = await (await signIn(account)).open(inbox.id, { readOnly: false });
  const look = async () => (await box.changesSince(box.snapshot.highestModseq)).uidNext;
  bed.bus.loseHints(true);
  await append(account, inbox.id, 1);
  expect(await look()).toBe(1);
  bed.bus.loseHints(false);
  await append(account, inbox.id, 2);
  expect(await look()).toBe(3);
  bed.bus.loseHints(true);
  await append(account, inbox.id, 3);
  await bed.clock.advance(mailboxLimits.viewTrustMs + 1);
  expect(await look()).toBe(4);
  bed.bus.loseHints(false);
});
