import type { MailAccountReply } from "@casaforte/contract/mail";
import { expect, test } from "vitest";
import { changeOf, shownQuota } from "./account-change.ts";

const protocols = { imap: true, pop3: false, smtp: true, jmap: true, webmail: true };
const doors = ["imap", "pop3", "smtp", "jmap", "webmail"] as const;
const accountOf = (quotaBytes: number | null) =>
  ({ displayName: "Dora", quotaBytes, protocols }) as unknown as MailAccountReply;

test("C13: a change of a mailbox sends what was changed and leaves a quota as it is", () => {
  for (const bytes of [1_000, 500_000_000, 1_400_000_000, 10 * 2 ** 30, null]) {
    const quota = bytes === null ? null : shownQuota(bytes);
    expect(changeOf(accountOf(bytes), { displayName: "Dora F. ", quota, protocols, doors })).toEqual({
      displayName: "Dora F.",
    });
  }
  const form = { displayName: "Dora", quota: "1.5", protocols: { ...protocols, pop3: true }, doors };
  expect(changeOf(accountOf(null), form)).toEqual({ quotaBytes: 1_500_000_000, protocols: { pop3: true } });
  expect(changeOf(accountOf(10), { ...form, quota: null, protocols })).toEqual({ quotaBytes: null });
});

test("R13: a change that shuts IMAP or SMTP says what the form shows of JMAP, and nothing where it does not show it", () => {
  const account = { displayName: "Dora", quotaBytes: null, protocols } as unknown as MailAccountReply;
  const said = (change: object, shown: readonly (typeof doors)[number][] = doors) =>
    changeOf(account, { displayName: "Dora", quota: null, protocols: { ...protocols, ...change }, doors: shown });
  expect(said({ imap: false })).toEqual({ protocols: { imap: false, jmap: true } });
  expect(said({ smtp: false, jmap: false })).toEqual({ protocols: { smtp: false, jmap: false } });
  expect(said({ webmail: false })).toEqual({ protocols: { webmail: false } });
  expect(said({ imap: false }, ["imap", "pop3", "smtp", "webmail"])).toEqual({ protocols: { imap: false } });
});
