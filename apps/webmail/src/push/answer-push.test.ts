import { expect, test } from "vitest";
import { answerPush } from "./answer-push.ts";

function browser(unread: readonly number[] | null, isWatched = false, known: readonly string[] = []) {
  const calls: (readonly [string, object, string])[] = [];
  const shown: string[] = [];
  const around = {
    isWatched: async () => isWatched,
    async call(methodCalls: readonly (readonly [string, object, string])[]) {
      calls.push(...methodCalls);
      if (unread === null) throw new Error("signed out");
      if (methodCalls[0]?.[0] === "PushSubscription/get") {
        return [["PushSubscription/get", { list: known.map((id) => ({ id })) }, "p"]] as const;
      }
      return unread.map((count, at) => ["Mailbox/get", { list: [{ unreadEmails: count }] }, `g${at}`] as const);
    },
    show: async (title: string, body: string) => void shown.push(`${title}: ${body}`),
  };
  return { around, calls, shown };
}

const change = { "@type": "StateChange", changed: { a: { EmailDelivery: "1.8" }, b: { EmailDelivery: "1.9" } } };

test("a verification code goes back to the server and shows nothing", async () => {
  const { around, calls, shown } = browser([]);
  await answerPush({ "@type": "PushVerification", pushSubscriptionId: "P1", verificationCode: "code" }, "it", around);
  expect(calls).toEqual([["PushSubscription/set", { update: { P1: { verificationCode: "code" } } }, "v"]]);
  expect(shown).toEqual([]);
});

test("new mail is told of in numbers, over all accounts that changed, in the language of the page", async () => {
  const two = browser([2, 3]);
  await answerPush(change, "it", two.around);
  expect(two.shown).toEqual(["Nuova posta: 5 messaggi da leggere"]);
  expect(two.calls).toContainEqual(["Mailbox/query", { accountId: "b", filter: { role: "inbox" } }, "qb"]);
  const one = browser([1]);
  await answerPush(change, "en", one.around);
  expect(one.shown).toEqual(["New mail: 1 message to read"]);
});

test("without an answer, or with a push that says nothing, there is a notification still; a page that is seen needs none", async () => {
  for (const data of [change, null, "x", { changed: null }]) {
    const { around, shown } = browser(null);
    await answerPush(data, "en", around);
    expect(shown).toEqual(["New mail: Open your mail to read it"]);
  }
  const watched = browser([1], true);
  await answerPush(change, "en", watched.around);
  expect(watched.shown).toEqual([]);
});

test("each notification lets the subscription that it came by live on", async () => {
  const known = browser([1], false, ["P1"]);
  await answerPush(change, "en", known.around);
  expect(known.calls.at(-1)).toEqual(["PushSubscription/set", { update: { P1: { expires: null } } }, "r"]);
  const unknown = browser([1]);
  await answerPush(change, "en", unknown.around);
  expect(unknown.calls.map(([name]) => name)).not.toContain("PushSubscription/set");
});
