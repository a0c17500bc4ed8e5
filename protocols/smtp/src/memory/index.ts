import { type Bytes, concatBytes, Failure, fromUtf8 } from "@casaforte/kernel";
import type { SmtpBackend } from "../backend.ts";

export interface MemoryUser {
  readonly name: string;
}

export interface MemoryMessage {
  readonly sender: string;
  readonly recipients: readonly string[];
  readonly user: string | null;
  readonly text: string;
}

export interface MemorySmtp {
  readonly backend: SmtpBackend<MemoryUser, string>;
  readonly messages: MemoryMessage[];
}

/** A backend that keeps messages in memory; for tests. Takes recipients of the given domains and users of the given passwords. */
export function memorySmtp(
  options: {
    readonly domains?: readonly string[];
    readonly passwords?: Readonly<Record<string, string>>;
    readonly tokens?: Readonly<Record<string, string>>;
  } = {},
): MemorySmtp {
  const messages: MemoryMessage[] = [];
  const domains = options.domains ?? ["example.org"];
  return {
    messages,
    backend: {
      async authenticate(_session, login) {
        if (login.isToken) {
          const name = options.tokens?.[login.password];
          if (name === undefined || (login.name !== "" && login.name !== name))
            throw new Failure("unauthenticated", "memory.token", "the token is not valid");
          return { name };
        }
        if (options.passwords?.[login.name] !== login.password)
          throw new Failure("unauthenticated", "memory.credentials", "user name or password is wrong");
        return { name: login.name };
      },
      async mailFrom() {},
      async rcptTo(session, _sender, address) {
        const domain = address.slice(address.lastIndexOf("@") + 1).toLowerCase();
        if (session.user === null && !domains.includes(domain))
          throw new Failure("forbidden", "smtp.relay_denied", "relaying denied");
        if (address.startsWith("nobody@")) throw new Failure("not_found", "smtp.unknown_recipient", "no such user");
        if (address.startsWith("full@")) throw new Failure("over_quota", "mailbox.over_quota", "mailbox full");
        return address;
      },
      async data(session, envelope, message) {
        const parts: Bytes[] = [];
        for await (const part of message) parts.push(part.slice());
        messages.push({
          sender: envelope.sender.address,
          recipients: envelope.recipients.map((recipient) => recipient.target),
          user: session.user?.name ?? null,
          text: fromUtf8(concatBytes(parts)),
        });
        return { queuedAs: `m${messages.length}` };
      },
    },
  };
}
