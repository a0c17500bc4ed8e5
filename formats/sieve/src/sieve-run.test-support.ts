import { parseMessage } from "@casaforte/mime";
import { parseSieve } from "./check.ts";
import type { SieveEnvironment } from "./environment.ts";
import { sieveMessage } from "./message.ts";
import type { SieveOutcome } from "./outcome.ts";
import { runSieve } from "./run-sieve.ts";

export const sampleMessage = [
  "Return-Path: <coyote@desert.example.org>",
  "Received: from a by b; Mon, 15 Jan 2024 22:30:00 +0100",
  'From: "Wile E. Coyote" <coyote@desert.example.org>',
  "To: roadrunner+acme@acme.example.com, Beep <beep@example.net>",
  "Cc: =?UTF-8?Q?Pap=C3=A0?= <papa@example.com>",
  "Subject: =?UTF-8?Q?Un_regalo_perch=C3=A9_s=C3=AC?= [birds]",
  "X-Priority: 5",
  "X-Caffeine:  C8H10N4O2",
  "List-Id: Birds <birds.example.org>",
  "Date: Mon, 15 Jan 2024 21:00:00 -0800",
  "MIME-Version: 1.0",
  'Content-Type: multipart/mixed; boundary="b"',
  "",
  "--b",
  "Content-Type: text/plain; charset=utf-8",
  "Content-Transfer-Encoding: quoted-printable",
  "",
  "Look, I have one: caff=C3=A8 for you.",
  "--b",
  "Content-Type: text/html",
  "",
  "<p>Free <b>bird</b> seed</p>",
  "--b--",
  "",
].join("\r\n");

const defaults: SieveEnvironment = {
  envelope: { from: "coyote@desert.example.org", to: "roadrunner+acme@acme.example.com" },
  nowMs: Date.UTC(2024, 5, 3, 12, 0, 0),
  zoneMinutes: 120,
  spamPercent: null,
  mailboxExists: (name) => name === "Birds" || name === "INBOX",
  hasSpecialUse: (use, mailbox) => use === "\\Junk" && (mailbox === null || mailbox === "Spam"),
  items: { name: "Casaforte" },
};

/** What a script does with the sample message. */
export function run(
  script: string,
  environment: Partial<SieveEnvironment> = {},
  message = sampleMessage,
): SieveOutcome {
  const bytes = Buffer.from(message, "utf8");
  const { index } = parseMessage(bytes);
  return runSieve(parseSieve(script), sieveMessage(bytes, index), { ...defaults, ...environment });
}

/** Mailboxes, addresses and reasons of the outcome in short: `inbox`, `Birds`, `>a@b`, `!reason`, `?vacation`. */
export function inShort(outcome: SieveOutcome): string {
  const words = outcome.actions.map((action) => {
    if (action.kind === "file") return [action.mailbox ?? "inbox", ...action.flags].join(" ");
    if (action.kind === "redirect") return `>${action.address}`;
    return action.kind === "reject" ? `!${action.reason}` : `?${action.reason}`;
  });
  return words.join(", ");
}
