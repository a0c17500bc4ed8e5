import type { TestAccount } from "../../modules/mailflow/src/mailflow-testbed.ts";
import { type MailFaultsBed, password } from "./mail-faults-bed.test-support.ts";
import type { FaultedLife, FaultScript, Judging } from "./mail-faults-run.test-support.ts";
import { MailWire } from "./mail-wire.test-support.ts";

/** Of the last line of a reply. */
const reply = /^\d{3} [^\r\n]*\r\n/m;
/** Beyond what is kept in memory, and beyond what any stream holds. */
const largeBytes = 1_100_000;

interface Told {
  readonly subject: string;
  readonly account: TestAccount;
  /** `unasked`: nothing was sent, or nobody was to have it. */
  readonly outcome: "accepted" | "refused" | "unasked";
}

interface How {
  readonly isLarge?: boolean;
  readonly isPiped?: boolean;
  readonly from?: string;
  readonly expected?: RegExp;
}

/** The session's other side hung up. */
class Hangup extends Error {}

/** What the sessions of the three roles have in common: a conversation, and what was told of each message. */
abstract class SmtpLife implements FaultedLife {
  readonly unexpected: string[] = [];
  readonly temporary = /^4\d\d /;
  readonly following = /^(?:503|554) .* to (?:RCPT|DATA)/;
  protected readonly told: Told[] = [];
  protected readonly office: MailFaultsBed;
  readonly #port: number;
  #wire: MailWire | null = null;

  constructor(office: MailFaultsBed, port: number) {
    this.office = office;
    this.#port = port;
  }

  run(): Promise<void> {
    return this.#session(() => this.converse());
  }

  async #session(work: () => Promise<void>): Promise<void> {
    this.#wire = MailWire.open(this.#port);
    try {
      await this.next(/^220 /, "the greeting");
      if (await this.enter()) await work();
      await this.ask("QUIT", /^221 /);
    } catch (error) {
      if (!(error instanceof Hangup)) throw error;
    } finally {
      this.#wire.close();
    }
  }

  async judge({ mayBeDone }: Judging): Promise<readonly string[]> {
    await this.office.bed.drain();
    const findings: string[] = [];
    const all = new Map<TestAccount, readonly string[]>();
    for (const { account } of this.told)
      if (!all.has(account))
        all.set(
          account,
          (await this.office.bed.messages(account)).map(({ raw }) => raw),
        );
    for (const { subject, account, outcome } of this.told) {
      const found = (all.get(account) ?? []).filter((raw) => raw.includes(`\r\nSubject: ${subject}\r\n`));
      const least = outcome === "accepted" ? 1 : 0;
      const most = outcome === "accepted" || (outcome === "refused" && mayBeDone(subject)) ? 1 : 0;
      if (found.length < least || found.length > most)
        findings.push(`${subject} was ${outcome} and is there ${found.length} times for ${account.address}`);
      if (found.some((raw) => !raw.endsWith(`END ${subject}\r\n`))) findings.push(`${subject} is not whole`);
    }
    const before = this.unexpected.length;
    await this.#session(() => this.send(subject("again"), this.sender, [...all.keys()]));
    if (this.unexpected.length > before) findings.push(`a second session was answered ${this.unexpected[before]}`);
    return findings;
  }

  protected readonly sender: string = "bo@far.test";
  /** Greets, and signs in where that must be; whether the session can go on. */
  protected abstract enter(): Promise<boolean>;
  protected abstract converse(): Promise<void>;

  /** The next reply's last line. */
  protected async next(expected: RegExp, asked: string): Promise<string> {
    const whole = (await this.#wire?.until(reply, asked)) ?? null;
    const line = whole === null ? null : (reply.exec(whole)?.[0].trim() ?? "");
    if (line === null || !expected.test(line)) this.unexpected.push(`${line ?? "nothing, but hung up,"} to ${asked}`);
    if (line === null) throw new Hangup();
    return line;
  }

  protected ask(line: string, expected: RegExp): Promise<string> {
    this.write(`${line}\r\n`);
    return this.next(expected, line);
  }

  protected write(text: string): void {
    this.#wire?.write(text);
  }

  /** A whole transaction; the commands in one write where they are `piped`, and then others behind the message, too. */
  protected send(subject: string, sender: string, to: readonly (TestAccount | string)[], how: How = {}): Promise<void> {
    return this.office.plan.doing([subject], () => this.#send(subject, sender, to, how));
  }

  async #send(subject: string, sender: string, to: readonly (TestAccount | string)[], how: How): Promise<void> {
    const { isPiped = false, expected = /^250 / } = how;
    const addressOf = (one: TestAccount | string) => (typeof one === "string" ? one : one.address);
    const mail = `MAIL FROM:<${sender}>`;
    const named = to.map((one) => `RCPT TO:<${addressOf(one)}>`);
    if (isPiped) this.write([mail, ...named, "DATA", ""].join("\r\n"));
    const turn = (line: string, wanted: RegExp) => (isPiped ? this.next(wanted, line) : this.ask(line, wanted));
    const isOpen = (await turn(mail, /^250 /)).startsWith("250");
    const taken: (TestAccount | string)[] = [];
    for (const [index, line] of named.entries()) {
      const one = to[index];
      if (isPiped || isOpen) if ((await turn(line, /^250 /)).startsWith("250") && one !== undefined) taken.push(one);
    }
    const isInvited = isPiped || taken.length > 0 ? (await turn("DATA", /^354 /)).startsWith("354") : false;
    const answers: string[] = [];
    if (isInvited) {
      const line = `${"x".repeat(74)}\r\n`;
      const body = how.isLarge ? line.repeat(largeBytes / line.length) : line;
      const from = how.from ?? (sender || "daemon@far.test");
      const header = `From: <${from}>\r\nMessage-ID: <${subject}@far.test>\r\nSubject: ${subject}\r\n\r\n`;
      this.write(`${header}${body}END ${subject}\r\n.\r\n${isPiped ? "NOOP\r\nRSET\r\n" : ""}`);
      for (const _ of this.answersOnce ? [0] : taken) answers.push(await this.next(expected, `the end of ${subject}`));
      if (isPiped) for (const command of ["NOOP", "RSET"]) await this.next(/^250 /, `${command} behind ${subject}`);
    } else if (isOpen) await this.ask("RSET", /^250 /);
    for (const one of to) {
      const at = taken.indexOf(one);
      const answer = answers[this.answersOnce ? 0 : at];
      const outcome = at < 0 || answer === undefined ? "unasked" : answer.startsWith("250") ? "accepted" : "refused";
      if (typeof one !== "string") this.told.push({ subject, account: one, outcome });
    }
  }

  /** One reply for all recipients of a message. */
  protected readonly answersOnce: boolean = true;
}

let subjects = 0;
const subject = (name: string) => `${name}-${++subjects}`;

export const mxScript = (office: MailFaultsBed): FaultScript => ({
  name: "MX",
  async prepare() {
    const [ada, bob] = [await office.newAccount(), await office.newAccount()];
    return new (class extends SmtpLife {
      protected async enter(): Promise<boolean> {
        return (await this.ask("EHLO client.test", /^250 /)).startsWith("250");
      }
      protected async converse(): Promise<void> {
        await this.ask("NOOP", /^250 /);
        await this.ask("HELP", /^214 /);
        await this.ask("MAIL FROM:<bo@far.test>", /^250 /);
        await this.ask("RCPT TO:<nobody@casa.test>", /^(?:550|503) /);
        await this.ask("RCPT TO:<who@elsewhere.test>", /^(?:550|503) /);
        await this.ask("RSET", /^250 /);
        await this.send(subject("mx"), "bo@far.test", [ada, bob]);
        await this.send(subject("mx-large"), "bo@far.test", [ada, bob], { isLarge: true });
        await this.send(subject("mx-null"), "", [ada]);
        await this.send(subject("mx-report"), "bo@far.test", ["tls-reports@provider.test"], { expected: /^550 / });
        await this.send(subject("mx-piped"), "bo@far.test", [ada, bob], { isPiped: true });
        await this.send(subject("mx-piped-large"), "bo@far.test", [bob], { isPiped: true, isLarge: true });
      }
    })(office, office.ports.mx);
  },
});

export const submissionScript = (office: MailFaultsBed): FaultScript => ({
  name: "submission",
  async prepare() {
    const [ada, bob, eve] = [
      await office.newAccount(),
      await office.newAccount(),
      await office.newAccount("other.test"),
    ];
    const plain = Buffer.from(`\0${ada.address}\0${password}`).toString("base64");
    return new (class extends SmtpLife {
      protected override readonly sender = ada.address;
      protected async enter(): Promise<boolean> {
        await this.ask("EHLO client.test", /^250 /);
        await this.ask(`MAIL FROM:<${ada.address}>`, /^530 /);
        const signIn = () => this.ask(`AUTH PLAIN ${plain}`, /^235 /);
        return (await signIn()).startsWith("235") || (await signIn()).startsWith("235");
      }
      protected async converse(): Promise<void> {
        await this.ask("MAIL FROM:<boss@casa.test>", /^553 /);
        await this.send(subject("out"), ada.address, [bob, eve]);
        await this.send(subject("out-large"), ada.address, [bob, eve], { isLarge: true });
        const stolen = { from: "boss@casa.test", expected: /^553 / };
        await this.send(subject("out-stolen"), ada.address, [bob], stolen);
        await this.send(subject("out-stolen-large"), ada.address, [bob], { ...stolen, isLarge: true });
        await this.send(subject("out-piped"), ada.address, [bob, eve], { isPiped: true });
        await this.send(subject("out-piped-large"), ada.address, [eve], { isPiped: true, isLarge: true });
      }
    })(office, office.ports.submission);
  },
});

export const lmtpScript = (office: MailFaultsBed): FaultScript => ({
  name: "LMTP",
  async prepare() {
    const [ada, bob, eve] = [
      await office.newAccount(),
      await office.newAccount(),
      await office.newAccount("other.test"),
    ];
    return new (class extends SmtpLife {
      protected override readonly answersOnce = false;
      protected async enter(): Promise<boolean> {
        return (await this.ask("LHLO front.test", /^250 /)).startsWith("250");
      }
      protected async converse(): Promise<void> {
        await this.send(subject("in"), "bo@far.test", [ada, bob, eve]);
        await this.send(subject("in-large"), "bo@far.test", [ada, bob, eve], { isLarge: true });
        await this.send(subject("in-piped"), "bo@far.test", [ada, eve], { isPiped: true });
        await this.send(subject("in-piped-large"), "bo@far.test", [bob, eve], { isPiped: true, isLarge: true });
      }
    })(office, office.ports.lmtp);
  },
});
