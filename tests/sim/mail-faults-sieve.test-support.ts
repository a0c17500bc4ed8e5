import type { TestAccount } from "../../modules/mailflow/src/mailflow-testbed.ts";
import { type MailFaultsBed, password } from "./mail-faults-bed.test-support.ts";
import type { FaultedLife, FaultScript, Judging } from "./mail-faults-run.test-support.ts";
import { MailWire } from "./mail-wire.test-support.ts";

type Answer = "OK" | "NO" | "BYE";

class Hangup extends Error {}

const answer = /^(OK|NO|BYE)[^\r\n]*\r\n/m;

class SieveTalk {
  readonly #wire: MailWire;
  readonly #unexpected: string[];

  constructor(port: number, unexpected: string[]) {
    this.#wire = MailWire.open(port);
    this.#unexpected = unexpected;
  }

  write(text: string): void {
    this.#wire.write(text);
  }

  async next(asked: string): Promise<{ readonly answer: Answer; readonly text: string }> {
    const text = await this.#wire.until(answer, asked);
    if (text === null) {
      this.#unexpected.push(`hung up to ${asked}`);
      throw new Hangup();
    }
    const [said = "", word = ""] = answer.exec(text) ?? [];
    if (word !== "OK") this.#unexpected.push(`${said.trim()} to ${asked}`);
    return { answer: word as Answer, text };
  }

  ask(command: string): Promise<{ readonly answer: Answer; readonly text: string }> {
    this.write(`${command}\r\n`);
    return this.next(command.slice(0, 60));
  }

  close(): void {
    this.#wire.close();
  }
}

const keep = (name: string, lines: number) => `${"# a line of words\r\n".repeat(lines)}keep; # end ${name}\r\n`;
const put = (name: string, lines: number) => {
  const text = keep(name, lines);
  return `PUTSCRIPT "${name}" {${text.length}+}\r\n${text}`;
};

class SieveLife implements FaultedLife {
  readonly unexpected: string[] = [];
  readonly temporary = /^NO \(TRYLATER\)/;
  readonly following = /^NO \(NONEXISTENT\)/;
  readonly #office: MailFaultsBed;
  readonly #me: TestAccount;
  readonly #told = new Map<string, Answer>();

  constructor(office: MailFaultsBed, me: TestAccount) {
    this.#office = office;
    this.#me = me;
  }

  run(): Promise<void> {
    return this.#session(this.unexpected, async (talk) => {
      const { plan } = this.#office;
      const act = async (name: string, command: string) =>
        void this.#told.set(name, (await plan.doing([name], () => talk.ask(command))).answer);
      for (const command of ["CAPABILITY", 'NOOP "x"', 'HAVESPACE "a" 100']) await talk.ask(command);
      await act("a", put("a", 1));
      await act("b", put("b", 3_000));
      await talk.ask(`CHECKSCRIPT {${keep("c", 3_000).length}+}\r\n${keep("c", 3_000)}`);
      await act("active", 'SETACTIVE "a"');
      for (const command of ["LISTSCRIPTS", 'GETSCRIPT "a"', 'GETSCRIPT "b"']) await talk.ask(command);
      await act("renamed", 'RENAMESCRIPT "a" "z"');
      await act("deleted", 'DELETESCRIPT "b"');
      const piped = [put("d", 3_000), "LISTSCRIPTS", put("e", 1)];
      const names = ["d", "listed", "e"];
      await plan.doing(names, async () => {
        talk.write(`${piped.join("\r\n")}\r\n`);
        for (const name of names) this.#told.set(name, (await talk.next(`${name}, piped`)).answer);
      });
      await act("passive", 'SETACTIVE ""');
    });
  }

  async #session(unexpected: string[], work: (talk: SieveTalk) => Promise<void>): Promise<void> {
    const talk = new SieveTalk(this.#office.ports.sieve, unexpected);
    const plain = Buffer.from(`\0${this.#me.address}\0${password}`).toString("base64");
    try {
      await talk.next("the greeting");
      const signIn = async () => (await talk.ask(`AUTHENTICATE "PLAIN" "${plain}"`)).answer === "OK";
      if (!(await signIn()) && !(await signIn())) return;
      await work(talk);
      await talk.ask("LOGOUT");
    } catch (error) {
      if (!(error instanceof Hangup)) throw error;
    } finally {
      talk.close();
    }
  }

  async judge({ mayBeDone }: Judging): Promise<readonly string[]> {
    const findings: string[] = [];
    const troubles: string[] = [];
    const names: string[] = [];
    let isActive = false;
    await this.#session(troubles, async (talk) => {
      const { text } = await talk.ask("LISTSCRIPTS");
      names.push(...[...text.matchAll(/^"(\w)"/gm)].map(([, name = ""]) => name));
      isActive = text.includes(" ACTIVE");
      for (const name of names) {
        const script = await talk.ask(`GETSCRIPT "${name}"`);
        if (!script.text.includes(`keep; # end ${name === "z" ? "a" : name}\r\n`))
          findings.push(`${name} is not whole`);
      }
    });
    findings.push(...troubles.map((trouble) => `a second session was answered ${trouble}`));
    const want = (act: string, what: string, isThere: boolean, done: boolean) => {
      const told = this.#told.get(act);
      const good = told === "OK" ? [done] : told === "NO" && mayBeDone(act) ? [true, false] : [!done];
      if (!good.includes(isThere)) findings.push(`${act} was answered ${told}, and ${what} is ${isThere}`);
    };
    const has = (name: string) => names.includes(name);
    want("a", "a or its other name", has("a") || has("z"), true);
    if (has("a") && has("z")) findings.push("the script is there under both names");
    if (this.#told.get("a") === "OK") {
      want("renamed", "the new name", has("z"), true);
      want("renamed", "the old name", has("a"), false);
    }
    if (this.#told.get("b") === "OK") want("deleted", "b", has("b"), false);
    for (const name of ["d", "e"]) want(name, name, has(name), true);
    if (this.#told.get("active") === "OK") want("passive", "an active script", isActive, false);
    return findings;
  }
}

export const sieveScript = (office: MailFaultsBed): FaultScript => ({
  name: "ManageSieve",
  prepare: async () => new SieveLife(office, await office.newAccount()),
});
