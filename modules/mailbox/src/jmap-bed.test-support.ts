import { type AccountStore, type Backend, handleApi } from "@casaforte/jmap";
import { type Failure, type PrincipalId, type TenantId, utf8 } from "@casaforte/kernel";
import type { JobPayload } from "@casaforte/platform/jobs";
import { invariants } from "./invariants.ts";
import { jmapBackend } from "./jmap.ts";
import type { GrantedSender, JmapServices, RecipientOutcome } from "./jmap-submission.ts";
import { MailboxListings } from "./mailbox-listings.ts";
import { type MailboxTestbed, openMailboxTestbed } from "./mailbox-testbed.ts";

export const using = ["core", "mail", "submission", "quota"].map((name) => `urn:ietf:params:jmap:${name}`);
export type Reply = Record<string, unknown>;

export let bed: MailboxTestbed;
export let tenantId: TenantId;
export let services: JmapServices;
export const jobs: { readonly payload: JobPayload; readonly runAtMs: number | undefined }[] = [];
export const sent: { readonly sender: string; readonly recipients: readonly string[]; readonly raw: string }[] = [];
/** What the mail flow answers to the next submissions, and the addresses that an account was granted. */
export const flow: {
  refuse: Failure | null;
  granted: readonly (string | GrantedSender)[];
  readonly outcomes: Map<string, readonly RecipientOutcome[]>;
  /** Mail arrives while it is handed over. */
  isQuick: boolean;
  /** Happens while it takes a message. */
  meanwhile: (() => Promise<void>) | null;
} = { meanwhile: null, refuse: null, granted: [], outcomes: new Map(), isQuick: false };

export async function openJmapBed(): Promise<void> {
  bed = await openMailboxTestbed(11);
  tenantId = await bed.newTenant();
  services = {
    ...bed.services,
    listings: new MailboxListings(),
    jobs: { enqueue: async (_tx, _task, payload, options) => void jobs.push({ payload, runAtMs: options?.runAtMs }) },
    senderAddresses: async () =>
      flow.granted.map((one) => (typeof one === "string" ? { address: one, isOnBehalf: false } : one)),
    outcomes: async () => flow.outcomes,
    vacations: {
      read: async () => {
        throw new Error("not asked here");
      },
      set: async () => undefined,
    },
    submit: async ({ id, sender, recipients, message }) => {
      if (flow.refuse !== null) throw flow.refuse;
      await flow.meanwhile?.();
      const outcome = { state: "sent", isDelivered: true, reply: "250 ok" } as const;
      if (flow.isQuick)
        flow.outcomes.set(
          id,
          recipients.map((recipient) => ({ recipient, ...outcome })),
        );
      const pieces: Uint8Array[] = [];
      for await (const piece of message) pieces.push(piece);
      sent.push({ sender, recipients, raw: Buffer.concat(pieces).toString() });
    },
  };
}

export const closeJmapBed = () => bed?.close();

const context = () => ({ nowMs: bed.clock.nowMs(), logger: bed.logger });

export async function call(backend: Backend, name: string, args: object): Promise<Reply> {
  const reply = await handleApi({ using, methodCalls: [[name, args, "c"]] }, backend, context());
  if (!reply.ok) throw new Error(reply.problem.detail);
  return (reply.response["methodResponses"] as [string, Reply, string][])[0]?.[1] ?? {};
}

export async function newAccount(more: Pick<JmapServices, "isHeld"> = {}) {
  const account = await bed.newAccount(tenantId);
  const backend = await jmapBackend(
    { ...services, ...more },
    {
      kind: "mail_account",
      tenantId,
      mailAccountId: account.id,
      principalId: account.id as unknown as PrincipalId,
      ip: "192.0.2.1",
    },
  );
  const store = (await backend.account(account.id)) as AccountStore;
  const roles = new Map((await store.mailboxes()).map((mailbox) => [mailbox.role, mailbox.id]));
  return { account, backend, store, box: (role: string) => roles.get(role) ?? "" };
}

export const message = (subject: string, id: string, more = ""): Uint8Array =>
  utf8(
    `Message-ID: <${id}@x.it>\r\nFrom: P${id} <p${id}@x.it>\r\nTo: me@x.it\r\nSubject: ${subject}\r\n${more}\r\ncorpo ${id}\r\n`,
  );

export async function findings(): Promise<readonly string[]> {
  return bed.db.tenant(tenantId, async (tx) =>
    (await Promise.all(invariants.map((invariant) => invariant.check(tx)))).flat(),
  );
}
