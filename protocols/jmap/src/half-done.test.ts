import { Failure } from "@casaforte/kernel";
import { expect, test } from "vitest";
import { testAccount } from "./memory/test-account.ts";

const away = async (): Promise<never> => {
  throw new Failure("unavailable", "db.unavailable", "the database cannot be reached");
};
const draft = { mailboxIds: { b2: true }, from: [{ email: "maria@example.it" }], to: [{ email: "anna@x.it" }] };

test("R12: what one method made is told though the store was lost before the rest of it", async () => {
  const { account, api, append } = testAccount();
  const old = await append("Subject: old\n\nx\n");
  account.destroyEmails = away;
  account.changeEmails = away;
  const [[name, answer] = ["", {}]] = await api([
    "Email/set",
    { accountId: "a", create: { d: draft }, update: { [old]: { "keywords/$seen": true } }, destroy: [old] },
    "c",
  ]);
  expect(name).toBe("Email/set");
  expect(answer).toMatchObject({
    created: { d: { id: expect.any(String), threadId: expect.any(String) } },
    notUpdated: { [old]: { type: "serverUnavailable" } },
    notDestroyed: { [old]: { type: "serverUnavailable" } },
  });
});

test("R12: a message that was made or sent is told as such though nothing can be read of it afterwards", async () => {
  const { account, api, append, sent } = testAccount();
  const emailId = await append("From: maria@example.it\nTo: anna@x.it\nSubject: s\n\nx\n");
  account.emails = away;
  account.submissions = away;
  const answers = await api(
    ["Email/set", { accountId: "a", create: { d: draft } }, "c"],
    ["EmailSubmission/set", { accountId: "a", create: { s: { emailId, identityId: "i1" } } }, "d"],
  );
  expect(answers).toMatchObject([
    ["Email/set", { created: { d: { id: expect.any(String) } } }, "c"],
    ["EmailSubmission/set", { created: { s: { id: expect.any(String) } } }, "d"],
  ]);
  expect(sent).toHaveLength(1);
});

test("R12: a request does nothing where its answer could not be given", async () => {
  const { account, backend, api } = testAccount();
  backend.accounts = away;
  const before = await account.state();
  await expect(api(["Email/set", { accountId: "a", create: { d: draft } }, "c"])).rejects.toMatchObject({
    kind: "unavailable",
  });
  expect(await account.state()).toBe(before);
});
