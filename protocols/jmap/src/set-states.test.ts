import { utf8 } from "@casaforte/kernel";
import { FakeClock, MemoryLogger } from "@casaforte/testkit";
import { expect, test } from "vitest";
import { handleApi } from "./api.ts";
import type { SubmissionRecord, VacationRecord } from "./backend.ts";
import { MemoryAccount } from "./memory/memory-account.ts";
import { MemoryBackend } from "./memory/memory-backend.ts";
import { composePlainly } from "./memory/test-account.ts";
import { capabilities } from "./session.ts";

/** Mail arrives whenever something is read, as between a method's first look and its change. */
class BusyAccount extends MemoryAccount {
  readonly arrivals: string[] = [];
  inbox = "";

  async arrive(): Promise<void> {
    const bytes = utf8("From: p@example.test\r\nTo: q@example.test\r\nSubject: came\r\n\r\nx\r\n");
    this.arrivals.push((await this.createEmail({ bytes, mailboxIds: [this.inbox], keywords: [] })).id);
  }

  override async readMessage(emailId: string) {
    await this.arrive();
    return super.readMessage(emailId);
  }

  override async submissions(ids: readonly string[] | null): Promise<readonly SubmissionRecord[]> {
    await this.arrive();
    return super.submissions(ids);
  }

  override async vacation(): Promise<VacationRecord> {
    await this.arrive();
    return super.vacation();
  }
}

function openBusy() {
  const clock = new FakeClock();
  const identity = { id: "i1", name: "Ada", email: "ada@example.test", replyTo: null, bcc: null, sender: null };
  const open = (id: string) => {
    const account = new BusyAccount({
      info: { id, name: `${id}@example.test`, isPersonal: true, isReadOnly: false, mayManage: true },
      clock,
      compose: async (draft) => {
        await account.arrive();
        return composePlainly(draft);
      },
      identities: [{ ...identity, textSignature: "", htmlSignature: "" }],
    });
    account.inbox = account.addMailbox({ name: "i", parentId: null, isSubscribed: true, sortOrder: 1 }, "inbox");
    return account;
  };
  const [account, other] = [open("a"), open("b")];
  const backend = new MemoryBackend("ada@example.test", [account, other]);
  const ask = async (name: string, args: object) => {
    const request = { using: Object.values(capabilities), methodCalls: [[name, { accountId: "a", ...args }, "c"]] };
    const reply = await handleApi(request, backend, { nowMs: clock.nowMs(), logger: new MemoryLogger() });
    if (!reply.ok) throw new Error(reply.problem.detail);
    return (reply.response["methodResponses"] as [string, Record<string, unknown>, string][])[0]?.[1] ?? {};
  };
  const createdSince = async (sinceState: unknown) =>
    (await ask("Email/changes", { sinceState }))["created"] as readonly string[];
  /** Arrivals of which a client that held the old state does not hear any more once it goes on from the new one. */
  const passedOver = async ({ oldState, newState }: Record<string, unknown>) => {
    const told = new Set(await createdSince(newState));
    return (await createdSince(oldState)).filter((id) => account.arrivals.includes(id) && !told.has(id));
  };
  return { account, other, ask, passedOver };
}

test("what arrives while a method looks lies outside the states that it names around its change", async () => {
  const { account, other, ask, passedOver } = openBusy();
  await account.arrive();
  await other.arrive();
  // What is read of the other account is when mail comes into this one.
  other.arrive = () => account.arrive();
  const mailboxIds = { [account.inbox]: true };
  const send = { identityId: "i1", emailId: account.arrivals[0] };
  const held = {
    ...send,
    envelope: { mailFrom: { email: "ada@example.test", parameters: { HOLDFOR: "60" } }, rcptTo: [] },
  };
  const made = await ask("EmailSubmission/set", { create: { s: held } });
  const { id: submission = "" } = (made["created"] as { s?: { id: string } } | null)?.s ?? {};
  const changes: readonly (readonly [string, object, string])[] = [
    ["Email/set", { create: { m: { mailboxIds, subject: "new" } } }, "created"],
    ["Email/copy", { fromAccountId: "b", create: { m: { id: other.arrivals[0], mailboxIds } } }, "created"],
    ["EmailSubmission/set", { update: { [submission]: { undoStatus: "canceled" } } }, "updated"],
    ["EmailSubmission/set", { destroy: [submission] }, "destroyed"],
    ["VacationResponse/set", { update: { singleton: { isEnabled: true } } }, "updated"],
  ];
  for (const [name, args, part] of changes) {
    const before = await account.state();
    const count = account.arrivals.length;
    const answer = await ask(name, args);
    expect(answer[part], `${name} ${JSON.stringify(answer)}`).not.toBeNull();
    expect(account.arrivals.length, name).toBeGreaterThan(count);
    expect([null, before], name).not.toContain(answer["oldState"]);
    expect(await passedOver(answer), name).toEqual([]);
  }
});

test("where something arrives between two changes of one method no old state is named", async () => {
  const { account, ask } = openBusy();
  const draft = { mailboxIds: { [account.inbox]: true }, subject: "new" };
  expect(await ask("Email/set", { create: { one: draft, two: draft } })).toMatchObject({ oldState: null });
  expect(account.arrivals).toHaveLength(2);
});
