import { type Call, firstString, type SieveProgram } from "./check.ts";
import type { SieveEnvironment } from "./environment.ts";
import { sieveLimits } from "./limits.ts";
import type { SieveMessage } from "./message.ts";
import type { FileAction, SieveOutcome } from "./outcome.ts";
import { Run } from "./run-state.ts";
import { holdsTest } from "./run-tests.ts";
import type { Argument } from "./syntax.ts";
import { modify } from "./variables.ts";
import { RunFailure } from "./work.ts";

/**
 * Runs a script over a message and says what is to be done; does nothing itself. Never throws: a run that fails keeps
 * the message, with what it had asked for before thrown away except redirects (RFC 5228 §2.10.6).
 */
export function runSieve(program: SieveProgram, message: SieveMessage, environment: SieveEnvironment): SieveOutcome {
  const run = new Run(program, message, environment);
  try {
    runBlock(run, program.commands);
    if (run.keepsImplicitly) run.act(inbox(run.flags));
    return { actions: run.actions, error: null };
  } catch (error) {
    if (!(error instanceof RunFailure)) throw error;
    const redirects = run.actions.filter(({ kind }) => kind === "redirect");
    return { actions: [...redirects, inbox([])], error: error.message };
  }
}

const inbox = (flags: readonly string[]): FileAction => ({
  kind: "file",
  mailbox: null,
  create: false,
  specialUse: null,
  flags,
});

/** Returns false when the script stopped. */
function runBlock(run: Run, commands: readonly Call[]): boolean {
  // Whether an if or elsif of the present chain was taken.
  let isTaken = false;
  for (const command of commands) {
    run.work.spend(10);
    const { name, tests } = command;
    if (name === "if" || name === "elsif" || name === "else") {
      if (name === "if") isTaken = false;
      const [test] = tests;
      if (isTaken || (test !== undefined && !holdsTest(run, test))) continue;
      isTaken = true;
      if (!runBlock(run, command.block)) return false;
    } else if (name === "stop") return false;
    else runAction(run, command);
  }
  return true;
}

type Act = (run: Run, command: Call) => void;

function runAction(run: Run, command: Call): void {
  if (Object.hasOwn(actions, command.name)) actions[command.name]?.(run, command);
}

function tagged(run: Run, command: Call, name: string): string | null {
  const text = firstString(command.tags.get(name));
  return text === null ? null : run.text(text);
}

const string = (run: Run, command: Call, at: number): string => run.strings(command, at)[0] ?? "";

const refuse: Act = (run, command) => {
  run.keepsImplicitly = false;
  run.act({ kind: "reject", reason: string(run, command, 0) });
};

const changeFlags: Act = (run, command) => {
  const isNamed = command.positional.length > 1;
  const name = isNamed ? string(run, command, 0) : "";
  const given = split(run.strings(command, isNamed ? 1 : 0));
  const before = isNamed ? split([run.variables.get(name)]) : run.flags;
  const folded = new Set(given.map((flag) => flag.toLowerCase()));
  const others = before.filter((flag) => !folded.has(flag.toLowerCase()));
  const after = { setflag: given, addflag: split([...others, ...given]), removeflag: others }[command.name] ?? before;
  if (isNamed) run.variables.set(name, after.join(" "));
  else run.flags = after;
};

const actions: Readonly<Record<string, Act>> = {
  keep(run, { tags }) {
    run.keepsImplicitly = false;
    run.act(inbox(flagsOf(run, tags)));
  },
  discard(run) {
    run.keepsImplicitly = false;
  },
  fileinto(run, command) {
    const { tags } = command;
    if (!tags.has("copy")) run.keepsImplicitly = false;
    run.act({
      kind: "file",
      mailbox: checkedMailbox(string(run, command, 0)),
      create: tags.has("create"),
      specialUse: tagged(run, command, "specialuse"),
      flags: flagsOf(run, tags),
    });
  },
  redirect(run, command) {
    if (!command.tags.has("copy")) run.keepsImplicitly = false;
    const address = string(run, command, 0);
    if (!/^[^\s@<>,;:"]{1,64}@[^\s@<>,;:"]{1,253}$/.test(address))
      throw new RunFailure(`${JSON.stringify(address.slice(0, 100))} is no address to redirect to`);
    run.act({ kind: "redirect", address });
  },
  reject: refuse,
  ereject: refuse,
  setflag: changeFlags,
  addflag: changeFlags,
  removeflag: changeFlags,
  set(run, command) {
    const value = modify(string(run, command, 1), (modifier) => command.tags.has(modifier));
    run.variables.set(string(run, command, 0), value);
  },
  vacation,
};

function checkedMailbox(name: string): string | null {
  if (name.toUpperCase() === "INBOX") return null;
  if (name === "" || /[\0\r\n]/.test(name)) throw new RunFailure("a mailbox needs a name");
  return name.normalize("NFC");
}

function vacation(run: Run, command: Call): void {
  const { tags } = command;
  const reason = string(run, command, 0);
  const days = tags.get("days");
  const addresses = tags.get("addresses");
  const [subject, from] = [tagged(run, command, "subject"), tagged(run, command, "from")];
  const mime = tags.has("mime");
  run.act({
    kind: "vacation",
    // RFC 5230 §4.1: a site may bound it; 7 days is what the RFC uses when nothing is said.
    days: days !== undefined && days !== true && days.kind === "number" ? Math.min(Math.max(days.value, 1), 90) : 7,
    subject,
    from,
    addresses:
      addresses !== undefined && addresses !== true && addresses.kind === "strings"
        ? addresses.values.map((address) => run.text(address))
        : [],
    reason,
    mime,
    // RFC 5230 §4.2: without a handle the answer itself says which one it is.
    handle: tagged(run, command, "handle") ?? JSON.stringify([subject, from, mime, reason]),
  });
}

/** RFC 5232 §2: flags come one by one or several in one string, each once. */
const split = (flags: readonly string[]): readonly string[] =>
  [...new Set(flags.flatMap((flag) => flag.split(/\s+/)).filter((flag) => flag !== ""))].slice(0, sieveLimits.flagsMax);

function flagsOf(run: Run, tags: ReadonlyMap<string, Argument | true>): readonly string[] {
  const given = tags.get("flags");
  return given !== undefined && given !== true && given.kind === "strings"
    ? split(given.values.map((flag) => run.text(flag)))
    : run.flags;
}
