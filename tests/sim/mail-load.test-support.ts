import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Product } from "../support/product.ts";
import { SimRandom } from "../support/seed.test-support.ts";
import { Refused, SmtpWire, Unanswered } from "./smtp-wire.test-support.ts";

/** One message of the load and what its sender was told. */
export interface SentMessage {
  readonly id: string;
  readonly recipients: readonly string[];
  readonly bodySha256: string;
  /** True only when the 250 that follows the data was read. */
  isAccepted: boolean;
  /** Of one that was brought from another server: where it must lie, and its flags in order. */
  readonly kept?: { readonly mailbox: string; readonly flags: string };
}

/** Addresses outside, which the demo's sink takes. */
export const outside = "far.example";

/** Several senders at once: strangers at the MX port, account holders at the submission port. */
export class MailLoad {
  readonly sent: SentMessage[] = [];
  /** Refusals that a correct message must never get. */
  readonly unexpected: string[] = [];
  readonly #product: Product;
  readonly #seed: number;
  readonly #runs: Promise<void>[] = [];
  readonly #watches: { at: number; fire(): void }[] = [];
  #steps = 0;
  #isStopping = false;

  constructor(product: Product, seed: number) {
    this.#product = product;
    this.#seed = seed;
  }

  get accepted(): number {
    return this.sent.filter((message) => message.isAccepted).length;
  }

  start(strangers: number, accountHolders: number): void {
    for (let index = 0; index < strangers + accountHolders; index++) {
      const account = index < strangers ? null : (index - strangers) % this.#product.endpoints.demo.mailAccounts.length;
      this.#runs.push(this.#run(new SimRandom(this.#seed + index), `c${index}`, account));
    }
  }

  /** Resolves after so many more commands, replies and pieces of messages of all senders together. */
  afterSteps(count: number): Promise<void> {
    return new Promise((fire) => this.#watches.push({ at: this.#steps + count, fire }));
  }

  /** Lets every message under way come to its end. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    await Promise.all(this.#runs);
  }

  readonly #step = (): void => {
    this.#steps++;
    for (const watch of this.#watches.filter(({ at }) => this.#steps >= at)) {
      this.#watches.splice(this.#watches.indexOf(watch), 1);
      watch.fire();
    }
  };

  async #run(random: SimRandom, name: string, account: number | null): Promise<void> {
    for (let number = 0; !this.#isStopping; ) {
      let wire: SmtpWire | null = null;
      try {
        wire = await this.#connect(account);
        for (let turn = random.between(1, 30); turn > 0 && !this.#isStopping; turn--)
          await this.#send(wire, random, `${name}-${number++}`, account);
      } catch (error) {
        if (error instanceof Refused && error.message.includes("rate")) return;
        if (error instanceof Unanswered) this.unexpected.push(`${name}: ${error.message}`);
        if (error instanceof Refused && error.reply.code >= 500) this.unexpected.push(`${name}: ${error.message}`);
        // The server is away or says so (4xx): a sender comes again, with its next message.
        await new Promise((resolve) => setTimeout(resolve, 20));
      } finally {
        wire?.close();
      }
    }
  }

  async #connect(account: number | null): Promise<SmtpWire> {
    const { endpoints, directory } = this.#product;
    if (account === null) return SmtpWire.open(endpoints.smtp, this.#step);
    const certificate = readFileSync(join(directory, "tls", "cert.pem"), "utf8");
    const wire = await SmtpWire.open({ ...endpoints.smtps, certificate }, this.#step);
    const { address, password } = this.#account(account);
    await wire.say(`AUTH PLAIN ${Buffer.from(`\0${address}\0${password}`).toString("base64")}`, 235);
    return wire;
  }

  #account(index: number) {
    const found = this.#product.endpoints.demo.mailAccounts[index];
    if (!found) throw new Error(`the demo has no mail account ${index}`);
    return found;
  }

  /** One transaction. A message whose 250 was not read is never sent again: it may be there once or not at all. */
  async #send(wire: SmtpWire, random: SimRandom, id: string, account: number | null): Promise<void> {
    const sender = account === null ? "load@sender.example" : this.#account(account).address;
    const recipients = this.#recipients(random, account);
    const body = bodyOf(random);
    const bodySha256 = createHash("sha256").update(body, "latin1").digest("hex");
    const message: SentMessage = { id, recipients, bodySha256, isAccepted: false };
    this.sent.push(message);
    await wire.say(`MAIL FROM:<${sender}>`, 250);
    for (const recipient of recipients) await wire.say(`RCPT TO:<${recipient}>`, 250);
    await wire.say("DATA", 354);
    const header = [
      `From: <${sender}>`,
      `To: ${recipients.map((recipient) => `<${recipient}>`).join(", ")}`,
      `Subject: load ${id}`,
      `Message-ID: <${id}@load.example>`,
      "Date: Sun, 01 Mar 2026 10:00:00 +0000",
      "MIME-Version: 1.0",
      "Content-Type: text/plain; charset=us-ascii",
    ].join("\r\n");
    const text = `${header}\r\n\r\n${body.replace(/^\./gm, "..")}.\r\n`;
    for (let at = 0; at < text.length; at += 16_384) await wire.write(text.slice(at, at + 16_384));
    await wire.expect(250);
    message.isAccepted = true;
  }

  #recipients(random: SimRandom, account: number | null): string[] {
    const count = this.#product.endpoints.demo.mailAccounts.length;
    const first = this.#account(random.between(0, count - 1)).address;
    const second = this.#account(random.between(0, count - 1)).address;
    const away = `someone-${random.between(1, 5)}@${outside}`;
    if (account !== null) return random.pick<string[]>([[first], [away], [first, away]]);
    return random.between(1, 4) === 1 && first !== second ? [first, second] : [first];
  }
}

/** Mostly small, now and then beyond what the server keeps in memory; some lines begin with a dot. */
function bodyOf(random: SimRandom): string {
  const size = random.between(1, 100);
  const lines = size === 1 ? 20_000 : size < 10 ? 1_000 : random.between(1, 60);
  const line = random.next().toString(36).repeat(8).slice(0, 60);
  return Array.from({ length: lines }, (_, index) => `${index % 7 === 0 ? "." : ""}${line}${index}\r\n`).join("");
}
