import { serveImap } from "@casaforte/imap";
import { fromUtf8, type MailAccountId, type PrincipalId, type TenantId, utf8 } from "@casaforte/kernel";
import { MemoryConnection } from "@casaforte/testkit";
import { expect } from "vitest";
import { appendMessage } from "./append-message.ts";
import { noFlags } from "./flags.ts";
import { imapBackend } from "./imap.ts";
import { ingestMessage } from "./ingest-message.ts";
import { invariants } from "./invariants.ts";
import type { MailAccount } from "./mail-account.ts";
import { ingestSample, type MailboxTestbed, openMailboxTestbed, system } from "./mailbox-testbed.ts";
import type { ShareAccess } from "./share-access.ts";
import { setShares } from "./share-account.ts";

/** A mail program: asks, and gives the answer's lines up to the tagged one. */
export class Client {
  readonly #connection = new MemoryConnection();
  #left = "";
  #tag = 0;
  readonly closed: Promise<void>;

  /** Serves until `signal`; `closed` is when the server has let go. */
  constructor(bed: MailboxTestbed, tenant: TenantId, account: MailAccount, signal: AbortSignal) {
    const verify = async () => ({
      tenantId: tenant,
      mailAccountId: account.id,
      principalId: account.id as unknown as PrincipalId,
      holds: async () => true,
    });
    const { clock, logger } = bed;
    const backend = imapBackend(bed.services, verify);
    this.closed = serveImap(this.#connection.server, { backend, clock, logger, signal });
  }

  async line(): Promise<string> {
    for (;;) {
      const at = this.#left.indexOf("\r\n");
      if (at >= 0) {
        const line = this.#left.slice(0, at);
        this.#left = this.#left.slice(at + 2);
        return line;
      }
      const more = await this.#connection.receive();
      if (more === null) return "closed";
      this.#left += fromUtf8(more);
    }
  }

  send(text: string): void {
    this.#connection.send(`${text}\r\n`);
  }

  async ask(command: string): Promise<string[]> {
    const tag = `t${++this.#tag}`;
    this.send(`${tag} ${command}`);
    const lines: string[] = [];
    for (;;) {
      const line = await this.line();
      lines.push(line.startsWith(`${tag} `) ? line.slice(tag.length + 1) : line);
      if (line.startsWith(`${tag} `) || line === "closed") return lines;
    }
  }

  /** The tagged answer alone. */
  async say(command: string): Promise<string> {
    return (await this.ask(command)).at(-1) ?? "";
  }
}

/** An organisation whose people share their mail, and mail programs that are theirs. */
export class SharingOffice {
  readonly bed: MailboxTestbed;
  readonly tenantId: TenantId;
  readonly #over = new AbortController();
  readonly #sessions: Promise<void>[] = [];

  private constructor(bed: MailboxTestbed, tenantId: TenantId) {
    this.bed = bed;
    this.tenantId = tenantId;
  }

  static async open(seed: number): Promise<SharingOffice> {
    const bed = await openMailboxTestbed(seed);
    return new SharingOffice(bed, await bed.newTenant());
  }

  async close(): Promise<void> {
    this.#over.abort();
    await Promise.all(this.#sessions);
    await this.bed.close();
  }

  async signIn(account: MailAccount, tenant = this.tenantId): Promise<Client> {
    const client = new Client(this.bed, tenant, account, this.#over.signal);
    this.#sessions.push(client.closed);
    await client.line();
    expect(await client.say("LOGIN x y")).toMatch(/^OK /);
    return client;
  }

  share(owner: MailAccount, member: MailAccountId, access: ShareAccess | null, tenant = this.tenantId) {
    const shares = access === null ? [] : [{ memberId: member, access }];
    return this.bed.db.tenant(tenant, (tx) =>
      setShares(tx, system, { accountId: owner.id, shares }, this.bed.services),
    );
  }

  /** A sample by its number, or what `text` says, into the inbox. */
  async deliver(account: MailAccount, number: number, text?: string): Promise<void> {
    const { bed, tenantId } = this;
    const message = text
      ? await ingestMessage(bed.services, tenantId, utf8(text))
      : await ingestSample(bed, tenantId, number);
    const { id } = await bed.mailbox(tenantId, account, "INBOX");
    await bed.db.tenant(tenantId, (tx) =>
      appendMessage(tx, system, { accountId: account.id, mailboxIds: [id], message, flags: noFlags }, bed.services),
    );
  }

  /** What is broken; empty when the store is whole. */
  findings(): Promise<readonly string[]> {
    return this.bed.db.tenant(this.tenantId, async (tx) =>
      (await Promise.all(invariants.map((invariant) => invariant.check(tx)))).flat(),
    );
  }
}
