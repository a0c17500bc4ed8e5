/** What the worker needs of its browser. */
export interface PushSurroundings {
  /** Whether a page of the webmail is looked at now: it shows what is new by itself. */
  isWatched(): Promise<boolean>;
  /** One request to `/jmap/api` with the session's cookie; its method responses. @throws when there is no answer. */
  call(
    methodCalls: readonly (readonly [string, object, string])[],
  ): Promise<readonly (readonly [string, unknown, string])[]>;
  show(title: string, body: string): Promise<void>;
}

type Language = "it" | "en";

const texts = {
  it: {
    title: "Nuova posta",
    one: "1 messaggio da leggere",
    many: (count: number) => `${count} messaggi da leggere`,
    unknown: "Apri la posta per leggerla",
  },
  en: {
    title: "New mail",
    one: "1 message to read",
    many: (count: number) => `${count} messages to read`,
    unknown: "Open your mail to read it",
  },
} as const;

/** Accounts that one notification asks after. */
const accountsMax = 8;

/**
 * Answers one push (RFC 8620 §7.2): gives a verification code back, or shows that there is mail, in numbers and without a
 * word of it. The push itself holds states only; how many are to be read is asked for.
 */
export async function answerPush(data: unknown, language: Language, around: PushSurroundings): Promise<void> {
  const push = (typeof data === "object" && data !== null ? data : {}) as Readonly<Record<string, unknown>>;
  if (push["@type"] === "PushVerification") {
    const update = { [String(push["pushSubscriptionId"])]: { verificationCode: push["verificationCode"] } };
    await around.call([["PushSubscription/set", { update }, "v"]]);
    return;
  }
  if (await around.isWatched()) return;
  const { title, one, many, unknown } = texts[language];
  const accountIds = Object.keys((push["changed"] ?? {}) as object).slice(0, accountsMax);
  const count = await countUnread(accountIds, around).catch(() => 0);
  await around.show(title, count === 0 ? unknown : count === 1 ? one : many(count));
  await renew(around).catch(() => undefined);
}

/** What tells of mail lives on, as after a visit. A sign-in is one browser's, so all of its subscriptions are. */
async function renew({ call }: PushSurroundings): Promise<void> {
  const [[, reply] = []] = await call([["PushSubscription/get", { ids: null, properties: ["id"] }, "p"]]);
  const { list = [] } = (reply ?? {}) as { list?: readonly { readonly id: string }[] };
  if (list.length === 0) return;
  const update = Object.fromEntries(list.map(({ id }) => [id, { expires: null }]));
  await call([["PushSubscription/set", { update }, "r"]]);
}

async function countUnread(accountIds: readonly string[], { call }: PushSurroundings): Promise<number> {
  const replies = await call(
    accountIds.flatMap((accountId) => [
      ["Mailbox/query", { accountId, filter: { role: "inbox" } }, `q${accountId}`] as const,
      [
        "Mailbox/get",
        {
          accountId,
          "#ids": { resultOf: `q${accountId}`, name: "Mailbox/query", path: "/ids" },
          properties: ["unreadEmails"],
        },
        `g${accountId}`,
      ] as const,
    ]),
  );
  let count = 0;
  for (const [name, reply] of replies) {
    if (name !== "Mailbox/get") continue;
    for (const { unreadEmails } of (reply as { list: readonly { unreadEmails: number }[] }).list) count += unreadEmails;
  }
  return count;
}
