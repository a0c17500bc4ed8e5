import type { MailboxId, MessageId, TenantId } from "@casaforte/kernel";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { appendMessage } from "./append-message.ts";
import { createMailbox, deleteMailbox, renameMailbox } from "./change-mailboxes.ts";
import { destroyMessages, setMailboxes } from "./change-messages.ts";
import { noFlags } from "./flags.ts";
import { invariants } from "./invariants.ts";
import type { MailAccount } from "./mail-account.ts";
import { ingestSample, type MailboxTestbed, openMailboxTestbed, system } from "./mailbox-testbed.ts";
import { forgetClientStates } from "./raise-epochs.ts";
import { mailboxChanges, messageChanges, readState } from "./read-changes.ts";
import { storeFlags } from "./store-flags.ts";
import { selectMailboxes } from "./store-mailboxes.ts";
import { selectMessageIds, selectPlaces } from "./store-messages.ts";

let bed: MailboxTestbed;
let tenantId: TenantId;
beforeAll(async () => {
  bed = await openMailboxTestbed(5);
  tenantId = await bed.newTenant();
});
afterAll(() => bed?.close());

/** Follows an account by Email/changes and Mailbox/changes alone, a few ids at a time. */
class Follower {
  readonly messages = new Set<MessageId>();
  readonly mailboxes = new Set<MailboxId>();
  readonly touched = new Set<MessageId>();
  readonly #account: MailAccount;
  #messageState: string;
  #mailboxState: string;
  constructor(account: MailAccount, state: string) {
    this.#account = account;
    this.#messageState = state;
    this.#mailboxState = state;
  }
  async sync(max: number): Promise<void> {
    this.touched.clear();
    for (let more = true; more; ) {
      const input = { accountId: this.#account.id, since: this.#messageState, max };
      const changes = await bed.db.tenant(tenantId, (tx) => messageChanges(tx, system, input));
      for (const id of changes.created) this.messages.add(id);
      for (const id of changes.destroyed) this.messages.delete(id);
      for (const id of [...changes.created, ...changes.updated]) this.touched.add(id);
      more = changes.hasMoreChanges;
      this.#messageState = changes.newState;
    }
    for (let more = true; more; ) {
      const input = { accountId: this.#account.id, since: this.#mailboxState, max };
      const changes = await bed.db.tenant(tenantId, (tx) => mailboxChanges(tx, system, input));
      for (const id of changes.created) this.mailboxes.add(id);
      for (const id of changes.destroyed) this.mailboxes.delete(id);
      more = changes.hasMoreChanges;
      this.#mailboxState = changes.newState;
    }
  }
}

const stepArbitrary = fc.record({
  do: fc.constantFrom("append", "place", "destroy", "flag", "create", "delete", "rename", "sync"),
  a: fc.nat(5),
  b: fc.nat(5),
});

test("a client that follows account changes knows every message and mailbox", { timeout: 120_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(stepArbitrary, { maxLength: 25 }), fc.integer({ min: 1, max: 4 }), async (steps, max) => {
      const account = await bed.newAccount(tenantId);
      const accountId = account.id;
      const state = await bed.db.tenant(tenantId, (tx) => readState(tx, system, { accountId }));
      const follower = new Follower(account, state);
      const { services, db } = bed;
      for (const box of await db.tenant(tenantId, (tx) => selectMailboxes(tx, accountId)))
        follower.mailboxes.add(box.id);
      for (const [number, step] of steps.entries()) {
        const boxes = await db.tenant(tenantId, (tx) => selectMailboxes(tx, accountId));
        const ids = await db.tenant(tenantId, (tx) => selectMessageIds(tx, accountId));
        const selectable = boxes.filter((box) => box.selectable).map((box) => box.id);
        const boxA = selectable[step.a % selectable.length] as MailboxId;
        const boxB = selectable[step.b % selectable.length] as MailboxId;
        const message = ids[step.a % Math.max(ids.length, 1)];
        if (step.do === "append") {
          const ingested = await ingestSample(bed, tenantId, number);
          await db.tenant(tenantId, (tx) =>
            appendMessage(
              tx,
              system,
              { accountId, mailboxIds: [boxA, boxB], message: ingested, flags: noFlags },
              services,
            ),
          );
        } else if (step.do === "place" && message)
          await db.tenant(tenantId, (tx) =>
            setMailboxes(tx, system, { accountId, messageId: message, mailboxIds: [boxA, boxB] }, services),
          );
        else if (step.do === "destroy" && message)
          await db.tenant(tenantId, (tx) =>
            destroyMessages(tx, system, { accountId, messageIds: [message] }, services),
          );
        else if (step.do === "flag")
          await db.tenant(tenantId, (tx) =>
            storeFlags(
              tx,
              system,
              {
                accountId,
                mailboxId: boxA,
                uids: null,
                operation: "add",
                flags: { bits: 1 << (step.b % 5), keywords: [] },
              },
              services,
            ),
          );
        else if (step.do === "create") {
          const parent = boxes[step.a % boxes.length];
          await db.tenant(tenantId, (tx) =>
            createMailbox(tx, system, { accountId, path: `${parent?.path}/n${number}/deep` }, services),
          );
        } else if (step.do === "delete" || step.do === "rename") {
          const box = boxes[step.a % boxes.length];
          const attempt = db.tenant(tenantId, (tx) =>
            step.do === "delete"
              ? deleteMailbox(tx, system, { accountId, mailboxId: box?.id as MailboxId }, services)
              : renameMailbox(
                  tx,
                  system,
                  { accountId, mailboxId: box?.id as MailboxId, path: `r${number}/x` },
                  services,
                ),
          );
          await attempt.catch((error) => expect(["forbidden", "conflict"]).toContain(error.kind));
        } else if (step.do === "sync") await follower.sync(max);
      }
      await follower.sync(max);
      const truth = await db.tenant(tenantId, (tx) => selectMessageIds(tx, accountId));
      expect([...follower.messages].sort()).toEqual([...truth].sort());
      const boxes = await db.tenant(tenantId, (tx) => selectMailboxes(tx, accountId));
      expect([...follower.mailboxes].sort()).toEqual(boxes.map((box) => box.id).sort());
      for (const invariant of invariants) expect(await db.tenant(tenantId, (tx) => invariant.check(tx))).toEqual([]);
    }),
    { numRuns: 30 },
  );
});

test("a message in two mailboxes has one size, one set of flags and two UIDs", async () => {
  const account = await bed.newAccount(tenantId);
  const accountId = account.id;
  const inbox = await bed.mailbox(tenantId, account, "INBOX");
  const archive = await bed.mailbox(tenantId, account, "Archive");
  const message = await ingestSample(bed, tenantId, 1);
  const { messageId } = await bed.db.tenant(tenantId, (tx) =>
    appendMessage(tx, system, { accountId, mailboxIds: [inbox.id, archive.id], message, flags: noFlags }, bed.services),
  );
  await bed.db.tenant(tenantId, (tx) =>
    storeFlags(
      tx,
      system,
      { accountId, mailboxId: inbox.id, uids: [1], operation: "add", flags: { bits: 1, keywords: ["$Done"] } },
      bed.services,
    ),
  );
  const places = await bed.db.tenant(tenantId, (tx) => selectPlaces(tx, accountId, [messageId]));
  expect(places.map(({ uid, flags, keywords }) => ({ uid, flags, keywords }))).toEqual([
    { uid: 1, flags: 1, keywords: ["$Done"] },
    { uid: 1, flags: 1, keywords: ["$Done"] },
  ]);
  expect((await bed.mailbox(tenantId, account, "Archive")).unseen).toBe(0);
  expect((await bed.mailbox(tenantId, account, "Archive")).highestModseq).toBe(
    (await bed.mailbox(tenantId, account, "INBOX")).highestModseq,
  );
});

test("a state of another epoch or of the pruned past is refused", async () => {
  const account = await bed.newAccount(tenantId);
  for (const since of ["2.1", "1.999", "nonsense", "1.-1"])
    await expect(
      bed.db.tenant(tenantId, (tx) => messageChanges(tx, system, { accountId: account.id, since, max: 10 })),
    ).rejects.toMatchObject({ code: "mailbox.changes_forgotten" });
});

test("after a restore from backup every client starts anew", async () => {
  const account = await bed.newAccount(tenantId);
  const before = await bed.db.tenant(tenantId, (tx) => selectMailboxes(tx, account.id));
  const highest = Math.max(...before.map((box) => box.uidvalidity));
  const since = await bed.db.tenant(tenantId, (tx) => readState(tx, system, { accountId: account.id }));
  await bed.db.tenant(tenantId, (tx) => forgetClientStates(tx, system, bed.services));
  const after = await bed.db.tenant(tenantId, (tx) => selectMailboxes(tx, account.id));
  expect(after.every((box) => box.uidvalidity > highest)).toBe(true);
  expect(new Set(after.map((box) => box.uidvalidity)).size).toBe(after.length);
  await expect(
    bed.db.tenant(tenantId, (tx) => messageChanges(tx, system, { accountId: account.id, since, max: 10 })),
  ).rejects.toMatchObject({ code: "mailbox.changes_forgotten" });
  for (const invariant of invariants) expect(await bed.db.tenant(tenantId, (tx) => invariant.check(tx))).toEqual([]);
});
