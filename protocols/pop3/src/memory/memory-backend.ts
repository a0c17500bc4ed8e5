import { type Bytes, Failure, isBearerMechanism } from "@casaforte/kernel";
import type { AuthenticateRequest, Maildrop, Pop3Backend } from "../backend.ts";

interface MemoryMessage {
  readonly uid: number;
  readonly bytes: Bytes;
}

/** Longer messages come as a stream, so that tests meet both forms. */
const streamFromBytes = 4_096;

/** An INBOX in memory; for tests only. */
export class MemoryInbox {
  messages: MemoryMessage[] = [];
  openMaildrops = 0;
  #uidNext = 1;

  /** Line ends become CRLF. */
  deliver(text: string): number {
    const uid = this.#uidNext++;
    this.messages.push({ uid, bytes: Buffer.from(text.replace(/\r?\n/g, "\r\n"), "utf8") });
    return uid;
  }
}

/** Accounts with one INBOX each, keeping every promise of the port. */
export class MemoryPop3Backend implements Pop3Backend {
  readonly #accounts = new Map<string, { password: string; token: string; inbox: MemoryInbox }>();

  /** Nobody can be let in or refused while this is set, as with a database that is away. */
  isAway = false;

  addAccount(name: string, password: string, token = ""): MemoryInbox {
    const inbox = new MemoryInbox();
    this.#accounts.set(name, { password, token, inbox });
    return inbox;
  }

  async authenticate({ mechanism, user, password }: AuthenticateRequest): Promise<Maildrop> {
    if (this.isAway) throw new Failure("unavailable", "db.unavailable", "the database cannot be reached");
    if (isBearerMechanism(mechanism)) {
      for (const [name, { token, inbox }] of this.#accounts)
        if (token !== "" && token === password && (user === "" || user === name)) return openMaildrop(name, inbox);
      throw new Failure("unauthenticated", "identity.bad_mail_token", "The token is not valid");
    }
    const account = this.#accounts.get(user);
    if (!account || account.password !== password) {
      throw new Failure("unauthenticated", "identity.bad_credentials", "Wrong user name or password");
    }
    return openMaildrop(user, account.inbox);
  }
}

function openMaildrop(name: string, inbox: MemoryInbox): Maildrop {
  const snapshot = [...inbox.messages];
  inbox.openMaildrops++;
  return {
    name,
    uids: Uint32Array.from(snapshot, ({ uid }) => uid),
    sizesBytes: Float64Array.from(snapshot, ({ bytes }) => bytes.length),
    uniqueId: (index) => `1-${snapshot[index]?.uid ?? 0}`,
    async read(index) {
      const message = snapshot[index];
      if (!message || !inbox.messages.includes(message)) {
        throw new Failure("not_found", "mailbox.body_gone", "The message is gone");
      }
      return message.bytes.length < streamFromBytes ? message.bytes : inPieces(message.bytes);
    },
    async remove(uids) {
      const doomed = new Set(uids);
      inbox.messages = inbox.messages.filter(({ uid }) => !doomed.has(uid));
    },
    async close() {
      inbox.openMaildrops--;
    },
  };
}

async function* inPieces(bytes: Bytes): AsyncGenerator<Bytes> {
  for (let at = 0; at < bytes.length; at += 1000) yield bytes.subarray(at, at + 1000);
}
