import { defaultLimits, FollowBudget, type ImapBackend, serveImap } from "@casaforte/imap";
import { Failure } from "@casaforte/kernel";
import { serveManageSieve } from "@casaforte/managesieve";
import { imapBackend, pop3Backend } from "@casaforte/modules/mailbox";
import { createLmtpBackend, createMxBackend, createSubmissionBackend } from "@casaforte/modules/mailflow";
import { manageSieveBackend } from "@casaforte/modules/sieve";
import { listenFailure, listenStream, type StreamListener } from "@casaforte/platform/net";
import { type Pop3Backend, servePop3 } from "@casaforte/pop3";
import { type SmtpListener, type SmtpRole, serveSmtp } from "@casaforte/smtp";
import { bearerOffer, jmapSession, ownNameOf } from "./own-names.ts";
import type { Services } from "./services.ts";

export interface RunningListener {
  readonly name: string;
  readonly host: string;
  readonly port: number;
  close(graceMs?: number): Promise<void>;
}

interface Wanted {
  readonly host: string;
  readonly port: number;
}

/** A listener that only this machine reaches takes passwords in clear from this machine. */
const cleartextLogin = (host: string): "never" | "loopback" =>
  host === "localhost" || host === "::1" || host.startsWith("127.") ? "loopback" : "never";

/** Opens the mail ports of the configured roles: `mx` receives from outside, `mail` serves mail programs. */
export async function openMailListeners(services: Services): Promise<RunningListener[]> {
  const { config, clock, logger, certificates } = services.core;
  const { mail, roles } = config;
  const certificate = certificates.of(mail.tls, ownNameOf(config, "mail"));
  const open: RunningListener[] = [];
  const smtp = async (name: string, role: SmtpRole, wanted: Wanted, tls: "none" | "starttls" | "implicit") => {
    const shared = {
      hostname: config.provider.hostname,
      clock,
      logger,
      trustedProxies: mail.proxyProtocolFrom,
      ...(certificate
        ? { tls: certificate.main, contextFor: certificate.contextFor }
        : { allowsPlainAuth: cleartextLogin(wanted.host) === "loopback" }),
    };
    if (tls === "implicit" && !certificate)
      throw new Failure("precondition", "config.certificate", `mail.${name} needs a certificate: set mail.tls`);
    const at = { host: wanted.host, port: wanted.port, tls };
    const listening = {
      mx: () => serveSmtp({ ...shared, role, backend: createMxBackend(services.mailflow) }, at),
      lmtp: () =>
        serveSmtp(
          {
            ...shared,
            trustedProxies: [],
            role,
            backend: createLmtpBackend(services.mailflow, mail.lmtp?.allowFrom ?? []),
          },
          at,
        ),
      submission: () =>
        serveSmtp(
          {
            ...shared,
            role,
            bearer: bearerOffer(config, "smtp"),
            backend: createSubmissionBackend(services.mailflow, services.identity.verifyMailLogin),
          },
          at,
        ),
    } satisfies Record<SmtpRole, () => Promise<SmtpListener>>;
    const listener = await listening[role]().catch((cause) => {
      throw listenFailure(name, wanted.host, wanted.port, cause);
    });
    certificate?.onReplace((main) => listener.updateTls(main));
    open.push({ name, host: wanted.host, port: listener.port, close: (graceMs) => listener.close(graceMs) });
  };
  const stream = async (
    name: string,
    wanted: Wanted,
    implicitTls: boolean,
    serve: (
      connection: Parameters<Parameters<typeof listenStream>[0]["serve"]>[0],
      signal: AbortSignal,
    ) => Promise<void>,
  ) => {
    const listener: StreamListener = await listenStream({
      name,
      host: wanted.host,
      port: wanted.port,
      implicitTls,
      logger,
      proxyHeaderFrom: mail.mailboxProxyProtocolFrom,
      serve,
      ...(certificate ? { certificate } : {}),
    });
    open.push({ name, host: listener.host, port: listener.port, close: (graceMs) => listener.close(graceMs) });
  };
  try {
    if (roles.includes("mx") && mail.smtp) await smtp("smtp", "mx", mail.smtp, certificate ? "starttls" : "none");
    if (roles.includes("mx") && mail.lmtp) await smtp("lmtp", "lmtp", mail.lmtp, certificate ? "starttls" : "none");
    if (roles.includes("mail")) {
      const imap: ImapBackend = imapBackend(services.mailbox, services.identity.verifyMailLogin, jmapSession(config));
      const followed = new FollowBudget(defaultLimits.sharedContextMessages);
      const pop3: Pop3Backend = pop3Backend(services.mailbox, services.identity.verifyMailLogin);
      if (mail.submission) await smtp("submission", "submission", mail.submission, certificate ? "starttls" : "none");
      if (mail.smtps) await smtp("smtps", "submission", mail.smtps, "implicit");
      for (const [name, wanted, implicitTls] of [
        ["imap", mail.imap, false],
        ["imaps", mail.imaps, true],
      ] as const) {
        if (wanted)
          await stream(name, wanted, implicitTls, (connection, signal) =>
            serveImap(connection, {
              backend: imap,
              clock,
              logger,
              signal,
              followed,
              options: {
                serverName: "Casaforte",
                cleartextLogin: cleartextLogin(wanted.host),
                bearer: bearerOffer(config, "imap"),
                sort: true,
                thread: true,
                preview: true,
                savedDate: true,
              },
            }),
          );
      }
      const { sieve } = mail;
      const scripts = manageSieveBackend(services.mailbox, services.identity.verifyMailLogin);
      if (sieve)
        await stream("sieve", sieve, false, (connection, signal) =>
          serveManageSieve(connection, {
            backend: scripts,
            clock,
            logger,
            signal,
            options: { cleartextLogin: cleartextLogin(sieve.host), bearer: bearerOffer(config, "imap") },
          }),
        );
      for (const [name, wanted, implicitTls] of [
        ["pop3", mail.pop3, false],
        ["pop3s", mail.pop3s, true],
      ] as const) {
        if (wanted)
          await stream(name, wanted, implicitTls, (connection, signal) =>
            servePop3(connection, {
              backend: pop3,
              clock,
              logger,
              signal,
              options: { cleartextLogin: cleartextLogin(wanted.host), bearer: bearerOffer(config, "pop3") },
            }),
          );
      }
    }
    return open;
  } catch (error) {
    await Promise.all(open.map((listener) => listener.close(0)));
    throw error;
  }
}
