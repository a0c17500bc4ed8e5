import type { TestAccount } from "../../modules/mailflow/src/mailflow-testbed.ts";
import { type MailFaultsBed, password } from "./mail-faults-bed.test-support.ts";
import type { FaultedLife, FaultScript, Judging } from "./mail-faults-run.test-support.ts";
import { MailWire } from "./mail-wire.test-support.ts";

class Hangup extends Error {}

const line = /^(?:\+OK|-ERR)[^\r\n]*\r\n/m;
const end = /^\.\r\n/m;

/** One POP3 connection that says what was answered otherwise than a life without a fault has it answered. */
class Pop3Talk {
  readonly #wire: MailWire;
  readonly #unexpected: string[];

  constructor(port: number, unexpected: string[]) {
    this.#wire = MailWire.open(port);
    this.#unexpected = unexpected;
  }

  write(text: string): void {
    this.#wire.write(text);
  }

  /** Whether it is +OK, and all of what follows. */
  async next(asked: string, hasLines = false): Promise<{ readonly isOk: boolean; readonly text: string }> {
    const said = await this.#until(line, asked);
    const isOk = said.startsWith("+OK");
    if (!isOk) this.#unexpected.push(`${said.trim()} to ${asked}`);
    return { isOk, text: isOk && hasLines ? await this.#until(end, asked) : said };
  }

  ask(command: string, hasLines = false): Promise<{ readonly isOk: boolean; readonly text: string }> {
    this.write(`${command}\r\n`);
    return this.next(command, hasLines);
  }

  close(): void {
    this.#wire.close();
  }

  async #until(wanted: RegExp, asked: string): Promise<string> {
    const text = await this.#wire.until(wanted, asked);
    if (text !== null) return text;
    this.#unexpected.push(`hung up to ${asked}`);
    throw new Hangup();
  }
}

const large = `Subject: large\r\n\r\n${`${"x".repeat(74)}\r\n`.repeat(8_000)}END large\r\n`;
const texts = ["Subject: one\r\n\r\n.dot\r\nEND one\r\n", "Subject: two\r\n\r\nx\r\nEND two\r\n", large];

class Pop3Life implements FaultedLife {
  readonly unexpected: string[] = [];
  readonly temporary = /^-ERR \[SYS\/TEMP\]|^hung up to (?:RETR|TOP)/;
  readonly following = /(?!)/;
  readonly #office: MailFaultsBed;
  readonly #me: TestAccount;
  /** What QUIT was answered. */
  #isRemoved: boolean | null = null;

  constructor(office: MailFaultsBed, me: TestAccount) {
    this.#office = office;
    this.#me = me;
  }

  run(): Promise<void> {
    return this.#session(this.unexpected, async (talk) => {
      for (const command of ["STAT", "NOOP", "LIST 1"]) await talk.ask(command);
      for (const command of ["CAPA", "LIST", "UIDL", "TOP 3 2", "RETR 1", "RETR 3"]) await talk.ask(command, true);
      const piped = ["RETR 2", "TOP 1 1", "RETR 3", "RETR 1"];
      talk.write([...piped, "STAT", ""].join("\r\n"));
      for (const command of piped) await talk.next(command, true);
      await talk.next("STAT");
      for (const command of ["DELE 1", "RSET", "DELE 2"]) await talk.ask(command);
      this.#isRemoved = (await this.#office.plan.doing(["quit"], () => talk.ask("QUIT"))).isOk;
    });
  }

  async #session(unexpected: string[], work: (talk: Pop3Talk) => Promise<void>): Promise<void> {
    const talk = new Pop3Talk(this.#office.ports.pop3, unexpected);
    try {
      await talk.next("the greeting");
      for (let tries = 0; tries < 2; tries++) {
        await talk.ask(`USER ${this.#me.address}`);
        if (!(await talk.ask(`PASS ${password}`)).isOk) continue;
        await work(talk);
        return;
      }
    } catch (error) {
      if (!(error instanceof Hangup)) throw error;
    } finally {
      talk.close();
    }
  }

  async judge({ mayBeDone }: Judging): Promise<readonly string[]> {
    const findings: string[] = [];
    const troubles: string[] = [];
    const left: string[] = [];
    await this.#session(troubles, async (talk) => {
      const count = Number((await talk.ask("STAT")).text.split(" ")[1]);
      for (let at = 1; at <= count; at++)
        left.push(/^END (\S+)\r\n\.\r\n$/m.exec((await talk.ask(`RETR ${at}`, true)).text)?.[1] ?? "");
      await talk.ask("QUIT");
    });
    findings.push(...troubles.map((trouble) => `a second session was answered ${trouble}`));
    const [whole, less] = ["one two large", "one large"];
    const good =
      this.#isRemoved === true ? [less] : this.#isRemoved === false && mayBeDone("quit") ? [less, whole] : [whole];
    if (!good.includes(left.join(" "))) findings.push(`QUIT was ${this.#isRemoved}, and there is ${left.join(" ")}`);
    return findings;
  }
}

export const pop3Script = (office: MailFaultsBed): FaultScript => ({
  name: "POP3",
  async prepare() {
    const me = await office.newAccount();
    await office.fill(me, texts);
    return new Pop3Life(office, me);
  },
});
