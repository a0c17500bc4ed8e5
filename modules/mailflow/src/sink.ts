import { type Bytes, concatBytes, Failure, type Id, newId, providerTenantId } from "@casaforte/kernel";
import { parseMessage } from "@casaforte/mime";
import { type SmtpListener, serveSmtp } from "@casaforte/smtp";
import { mailflowLimits } from "./limits.ts";
import type { MailflowServices } from "./services.ts";
import { insertSinkMessage } from "./store-sink.ts";

/**
 * An SMTP server that keeps what it gets instead of sending it on: the outside world of a demonstration. Listen on
 * loopback only. Kept messages are bounded in number, size and age.
 */
export function listenSink(
  services: Pick<MailflowServices, "db" | "clock" | "random" | "logger" | "hostname">,
  at: { readonly host: string; readonly port: number },
): Promise<SmtpListener> {
  const { db, clock, random } = services;
  return serveSmtp(
    {
      role: "mx",
      hostname: services.hostname,
      clock,
      logger: services.logger,
      limits: { messageBytesMax: mailflowLimits.sinkMessageBytesMax },
      backend: {
        async mailFrom() {},
        async rcptTo(_session, _sender, address) {
          if (!address.includes("@")) throw new Failure("invalid", "smtp.bad_recipient", "this is not an address");
          return address;
        },
        async data(_session, envelope, message) {
          const parts: Bytes[] = [];
          for await (const part of message) parts.push(part.slice());
          const raw = concatBytes(parts);
          const { subject } = parseMessage(raw).summary;
          const id = newId<Id<"SinkMessage">>(clock, random);
          const now = new Date(clock.nowMs());
          await db.tenant(providerTenantId, (tx) =>
            insertSinkMessage(tx, {
              id,
              at: now,
              sender: envelope.sender.address,
              recipients: envelope.recipients.map(({ target }) => target),
              subject,
              raw,
            }),
          );
          return { queuedAs: id };
        },
      },
    },
    { ...at, tls: "none" },
  );
}
