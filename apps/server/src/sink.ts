import { listenSink } from "@casaforte/modules/mailflow";
import type { SmtpListener } from "@casaforte/smtp";
import type { Core } from "./core.ts";

/** The demo's outside world: an SMTP server on loopback that keeps what leaves for the operator console. */
export function startSink({ db, clock, random, logger, config }: Core): Promise<SmtpListener> {
  return listenSink({ db, clock, random, logger, hostname: config.provider.hostname }, { host: "127.0.0.1", port: 0 });
}
