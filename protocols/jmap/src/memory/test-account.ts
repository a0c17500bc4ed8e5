import { type Bytes, utf8 } from "@casaforte/kernel";
import { FakeClock, MemoryLogger } from "@casaforte/testkit";
import { handleApi } from "../api.ts";
import type { Draft } from "../draft.ts";
import { capabilities } from "../session.ts";
import { MemoryAccount } from "./memory-account.ts";
import { MemoryBackend } from "./memory-backend.ts";
import { MemoryPush } from "./memory-push.ts";

/** A composer good enough to read its own messages back; the product's edge composes for real. */
export async function composePlainly(draft: Draft): Promise<Bytes> {
  const list = (addresses: Draft["to"]): string => addresses.map((one) => `<${one.email}>`).join(", ");
  const type = draft.html === null ? "text/plain" : "text/html";
  return utf8(
    `From: ${list(draft.from)}\r\nTo: ${list(draft.to)}\r\nSubject: ${draft.subject}\r\n` +
      `MIME-Version: 1.0\r\nContent-Type: ${type}; charset=utf-8\r\n\r\n${draft.html ?? draft.text ?? ""}`,
  );
}

const plainIdentity = { replyTo: null, bcc: null, sender: null, textSignature: "", htmlSignature: "" };

/** One account `a` with the six usual mailboxes b1 (inbox) to b6, and a way to call it. */
export function testAccount() {
  const clock = new FakeClock(Date.UTC(2026, 2, 1));
  const logger = new MemoryLogger();
  const sent: string[] = [];
  const account = new MemoryAccount({
    info: { id: "a", name: "maria@example.it", isPersonal: true, isReadOnly: false, mayManage: true },
    clock,
    compose: composePlainly,
    identities: [{ id: "i1", name: "Maria", email: "maria@example.it", ...plainIdentity }],
    limitBytes: 1_000_000,
    onSubmit: (submission) => sent.push(...submission.envelope.rcptTo),
  });
  for (const role of ["inbox", "drafts", "sent", "archive", "junk", "trash"]) {
    account.addMailbox({ name: role, parentId: null, isSubscribed: true, sortOrder: 10 }, role);
  }
  const backend = new MemoryBackend("maria@example.it", [account], new MemoryPush(clock));
  const api = async (...methodCalls: readonly (readonly [string, object, string])[]) => {
    const request = { using: Object.values(capabilities), methodCalls };
    const reply = await handleApi(request, backend, { nowMs: clock.nowMs(), logger });
    if (!reply.ok) throw new Error(reply.problem.detail);
    return reply.response["methodResponses"] as [string, Record<string, unknown>, string][];
  };
  const append = (message: string, options: { mailboxIds?: string[]; keywords?: string[]; atMs?: number } = {}) =>
    account
      .createEmail({
        bytes: utf8(message.replaceAll("\n", "\r\n")),
        mailboxIds: options.mailboxIds ?? ["b1"],
        keywords: options.keywords ?? [],
        ...(options.atMs === undefined ? {} : { receivedAtMs: options.atMs }),
      })
      .then(({ id }) => id);
  return { account, backend, clock, logger, api, append, sent };
}
