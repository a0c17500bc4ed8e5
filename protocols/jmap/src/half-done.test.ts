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

/** An account with a message; once something is sent, nothing is read or changed any more. */
async function openLostBehindSending() {
  const bed = testAccount();
  const { account } = bed;
  const emailId = await bed.append("From: maria@example.it\nTo: anna@x.it\nSubject: s\n\nx\n");
  const submit = account.submit.bind(account);
  account.submit = (submission) => {
    account.state = account.changeEmails = account.submissions = away;
    return submit(submission);
  };
  const send = (more: object = {}) =>
    bed.api(["EmailSubmission/set", { accountId: "a", create: { s: { emailId, identityId: "i1" } }, ...more }, "c"]);
  return { ...bed, emailId, send };
}

const filed = { onSuccessUpdateEmail: { "#s": { "mailboxIds/b1": null, "mailboxIds/b3": true } } };
const told = { created: { s: { id: expect.any(String) } }, notCreated: null };
const sentAsS = ["EmailSubmission/set", told, "c"];

test("R12: what was sent is told as sent though the store stays away, and so is that the message could not be filed", async () => {
  const { emailId, send, sent } = await openLostBehindSending();
  const filing = { oldState: null, updated: null, notUpdated: { [emailId]: { type: "serverUnavailable" } } };
  expect(await send(filed)).toMatchObject([sentAsS, ["Email/set", filing, "c"]]);
  expect(sent).toEqual(["anna@x.it"]);
});

test("R12: what was sent is told as sent though nothing could be noted of it, with the last state that was seen", async () => {
  const { account, send, sent } = await openLostBehindSending();
  const before = await account.state();
  account.noting = (chain) => {
    chain.enter(before);
    return account;
  };
  expect(await send()).toMatchObject([["EmailSubmission/set", { ...told, oldState: null, newState: before }, "c"]]);
  expect(sent).toEqual(["anna@x.it"]);
});

test("R12: what was sent is told as sent though the account is lost before the message is filed", async () => {
  const { account, backend, emailId, send, sent } = await openLostBehindSending();
  let isOpen = false;
  backend.account = async () => {
    if (isOpen) return away();
    isOpen = true;
    return account;
  };
  const filing = { updated: null, notUpdated: { [emailId]: { type: "serverUnavailable" } } };
  expect(await send(filed)).toMatchObject([sentAsS, ["Email/set", filing, "c"]]);
  expect(sent).toEqual(["anna@x.it"]);
});

test("R12: what was filed with its submission is told as filed though the rest of the filings fails, by a bug even", async () => {
  for (const [trouble, type] of [
    [new Failure("unavailable", "db.unavailable", "the database cannot be reached"), "serverUnavailable"],
    [new TypeError("a bug"), "serverFail"],
  ] as const) {
    const { account, backend, api, append, sent } = testAccount();
    const message = "From: maria@example.it\nTo: anna@x.it\nSubject: s\n\nx\n";
    const [one = "", two = "", three = ""] = [await append(message), await append(message), await append(message)];
    const before = await account.state();
    const submit = account.submit.bind(account);
    account.submit = async (submission) => {
      const made = await submit(submission);
      return submission.emailId === one ? { ...made, filed: null } : made;
    };
    let asked = 0;
    backend.account = async () => {
      if (asked++ > 0) throw trouble;
      return account;
    };
    const create = Object.fromEntries(
      [one, two, three].map((emailId, nth) => [`s${nth}`, { emailId, identityId: "i1" }]),
    );
    const move = { "mailboxIds/b1": null, "mailboxIds/b3": true };
    const wishes = { onSuccessUpdateEmail: { "#s0": move, "#s1": move }, onSuccessDestroyEmail: ["#s2"] };
    expect(await api(["EmailSubmission/set", { accountId: "a", create, ...wishes }, "c"])).toMatchObject([
      ["EmailSubmission/set", { created: { s0: {}, s1: {}, s2: {} } }, "c"],
      [
        "Email/set",
        {
          oldState: before,
          updated: { [one]: null },
          notUpdated: { [two]: { type } },
          destroyed: null,
          notDestroyed: { [three]: { type } },
        },
        "c",
      ],
    ]);
    expect(sent).toHaveLength(3);
  }
});

test("what a store filed together with a submission is told as filed or refused, and is not done again", async () => {
  const { account, api, append } = testAccount();
  const emailId = await append("From: maria@example.it\nTo: anna@x.it\nSubject: s\n\nx\n");
  const asked: unknown[] = [];
  const outcomes = [null, new Failure("invalid", "mailbox.no_place", "a message lies in at least one mailbox"), null];
  const [submit, cancel] = [account.submit.bind(account), account.cancelSubmission.bind(account)];
  const filed = () => ({ filed: outcomes.shift() ?? null });
  account.submit = async (submission) => {
    asked.push(submission.filing);
    return { ...(await submit(submission)), ...filed() };
  };
  Object.assign(account, {
    cancelSubmission: async (id: string, filing: unknown) => {
      asked.push(filing);
      return { ...(await cancel(id)), ...filed() };
    },
  });
  account.changeEmails = away;
  const mailFrom = { email: "maria@example.it", parameters: { HOLDFOR: "60" } };
  const held = { emailId, identityId: "i1", envelope: { mailFrom, rcptTo: [{ email: "anna@x.it" }] } };
  const send = () => api(["EmailSubmission/set", { accountId: "a", create: { s: held }, ...wish }, "c"]);
  const wish = { onSuccessUpdateEmail: { "#s": { "mailboxIds/b1": null, "mailboxIds/b3": true } } };
  const sent = await send();
  expect(sent).toMatchObject([sentAsS, ["Email/set", { updated: { [emailId]: null }, notUpdated: null }, "c"]]);
  expect(await send()).toMatchObject([sentAsS, ["Email/set", { updated: null, notUpdated: { [emailId]: {} } }, "c"]]);
  const id = (sent[0]?.[1] as { created: { s: { id: string } } } | undefined)?.created.s.id ?? "";
  const back = {
    update: { [id]: { undoStatus: "canceled" } },
    onSuccessUpdateEmail: { [id]: { mailboxIds: { b2: true } } },
  };
  expect(await api(["EmailSubmission/set", { accountId: "a", ...back }, "c"])).toMatchObject([
    ["EmailSubmission/set", { updated: { [id]: null } }, "c"],
    ["Email/set", { updated: { [emailId]: null } }, "c"],
  ]);
  const moved = { mailboxIds: { kind: "patch", add: ["b3"], remove: ["b1"] } };
  expect(asked).toEqual([moved, moved, { id: emailId, mailboxIds: { kind: "replace", values: ["b2"] } }]);
});

test("R12: what is malformed of the wishes for afterwards is refused before anything is sent", async () => {
  const { account, send, sent } = await openLostBehindSending();
  const before = await account.state();
  for (const wish of [
    { onSuccessUpdateEmail: "all" },
    { onSuccessUpdateEmail: { "#s": true } },
    { onSuccessDestroyEmail: [1] },
  ])
    expect(await send(wish)).toMatchObject([["error", { type: "invalidArguments" }, "c"]]);
  expect(sent).toEqual([]);
  expect(await account.state()).toBe(before);
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
