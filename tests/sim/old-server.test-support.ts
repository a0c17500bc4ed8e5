import { createHash } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { serveImap } from "@casaforte/imap";
import { MemoryImapBackend } from "@casaforte/imap/memory";
import { listenStream, type StreamListener } from "@casaforte/platform/net";
import { systemClock, systemRandom } from "@casaforte/platform/telemetry";
import { selfSigned } from "@casaforte/smtp/test-certificate";
import { MemoryLogger } from "@casaforte/testkit";
import type { Endpoints, Product } from "../support/product.ts";
import type { SimRandom } from "../support/seed.test-support.ts";
import { until } from "../support/until.test-support.ts";
import type { SentMessage } from "./mail-load.test-support.ts";
import { WebSession } from "./web-session.test-support.ts";

const host = "127.0.0.1";
const password = "a password of the old server";

interface Transfer {
  readonly id: string;
  readonly address: string;
  readonly state: string;
  readonly problem: string | null;
  readonly progress: { readonly copied: number; readonly failed: number };
}

/** A mail server of before, on loopback with a certificate of its own, that customers bring their mail from. */
export class OldServer {
  /** What was asked to be brought, as messages that must be there once. */
  readonly brought: SentMessage[] = [];
  readonly #backend: MemoryImapBackend;
  readonly #listener: StreamListener;
  readonly #directory: string;
  readonly #said: { bytes: number };
  readonly #watches: Set<{ readonly at: number; fire(): void }>;
  #users = 0;

  private constructor(parts: {
    backend: MemoryImapBackend;
    listener: StreamListener;
    directory: string;
    said: { bytes: number };
    watches: Set<{ readonly at: number; fire(): void }>;
  }) {
    this.#backend = parts.backend;
    this.#listener = parts.listener;
    this.#directory = parts.directory;
    this.#said = parts.said;
    this.#watches = parts.watches;
  }

  static async open(): Promise<OldServer> {
    const directory = await mkdtemp(join(tmpdir(), "cf-old-server-"));
    const certificate = await selfSigned("old.example", `IP:${host}`);
    await writeFile(join(directory, "ca.pem"), certificate.cert);
    const backend = new MemoryImapBackend({ clock: systemClock, random: systemRandom });
    const logger = new MemoryLogger();
    const said = { bytes: 0 };
    const watches = new Set<{ readonly at: number; fire(): void }>();
    const listener = await listenStream({
      name: "old",
      host,
      port: 0,
      certificate,
      implicitTls: true,
      logger,
      serve: (connection, signal) => {
        const counting = Object.assign(Object.create(connection) as typeof connection, {
          write: (bytes: Uint8Array) => {
            said.bytes += bytes.length;
            for (const watch of watches) if (said.bytes >= watch.at) watch.fire();
            return connection.write(bytes);
          },
        });
        return serveImap(counting, { backend, clock: systemClock, logger, signal, options: {} });
      },
    });
    return new OldServer({ backend, listener, directory, said, watches });
  }

  /** How the product must be started to reach it. */
  get place(): string {
    return `${host}:${this.#listener.port}`;
  }

  /** The file of the authority to trust. */
  get caFile(): string {
    return join(this.#directory, "ca.pem");
  }

  /** Resolves when it has said so many more bytes to whoever asked. */
  afterBytes(count: number): Promise<void> {
    return new Promise((resolve) => {
      const watch = {
        at: this.#said.bytes + count,
        fire: () => {
          this.#watches.delete(watch);
          resolve();
        },
      };
      this.#watches.add(watch);
    });
  }

  /**
   * Fills a mailbox over here and asks the product to bring it into an account that nothing is brought into now. Returns its
   * size in bytes; null when there is no such account.
   */
  async bring(endpoints: Endpoints, random: SimRandom, count: number): Promise<number | null> {
    const session = await signedIn(endpoints);
    const { transfers } = await session.get<{ transfers: Transfer[] }>("/api/mail-transfers");
    const busy = new Set(transfers.filter(({ state }) => state !== "done").map(({ address }) => address));
    const [first, ...others] = endpoints.demo.mailAccounts.filter(({ address }) => !busy.has(address));
    if (first === undefined) return null;
    const account = random.pick([first, ...others]);
    const user = `old-${this.#users++}`;
    const old = this.#backend.addAccount(user, password);
    old.addMailbox("Clienti/Rossi", null);
    let bytes = 0;
    for (let number = 0; number < count; number++) {
      const id = `${user}-${number}`;
      const body = `${random.next().toString(36).repeat(4)}\r\n`.repeat(random.between(1, 200));
      const flags = { bits: random.between(0, 7), keywords: number % 5 === 0 ? ["$Forwarded"] : [] };
      const mailbox = number % 3 === 0 ? "Clienti/Rossi" : "INBOX";
      const message = `From: <ann@old.example>\r\nMessage-ID: <${id}@load.example>\r\nSubject: old ${id}\r\nDate: Thu, 01 Jan 2026 10:00:00 +0100\r\n\r\n${body}`;
      old.deliver(mailbox, message, flags);
      bytes += message.length;
      const bodySha256 = createHash("sha256").update(body, "latin1").digest("hex");
      const kept = { mailbox, flags: flagsOf(flags) };
      this.brought.push({ id, recipients: [account.address], bodySha256, isAccepted: true, kept });
    }
    const row = { line: 1, address: account.address, host, port: this.#listener.port, security: "tls", user, password };
    const reply = await session.post("/api/mail-transfers", { rows: [row] });
    const { rows } = (await reply.json()) as { readonly rows: readonly { readonly code: string | null }[] };
    if (rows[0]?.code !== null) throw new Error(`the transfer was refused: ${JSON.stringify(rows)}`);
    return bytes;
  }

  /** How the newest transfer stands. */
  async newest(endpoints: Endpoints): Promise<Transfer | undefined> {
    const session = await signedIn(endpoints);
    return (await session.get<{ transfers: Transfer[] }>("/api/mail-transfers")).transfers[0];
  }

  /** Waits until everything that was asked for is here. */
  async untilBrought(product: Product, withinMs: number): Promise<void> {
    const session = await signedIn(product.endpoints);
    await until(
      "the end of all transfers",
      async () => {
        const { transfers } = await session.get<{ transfers: Transfer[] }>("/api/mail-transfers");
        const standing = transfers.find(({ state }) => state === "paused" || state === "cancelled");
        if (standing) throw new Error(`a transfer stands still: ${JSON.stringify(standing)}`);
        return transfers.every(({ state }) => state === "done");
      },
      { withinMs, everyMs: 200 },
    );
  }

  async close(): Promise<void> {
    await this.#listener.close(0);
    await rm(this.#directory, { recursive: true, force: true });
  }
}

/** A database whose connection was killed may still be on its way back. */
const signedIn = (endpoints: Endpoints): Promise<WebSession> =>
  until("a customer's session", () => WebSession.customer(endpoints).catch(() => null), { everyMs: 100 });

function flagsOf({ bits, keywords }: { readonly bits: number; readonly keywords: readonly string[] }): string {
  const system = ["\\Seen", "\\Answered", "\\Flagged"].filter((_, at) => (bits & (1 << at)) !== 0);
  return [...system, ...keywords].sort().join(" ");
}
