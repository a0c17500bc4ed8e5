import { Failure } from "@casaforte/kernel";
import { authenticate } from "./authenticate.ts";
import type { ScriptStore } from "./backend.ts";
import { capabilities } from "./capabilities.ts";
import { literal, no, ok, quote } from "./reply.ts";
import type { Session } from "./session.ts";
import { SessionEnd } from "./wire.ts";

/** Does the command and returns its whole reply. */
export type Handler = (session: Session, args: readonly string[]) => Promise<string>;

interface Entry {
  /** Before the login, after it, or both. */
  readonly when: "any" | "before" | "after";
  readonly arguments: readonly [least: number, most: number];
  readonly run: Handler;
}

const after = (count: number, run: (scripts: ScriptStore, args: readonly string[]) => Promise<string>): Entry => ({
  when: "after",
  arguments: [count, count],
  run: (session, args) => {
    if (!session.scripts) throw new SessionEnd("lost", "nobody is signed in");
    return run(session.scripts, args);
  },
});

/** UTF-8 out of a binary string. @throws invalid. */
export function textOf(binary: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(Buffer.from(binary, "latin1"));
  } catch (cause) {
    throw new Failure("invalid", "sieve.utf8", "a string is no UTF-8", { cause });
  }
}

/** RFC 5804 §1.6: no control characters, no line separators, and not endless. */
function scriptName(binary: string): string {
  const name = textOf(binary).normalize("NFC");
  if (name === "" || [...name].length > 128 || /[\0-\x1f\x7f-\x9f\u2028\u2029]/.test(name))
    throw new Failure("invalid", "sieve.name", "a script has a name of 1 to 128 characters");
  return name;
}

const size = (text: string): number => {
  if (!/^\d{1,15}$/.test(text)) throw new Failure("invalid", "sieve.size", "that is no size");
  return Number(text);
};

export const commands: ReadonlyMap<string, Entry> = new Map<string, Entry>([
  ["AUTHENTICATE", { when: "before", arguments: [1, 2], run: authenticate }],
  ["CAPABILITY", { when: "any", arguments: [0, 0], run: async (session) => `${capabilities(session)}${ok("Done")}` }],
  ["NOOP", { when: "any", arguments: [0, 1], run: async (_, [tag]) => noop(tag) }],
  ["LOGOUT", { when: "any", arguments: [0, 0], run: logout }],
  ["STARTTLS", { when: "before", arguments: [0, 0], run: startTls }],
  [
    "HAVESPACE",
    after(2, async (scripts, [name = "", bytes = ""]) => {
      await scripts.assertRoom(scriptName(name), size(bytes));
      return ok("There is room");
    }),
  ],
  [
    "PUTSCRIPT",
    after(2, async (scripts, [name = "", script = ""]) => {
      await scripts.put(scriptName(name), textOf(script));
      return ok("Stored");
    }),
  ],
  [
    "CHECKSCRIPT",
    after(1, async (scripts, [script = ""]) => {
      await scripts.check(textOf(script));
      return ok("The script can run");
    }),
  ],
  [
    "LISTSCRIPTS",
    after(0, async (scripts) => {
      const lines = (await scripts.list()).map(
        ({ name, isActive }) => `${quote(name)}${isActive ? " ACTIVE" : ""}\r\n`,
      );
      return `${lines.join("")}${ok("Listed")}`;
    }),
  ],
  [
    "GETSCRIPT",
    after(1, async (scripts, [name = ""]) => `${literal(await scripts.read(scriptName(name)))}${ok("Read")}`),
  ],
  [
    "SETACTIVE",
    after(1, async (scripts, [name = ""]) => {
      await scripts.activate(name === "" ? null : scriptName(name));
      return ok(name === "" ? "No script is active" : "The script is active");
    }),
  ],
  [
    "DELETESCRIPT",
    after(1, async (scripts, [name = ""]) => {
      await scripts.remove(scriptName(name));
      return ok("Deleted");
    }),
  ],
  [
    "RENAMESCRIPT",
    after(2, async (scripts, [from = "", to = ""]) => {
      await scripts.rename(scriptName(from), scriptName(to));
      return ok("Renamed");
    }),
  ],
]);

/** §2.13: the tag comes back so that a client can find its place. */
function noop(tag: string | undefined): string {
  return tag === undefined ? ok("Done") : `OK (TAG ${literal(textOf(tag)).trimEnd()}) "Done"\r\n`;
}

async function logout(session: Session): Promise<string> {
  await session.wire.send(ok("Goodbye"));
  throw new SessionEnd("logout");
}

/** §2.2: what was received in clear is thrown away; the capabilities are told anew. */
async function startTls(session: Session): Promise<string> {
  const { connection, wire } = session;
  if (connection.secure) return no("TLS is already active");
  if (!connection.startTls) return no("STARTTLS is not available");
  await wire.send(ok("Begin TLS now"));
  wire.clear();
  await connection.startTls();
  wire.clear();
  return `${capabilities(session)}${ok("TLS is active")}`;
}
