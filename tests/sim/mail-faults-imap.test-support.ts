import type { TestAccount } from "../../modules/mailflow/src/mailflow-testbed.ts";
import { type MailFaultsBed, password } from "./mail-faults-bed.test-support.ts";
import type { FaultedLife, FaultScript, Judging } from "./mail-faults-run.test-support.ts";
import { MailWire } from "./mail-wire.test-support.ts";

/** `lost`: the connection ended before. */
type Answer = "OK" | "NO" | "BAD" | "lost";

class Hangup extends Error {}

/** One IMAP connection that says what was answered otherwise than a life without a fault has it answered. */
class ImapTalk {
  readonly unexpected: string[];
  readonly #wire: MailWire;
  #tags = 0;

  constructor(port: number, unexpected: string[]) {
    this.#wire = MailWire.open(port);
    this.unexpected = unexpected;
  }

  async greet(): Promise<void> {
    await this.#until(/^\* OK [^\r\n]*\r\n/m, "the greeting");
  }

  /** Parts that end with `{n}` wait for the server's invitation; the whole answer is in `text`. */
  async ask(...parts: readonly string[]): Promise<{ readonly answer: Answer; readonly text: string }> {
    const tag = `a${++this.#tags}`;
    const tagged = new RegExp(`^${tag} (OK|NO|BAD)[^\\r\\n]*\\r\\n`, "m");
    const either = new RegExp(`^(?:\\+ |${tag} (?:OK|NO|BAD))[^\\r\\n]*\\r\\n`, "m");
    let text = "";
    for (const [at, part] of parts.entries()) {
      this.#wire.write(`${at === 0 ? `${tag} ` : ""}${part}\r\n`);
      text = await this.#until(at === parts.length - 1 ? tagged : either, part);
      if (tagged.test(text)) break;
    }
    return this.#read(tag, text, parts[0] ?? "");
  }

  /** All in one write; each is told of by its place, and all that were not when the connection ends. */
  async piped(commands: readonly string[], tell: (at: number, answer: Answer) => void): Promise<void> {
    const tags = commands.map(() => `a${++this.#tags}`);
    for (const at of commands.keys()) tell(at, "lost");
    this.#wire.write(commands.map((command, at) => `${tags[at]} ${command}\r\n`).join(""));
    for (const [at, command] of commands.entries()) {
      const text = await this.#until(new RegExp(`^${tags[at]} (?:OK|NO|BAD)[^\\r\\n]*\\r\\n`, "m"), command);
      tell(at, this.#read(tags[at] ?? "", text, command).answer);
    }
  }

  close(): void {
    this.#wire.close();
  }

  #read(tag: string, text: string, command: string): { readonly answer: Answer; readonly text: string } {
    const line = text.slice(text.lastIndexOf(`${tag} `) + tag.length + 1).trim();
    const answer = line.split(" ")[0] as Answer;
    if (answer !== "OK") this.unexpected.push(`${line} to ${command.slice(0, 60)}`);
    return { answer, text };
  }

  async #until(end: RegExp, asked: string): Promise<string> {
    const text = await this.#wire.until(end, asked.slice(0, 60));
    if (text !== null) return text;
    this.unexpected.push(`hung up to ${asked.slice(0, 60)}`);
    throw new Hangup();
  }
}

/** Beyond what is read at once, and beyond what any stream holds. */
const largeBytes = 600_000;

function mail(subject: string, isLarge = false): string {
  const line = `${"x".repeat(74)}\r\n`;
  return `From: a@far.test\r\nSubject: ${subject}\r\nMessage-ID: <${subject}@far.test>\r\n\r\n${isLarge ? line.repeat(largeBytes / line.length) : line}END ${subject}\r\n`;
}

const append = (box: string, ...texts: readonly string[]): string =>
  `APPEND ${box}${texts.map((text) => ` {${text.length}+}\r\n${text}`).join("")}`;

/** Of a mailbox, as a session of its own sees it. */
interface Seen {
  readonly subject: string;
  readonly isFlagged: boolean;
}

class ImapLife implements FaultedLife {
  readonly unexpected: string[] = [];
  readonly temporary = /^NO \[UNAVAILABLE\]|^hung up to (?:UID )?FETCH .*BODY/;
  readonly following = /^NO \[(?:ALREADYEXISTS|NONEXISTENT|TRYCREATE)\]/;
  readonly #office: MailFaultsBed;
  readonly #me: TestAccount;
  readonly #other: TestAccount;
  /** What each act was answered; without a word it was not come to. */
  readonly #told = new Map<string, Answer>();

  constructor(office: MailFaultsBed, me: TestAccount, other: TestAccount) {
    this.#office = office;
    this.#me = me;
    this.#other = other;
  }

  run(): Promise<void> {
    return this.#session(this.unexpected, (talk) => this.#converse(talk));
  }

  async #session(unexpected: string[], work: (talk: ImapTalk) => Promise<void>): Promise<void> {
    const talk = new ImapTalk(this.#office.ports.imap, unexpected);
    const plain = Buffer.from(`\0${this.#me.address}\0${password}`).toString("base64");
    try {
      await talk.greet();
      const isIn = (await talk.ask("AUTHENTICATE PLAIN", plain)).answer === "OK";
      if (!isIn && (await talk.ask(`LOGIN ${this.#me.address} ${password}`)).answer !== "OK") return;
      await work(talk);
      await talk.ask("LOGOUT");
    } catch (error) {
      if (!(error instanceof Hangup)) throw error;
    } finally {
      talk.close();
    }
  }

  async #converse(talk: ImapTalk): Promise<void> {
    const { plan } = this.#office;
    const act = async (name: string, ...parts: readonly string[]) =>
      void this.#told.set(name, (await plan.doing([name], () => talk.ask(...parts))).answer);
    /** What the rest needs is asked for again. */
    const insist = async (command: string) =>
      (await talk.ask(command)).answer === "OK" || (await talk.ask(command)).answer === "OK";
    for (const command of ["CAPABILITY", 'ID ("name" "x")', "ENABLE CONDSTORE QRESYNC", "NAMESPACE"])
      await talk.ask(command);
    await insist("CREATE Kept");
    await insist("CREATE Old");
    await act("renamed", "RENAME Old New");
    await act("deleted", "DELETE New");
    for (const command of [
      'LIST "" "*"',
      'LIST (SUBSCRIBED) "" "*" RETURN (STATUS (MESSAGES UNSEEN))',
      'LSUB "" "*"',
      "SUBSCRIBE Kept",
      "UNSUBSCRIBE Kept",
      "STATUS INBOX (MESSAGES UNSEEN UIDNEXT SIZE)",
      "GETQUOTAROOT INBOX",
      'GETQUOTA ""',
      "MYRIGHTS Kept",
      `SETACL Kept ${this.#other.address} lr`,
      "GETACL Kept",
      `LISTRIGHTS Kept ${this.#other.address}`,
      `DELETEACL Kept ${this.#other.address}`,
      'SETMETADATA Kept (/private/comment "x")',
      "GETMETADATA Kept /private/comment",
      "ESEARCH IN (mailboxes INBOX) ALL",
    ])
      await talk.ask(command);
    if ((await talk.ask("EXAMINE INBOX")).answer === "OK") await talk.ask("UNSELECT");
    if (!(await insist("SELECT INBOX"))) return;
    for (const command of [
      "FETCH 1:* ALL",
      "FETCH 1:2 (BODYSTRUCTURE BODY.PEEK[HEADER.FIELDS (X-A)] BODY.PEEK[TEXT] BINARY.SIZE[1])",
      "UID FETCH 1 BODY[]",
      "UID FETCH 9 BODY.PEEK[]",
      "UID FETCH 9 BINARY.PEEK[1]<10.20>",
      "SEARCH SUBJECT large",
      "SEARCH RETURN (SAVE) UNSEEN",
      "FETCH $ FLAGS",
      "SORT (SUBJECT) UTF-8 ALL",
      "THREAD REFERENCES UTF-8 ALL",
      "SEARCH RETURN (UPDATE ALL) ALL",
      "CHECK",
      "IDLE\r\nDONE",
      "NOTIFY SET STATUS (selected (MessageNew MessageExpunge FlagChange)) (personal (MessageNew MessageExpunge MailboxName))",
      "NOOP",
      "NOTIFY NONE",
    ])
      await talk.ask(command);
    await act("flagged", "UID STORE 3 +FLAGS (\\Flagged $Word)");
    await act("copied", "UID COPY 1 Kept");
    await act("moved", "UID MOVE 2 Kept");
    const [small, large] = [mail("small"), mail("appended-large", true)];
    await act("small", `APPEND Kept (\\Seen) {${small.length}}`, small);
    await act("appended-large", append("Kept", large));
    await act("one", append("Kept", mail("one"), mail("two", true)));
    await act(
      "catenated",
      `APPEND Kept CATENATE (TEXT {21+}\r\nSubject: catenated\r\n\r URL "/INBOX/;UID=9/;SECTION=TEXT" TEXT {15+}\r\nEND catenated\r\n)`,
    );
    await act("replaced", `UID REPLACE 4 Kept {${mail("new", true).length}+}\r\n${mail("new", true)}`);
    await act("marked two", "UID STORE 5:6 +FLAGS.SILENT (\\Deleted)");
    await act("expunged", "UID EXPUNGE 5");
    await act("gone", "EXPUNGE");
    const piped = [
      append("Kept", mail("p1")),
      append("Kept", mail("p2", true)),
      "UID MOVE 8 Kept",
      "NOOP",
      "UID FETCH 9 BODY.PEEK[]",
      append("Kept", mail("p3")),
    ];
    const names = ["p1", "p2", "piped", "", "", "p3"];
    await plan.doing(names, () => talk.piped(piped, (at, answer) => void this.#told.set(names[at] ?? "", answer)));
    await act("marked one", "UID STORE 7 +FLAGS.SILENT (\\Deleted)");
    await act("closed", "CLOSE");
    await talk.ask("SELECT INBOX (QRESYNC (1 1))");
  }

  async judge({ mayBeDone }: Judging): Promise<readonly string[]> {
    const findings: string[] = [];
    const names: string[] = [];
    const boxes = new Map<string, readonly Seen[]>();
    const troubles: string[] = [];
    await this.#session(troubles, async (talk) => {
      const { text } = await talk.ask('LIST "" "*"');
      names.push(...[...text.matchAll(/^\* LIST \([^)]*\) "\/" "?([^"\r\n]+)"?\r$/gm)].map(([, name = ""]) => name));
      for (const box of ["INBOX", "Kept"]) {
        if (!names.includes(box)) continue;
        await talk.ask(`SELECT ${box}`);
        const all = await talk.ask("UID FETCH 1:* (FLAGS BODY.PEEK[HEADER.FIELDS (SUBJECT)])");
        const found = [...all.text.matchAll(/FLAGS \(([^)]*)\)[^\r\n]*\r\nSubject: (\S+)/g)];
        boxes.set(
          box,
          found.map(([, flags = "", subject = ""]) => ({ subject, isFlagged: flags.includes("\\Flagged") })),
        );
        // And it can be written to.
        await talk.ask(append(box, mail("again")));
      }
    });
    findings.push(...troubles.map((trouble) => `a second session was answered ${trouble}`));
    const count = (box: string, subject: string) =>
      boxes.get(box)?.filter((one) => one.subject === subject).length ?? 0;
    const want = (act: string, what: string, value: number, done: number, undone: number) => {
      const told = this.#told.get(act);
      const good =
        told === "OK" ? [done] : told === "lost" || (told === "NO" && mayBeDone(act)) ? [done, undone] : [undone];
      if (!good.includes(value)) findings.push(`${act} was answered ${told}, and ${what} is there ${value} times`);
    };
    for (const subject of ["small", "appended-large", "one", "catenated", "p1", "p2", "p3"])
      want(subject, subject, count("Kept", subject), 1, 0);
    want("one", "two", count("Kept", "two"), 1, 0);
    want("copied", "the copy", count("Kept", "copied"), 1, 0);
    for (const act of ["moved", "piped"]) {
      want(act, "what is moved", count("Kept", act), 1, 0);
      want(act, "what is left", count("INBOX", act), 0, 1);
      if (count("Kept", act) + count("INBOX", act) !== 1) findings.push(`${act} is not in one place`);
    }
    want("replaced", "the old", count("INBOX", "replaced"), 0, 1);
    want("replaced", "the new", count("Kept", "new"), 1, 0);
    if (count("INBOX", "replaced") + count("Kept", "new") !== 1) findings.push("a half of REPLACE is done");
    for (const [act, mark] of [
      ["expunged", "marked two"],
      ["gone", "marked two"],
      ["closed", "marked one"],
    ] as const) {
      const [told, marked] = [this.#told.get(act), this.#told.get(mark)];
      const left = count("INBOX", act);
      if (told === "OK" && marked === "OK" && left !== 0) findings.push(`${act} is still there`);
      if (marked !== "OK" && !mayBeDone(mark) && left !== 1) findings.push(`${act} is gone, and was not marked`);
    }
    const flagged = (boxes.get("INBOX") ?? []).filter(({ subject, isFlagged }) => subject === "flagged" && isFlagged);
    want("flagged", "the flag", flagged.length, 1, 0);
    const there = (name: string) => names.filter((one) => one === name).length;
    if (there("Old") + there("New") > 1) findings.push("Old and New are both there");
    if (this.#told.get("renamed") === "OK") want("deleted", "New", there("New"), 0, 1);
    for (const { raw } of await this.#office.bed.messages(this.#me)) {
      const subject = /^Subject: (\S+)/m.exec(raw)?.[1] ?? "";
      if (!raw.endsWith(`END ${subject}\r\n`)) findings.push(`${subject} is not whole`);
    }
    return findings;
  }
}

export const imapScript = (office: MailFaultsBed): FaultScript => ({
  name: "IMAP",
  async prepare() {
    const [me, other] = [await office.newAccount(), await office.newAccount()];
    const subjects = ["copied", "moved", "flagged", "replaced", "expunged", "gone", "closed", "piped"];
    await office.fill(me, [...subjects.map((subject) => mail(subject)), mail("large", true)]);
    return new ImapLife(office, me, other);
  },
});
