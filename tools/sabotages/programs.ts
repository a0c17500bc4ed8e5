import type { Sabotage } from "./sabotage.ts";

/** What customers' programs are told, and what they may. */
export const programs: readonly Sabotage[] = [
  {
    rows: [79],
    what: "a webhook is sent to whatever address the DNS names",
    file: "apps/server/src/post-webhook.ts",
    find: "const address = await before(ended, resolve(host, ended));",
    replace: 'const address = await before(ended, Promise.resolve("127.0.0.1"));',
    test: { file: "tests/security/webhooks.test.ts", name: "R79: a private address is refused" },
  },
  {
    rows: [79],
    what: "a recorded event can be played back",
    file: "clients/typescript/src/verify-webhook.ts",
    find: '  if (ageSeconds > toleranceSeconds) throw new WebhookRefused("too_old");\n',
    replace: "",
    test: { file: "tests/security/webhooks.test.ts", name: "R79: a receiver takes no altered" },
  },
  {
    rows: [79],
    what: "the secret before stops at once when it is renewed",
    file: "modules/webhooks/src/send-events.ts",
    find: "beforeUntil.getTime() > nowMs",
    replace: "beforeUntil.getTime() < 0",
    test: { file: "tests/security/webhooks.test.ts", name: "R79: a receiver takes no altered" },
  },
  {
    rows: [79],
    what: "an endpoint that never answers is written to for ever",
    file: "modules/webhooks/src/send-events.ts",
    find: "failingSince.getTime() >= webhooksLimits.disableAfterMs",
    replace: "failingSince.getTime() < 0",
    test: { file: "tests/security/webhooks.test.ts", name: "R79: a failing receiver is tried" },
  },
  {
    rows: [79],
    what: "two processes write to one endpoint at once",
    file: "modules/webhooks/src/send-events.ts",
    find: "if (restsUntilMs <= nowMs && !(await isSending(tx, endpointId, now)))",
    replace: "if (restsUntilMs <= nowMs)",
    test: { file: "tests/security/webhooks.test.ts", name: "R79: one request at a time" },
  },
  {
    rows: [13],
    what: "a message that was sent is refused because other mail came meanwhile",
    file: "modules/mailbox/src/jmap-account.ts",
    find: "if (!isDone) this.#chain?.enter(before);",
    replace: "this.#chain?.enter(before);",
    test: { file: "modules/mailbox/src/set-states.test.ts", name: "R13: a message is sent at once or refused" },
  },
  {
    rows: [13],
    what: "a message is sent at once although its state was moved by an address that was given",
    file: "modules/mailbox/src/jmap-account.ts",
    find: "if (isDone) this.#chain?.enter(await this.state());",
    replace: "",
    test: { file: "modules/mailbox/src/set-states.test.ts", name: "R13: a message is sent at once or refused" },
  },
  {
    rows: [13],
    what: "NOTIFY never tells of mail that came into a mailbox while it was selected",
    file: "protocols/imap/src/notify-state.ts",
    find: "    this.known = new Map(this.known).set(mailboxId, { ...known, figures, wasSelected: true });\n    this.hint(mailboxId);\n",
    replace: "",
    test: { file: "protocols/imap/src/transcript-notify.test.ts", name: "R13: what came into the selected mailbox" },
  },
];
