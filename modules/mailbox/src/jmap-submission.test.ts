import { Failure } from "@casaforte/kernel";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  bed,
  call,
  closeJmapBed,
  flow,
  jobs,
  message,
  newAccount,
  openJmapBed,
  sent,
  services,
  tenantId,
} from "./jmap-bed.test-support.ts";
import { jmapJobHandlers } from "./jmap-submission.ts";

beforeAll(openJmapBed);
afterAll(closeJmapBed);

describe("submission", () => {
  const send = async (hold: string | null) => {
    const { account, backend, store, box } = await newAccount();
    const emailId = await store.createEmail({
      bytes: message("fuori", "f"),
      mailboxIds: [box("drafts")],
      keywords: ["$draft"],
    });
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
    const { id, undoStatus } = (answer["created"] as { s: { id: string; undoStatus: string } }).s;
    return { account, backend, store, box, emailId, id, undoStatus };
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
    const emailId = await store.createEmail({ bytes: message("t", "t"), mailboxIds: [box("drafts")], keywords: [] });
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
