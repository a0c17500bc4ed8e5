import { Failure } from "@casaforte/kernel";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { deleteMailAccount, purgeMailAccount } from "./change-mail-account.ts";
import { identityId } from "./identity-id.ts";
import {
  bed,
  call,
  closeJmapBed,
  findings,
  flow,
  jobs,
  message,
  newAccount,
  openJmapBed,
  sent,
  services,
  tenantId,
} from "./jmap-bed.test-support.ts";
import { noteDelivery, type RecipientOutcome, type SubmissionId, submitEmail } from "./jmap-submission.ts";
import { system } from "./mailbox-testbed.ts";
import { jmapJobHandlers } from "./send-held.ts";

beforeAll(openJmapBed);
afterAll(closeJmapBed);

describe("submission", () => {
  const send = async (hold: string | null) => {
    const { account, backend, store, box } = await newAccount();
    const emailId = (
      await store.createEmail({
        bytes: message("fuori", "f"),
        mailboxIds: [box("drafts")],
        keywords: ["$draft"],
      })
    ).id;
    const answer = await call(backend, "EmailSubmission/set", {
      accountId: account.id,
      create: {
        s: {
          identityId: account.address,
          emailId,
          envelope: {
            mailFrom: { email: account.address, parameters: hold === null ? null : { HOLDFOR: hold } },
            rcptTo: [{ email: "anna@x.it" }],
          },
        },
      },
      onSuccessUpdateEmail: { "#s": { mailboxIds: { [box("sent")]: true } } },
    });
    const made = (answer["created"] as { s: { id: string; undoStatus: string; deliveryStatus: object | null } }).s;
    return { account, backend, store, box, emailId, ...made };
  };
  const run = (submissionId: string) =>
    jmapJobHandlers(services)[0]?.run(
      { submissionId },
      { tenantId, attempt: 1, signal: new AbortController().signal, logger: bed.logger },
    );

  test("goes at once without a hold; held, it goes by its job unless it was called back first", async () => {
    sent.length = 0;
    expect((await send(null)).undoStatus).toBe("final");
    expect(sent).toHaveLength(1);
    const held = await send("10");
    expect(held.undoStatus).toBe("pending");
    expect(jobs.at(-1)).toMatchObject({ payload: { submissionId: held.id }, runAtMs: bed.clock.nowMs() + 10_000 });
    await held.store.cancelSubmission(held.id);
    await run(held.id);
    expect(sent).toHaveLength(1);
    const other = await send("10");
    await run(other.id);
    await run(other.id);
    expect(sent).toHaveLength(2);
    await expect(other.store.cancelSubmission(other.id)).rejects.toMatchObject({ type: "cannotUnsend" });
  });

  test("R12: what the mail flow has is told as sent though it cannot be noted, so that nobody sends it again", async () => {
    sent.length = 0;
    const { account, store, box } = await newAccount();
    const emailId = (await store.createEmail({ bytes: message("n", "n"), mailboxIds: [box("drafts")], keywords: [] }))
      .id;
    let isAway = false;
    const db: typeof bed.db = {
      ...bed.db,
      tenant: async (...args) => {
        if (isAway) throw new Failure("unavailable", "db.unavailable", "the database cannot be reached");
        return bed.db.tenant(...args);
      },
    };
    const submit: typeof services.submit = async (submission) => {
      await services.submit(submission);
      isAway = true;
    };
    const request = { accountId: account.id, senders: [account.address], emailId, holdSeconds: 0 };
    const answer = await submitEmail(
      { ...services, db, submit },
      tenantId,
      {
        ...request,
        identityId: identityId(account.address),
        envelope: { mailFrom: account.address, rcptTo: ["a@x.it"] },
      },
      { ahead: async () => {}, note: (work) => db.tenant(tenantId, work), file: async () => null },
    );
    expect(answer.undoStatus).toBe("final");
    expect(sent).toHaveLength(1);
    expect(bed.logger.events.at(-1)).toMatchObject({ level: "warn", event: "mailbox.submission_not_noted" });
  });

  test("of an account that is gone when its message is on its way nothing is noted, which is no bug", async () => {
    const { account, store, box } = await newAccount();
    const emailId = (await store.createEmail({ bytes: message("g", "g"), mailboxIds: [box("drafts")], keywords: [] }))
      .id;
    const submit: typeof services.submit = async (submission) => {
      await services.submit(submission);
      const gone = { accountId: account.id };
      await bed.db.tenant(tenantId, (tx) => deleteMailAccount(tx, system, gone, bed.services));
      await bed.db.tenant(tenantId, (tx) => purgeMailAccount(tx, system, gone));
    };
    const request = { accountId: account.id, senders: [account.address], emailId, holdSeconds: 0 };
    const answer = await submitEmail(
      { ...services, submit },
      tenantId,
      {
        ...request,
        identityId: identityId(account.address),
        envelope: { mailFrom: account.address, rcptTo: ["a@x.it"] },
      },
      { ahead: async () => {}, note: (work) => bed.db.tenant(tenantId, work), file: async () => null },
    );
    expect(answer.undoStatus).toBe("final");
    expect(bed.logger.events.at(-1)).toMatchObject({ level: "warn", event: "mailbox.submission_not_noted" });
  });

  test("from another's address is refused by JMAP's own word", async () => {
    const { account, backend, store, box } = await newAccount();
    const emailId = (await store.createEmail({ bytes: message("x", "x"), mailboxIds: [box("drafts")], keywords: [] }))
      .id;
    const envelope = { mailFrom: { email: "boss@bank.test" }, rcptTo: [{ email: "anna@x.it" }] };
    const create = { s: { identityId: account.address, emailId, envelope } };
    flow.refuse = new Failure("forbidden", "smtp.sender_not_yours", "not yours");
    const answer = await call(backend, "EmailSubmission/set", { accountId: account.id, create });
    flow.refuse = null;
    expect(answer).toMatchObject({ notCreated: { s: { type: "forbiddenFrom" } } });
  });

  test("R12: goes from each address that the account may send as, and from no other", async () => {
    const { account, backend, store, box } = await newAccount();
    flow.granted = ["team@example.test", account.address];
    const [, team] = await store.identities();
    expect((await store.identities()).map(({ email }) => email)).toEqual([account.address, "team@example.test"]);
    // RFC 8620, section 1.2: of what an id may be made.
    for (const { id } of await store.identities()) expect(id).toMatch(/^[A-Za-z][A-Za-z0-9_-]{1,254}$/);
    await store.updateIdentity(team?.id ?? "", { name: "The team" });
    expect((await store.identities()).map(({ name }) => name)).toEqual(["", "The team"]);
    const replyTo = [{ name: "Office", email: "office@example.test" }];
    const set = (patch: object) =>
      call(backend, "Identity/set", { accountId: account.id, update: { [team?.id ?? ""]: patch } });
    expect(await set({ replyTo, bcc: [{ email: "file@example.test" }] })).toMatchObject({ notUpdated: null });
    expect(await set({ textSignature: "Ciao" })).toMatchObject({ notUpdated: null });
    expect((await store.identities())[1]).toMatchObject({
      ...{ name: "The team", replyTo, bcc: [{ name: null, email: "file@example.test" }], textSignature: "Ciao" },
    });
    expect(await set({ bcc: null })).toMatchObject({ notUpdated: null });
    expect((await store.identities()).map(({ bcc }) => bcc)).toEqual([null, null]);
    const header = [{ email: "a@b.test\r\nTo: c@d.test" }];
    for (const bad of [
      { replyTo: [{ email: "nobody" }] },
      { bcc: header },
      { bcc: "a@b.test" },
      { bcc: [{ name: "\ud800", email: "a@b.test" }] },
      { name: "a\0" },
      { textSignature: "a\0" },
      { email: "a@b.test" },
    ]) {
      const refused = await set(bad);
      expect(Object.values(refused["notUpdated"] ?? {})).toMatchObject([{ type: "invalidProperties" }]);
    }
    const emailId = (await store.createEmail({ bytes: message("t", "t"), mailboxIds: [box("drafts")], keywords: [] }))
      .id;
    const submit = (identityId: string) =>
      call(backend, "EmailSubmission/set", { accountId: account.id, create: { s: { identityId, emailId } } });
    sent.length = 0;
    expect((await submit(team?.id ?? ""))["created"]).toHaveProperty("s");
    expect(sent).toMatchObject([{ sender: "team@example.test" }]);
    const boss = { address: "boss@example.test", isOnBehalf: true };
    flow.granted = [boss];
    const [, onBehalf] = await store.identities();
    expect(onBehalf).toMatchObject({ email: boss.address, name: "", sender: { email: account.address } });
    const ids = [onBehalf?.id ?? ""];
    const shown = await call(backend, "Identity/get", { accountId: account.id, ids });
    expect((shown["list"] as object[])[0]).not.toHaveProperty("sender");
    flow.granted = [];
    expect((await submit(team?.id ?? ""))["notCreated"]).toHaveProperty("s");
    expect(sent).toHaveLength(1);
  });

  test("tells what became of it for each recipient, moves its state with the news, and may be destroyed unsent or sent", async () => {
    const { account, backend, store, id } = await send(null);
    const get = async () => {
      const got = await call(backend, "EmailSubmission/get", { accountId: account.id, ids: [id] });
      return { state: got["state"], status: (got["list"] as { deliveryStatus: unknown }[])[0]?.deliveryStatus };
    };
    const { state, status } = await get();
    expect(status).toBeNull();
    const note = () => bed.db.tenant(tenantId, (tx) => noteDelivery(tx, account.id, id as SubmissionId, bed.services));
    const about = { recipient: "anna@x.it", isDelivered: false };
    const steps: readonly (readonly [RecipientOutcome, object])[] = [
      [
        { ...about, state: "waiting", reply: null },
        { smtpReply: "250 2.0.0 queued", delivered: "queued" },
      ],
      [
        { ...about, state: "sent", reply: "250 ok\r\n" },
        { smtpReply: "250 ok ", delivered: "unknown" },
      ],
      [
        { ...about, state: "sent", isDelivered: true, reply: "handed over" },
        { smtpReply: "250 2.0.0 handed over", delivered: "yes" },
      ],
      [
        { ...about, state: "failed", reply: "550 5.1.1 nobody" },
        { smtpReply: "550 5.1.1 nobody", delivered: "no" },
      ],
    ];
    for (const [outcome, told] of steps) {
      flow.outcomes.set(id, [outcome]);
      expect((await get()).status).toEqual({ "anna@x.it": { ...told, displayed: "unknown" } });
    }
    await note();
    const changes = () => call(backend, "EmailSubmission/changes", { accountId: account.id, sinceState: state });
    expect(await changes()).toMatchObject({ updated: [id], destroyed: [] });
    const held = await send("10");
    sent.length = 0;
    await held.store.destroySubmission(held.id);
    await run(held.id);
    expect(sent).toHaveLength(1);
    await expect(held.store.destroySubmission(held.id)).rejects.toMatchObject({ type: "notFound" });
    await store.destroySubmission(id);
    expect(await changes()).toMatchObject({ updated: [], destroyed: [id] });
    expect((await get()).status).toBeUndefined();
    expect(await store.submissions(null)).toEqual([]);
    await note();
    expect(await changes()).toMatchObject({ updated: [], destroyed: [id] });
  });

  test("what arrived before the answer is told by it, and a message goes with the record of its submission if asked", async () => {
    flow.isQuick = true;
    const quick = await send(null);
    flow.isQuick = false;
    const told = { smtpReply: "250 ok", delivered: "yes", displayed: "unknown" };
    expect(quick.deliveryStatus).toEqual({ "anna@x.it": told });
    const gone = await call(quick.backend, "EmailSubmission/set", {
      accountId: quick.account.id,
      destroy: [quick.id, "none"],
      onSuccessDestroyEmail: [quick.id, "none"],
    });
    expect(gone).toMatchObject({ destroyed: [quick.id], notDestroyed: { none: { type: "notFound" } } });
    expect(await quick.store.emails([quick.emailId])).toEqual([]);
  });

  test("identities that others gave and took are told since a state, once each", async () => {
    const { account, backend, store } = await newAccount();
    const get = async () =>
      String((await call(backend, "Identity/get", { accountId: account.id, ids: null }))["state"]);
    const changes = (sinceState: string) => call(backend, "Identity/changes", { accountId: account.id, sinceState });
    flow.granted = [];
    const since = await get();
    expect(await changes(since)).toMatchObject({ created: [], updated: [], destroyed: [], newState: since });
    flow.granted = ["team@example.test"];
    const team = identityId("team@example.test");
    const came = await changes(since);
    expect(came).toMatchObject({ created: [team], updated: [], destroyed: [], hasMoreChanges: false });
    flow.granted = [{ address: "team@example.test", isOnBehalf: true }];
    await store.updateIdentity(identityId(account.address), { name: "A" });
    const changed = await changes(String(came["newState"]));
    expect(new Set(changed["updated"] as string[])).toEqual(new Set([team, identityId(account.address)]));
    flow.granted = [];
    expect(await changes(String(changed["newState"]))).toMatchObject({ created: [], updated: [], destroyed: [team] });
    expect(await changes(since)).toMatchObject({ created: [], destroyed: [] });
    flow.granted = ["team@example.test"];
    expect(await changes(since)).toMatchObject({ created: [team] });
    // What was given before a change by the client itself is not hidden by it.
    const held = await get();
    flow.granted = ["team@example.test", "desk@example.test"];
    const update = { [identityId(account.address)]: { name: "B" } };
    const set = await call(backend, "Identity/set", { accountId: account.id, update });
    expect(set["oldState"]).not.toBe(held);
    expect((await changes(held))["created"]).toEqual([identityId("desk@example.test")]);
    expect(await changes(String(set["oldState"]))).toMatchObject({ created: [], updated: [Object.keys(update)[0]] });
    flow.granted = [];
    const late = await call(backend, "Identity/set", { accountId: account.id, ifInState: set["newState"], update });
    expect(late).toMatchObject({ type: "stateMismatch" });
    expect(await findings()).toEqual([]);
  });

  test("what the mail flow refuses for good comes back to the drafts; what may pass is tried again", async () => {
    const held = await send("10");
    flow.refuse = new Failure("unavailable", "db.unavailable", "away");
    await expect(run(held.id)).rejects.toMatchObject({ kind: "unavailable" });
    flow.refuse = new Failure("forbidden", "smtp.sender_not_yours", "not yours");
    await run(held.id);
    flow.refuse = null;
    expect(await held.store.emails([held.emailId])).toMatchObject([{ mailboxIds: [held.box("drafts")] }]);
  });
});
