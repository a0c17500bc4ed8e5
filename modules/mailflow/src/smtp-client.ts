import { Readable } from "node:stream";
import type { Bytes } from "@casaforte/kernel";
import type { DsnRequest } from "@casaforte/smtp";
import SMTPConnection from "nodemailer/lib/smtp-connection";
import { type DanePolicy, judgeCertificates, shownCertificates, tlsUnderDane } from "./dane.ts";
import { eightBitOf } from "./eight-bit.ts";
import { mailflowLimits } from "./limits.ts";
import { resultOfReply, resultUnasked, type SendResult } from "./send-result.ts";
import type { RelayLogin } from "./services.ts";
import { outcomeOf, outcomeOfError, socketOf, type TlsOutcome } from "./tls-outcome.ts";

export interface SmtpDestination {
  readonly host: string;
  readonly port: number;
  /** Name for TLS when `host` is an address. */
  readonly tlsName?: string;
  /** Else TLS is used when offered, whoever's certificate it is (RFC 7435). */
  readonly requireTls: boolean;
  /** Then TLS is required, and before anything of the message is said the certificate must be what this says. */
  readonly dane?: DanePolicy;
  /** Signs in first; needs `requireTls`. */
  readonly auth?: RelayLogin;
  readonly ca?: string;
  /** The address of this host that the connection leaves from; without it the system chooses. */
  readonly localAddress?: string;
}

export interface SmtpMessage {
  readonly sender: string;
  readonly recipient: string;
  readonly sizeBytes: number;
  readonly dsn: DsnRequest;
  read(): AsyncIterable<Bytes>;
}

interface ConnectionError extends Error {
  readonly responseCode?: number;
  readonly response?: string;
  readonly code?: string;
  readonly command?: string;
}

/** `isUnreached`: no reply to the message's commands came, so another exchange of the same domain may be tried. */
export interface SmtpTry {
  readonly result: SendResult;
  readonly isUnreached: boolean;
  /** Null when the server was not reached, or gave up before encryption was spoken of. */
  readonly tls: TlsOutcome | null;
}

/**
 * How a session is held. `open`: an offer of encryption is taken; `clear`: none is. Else the certificate must lead to these
 * authorities, in PEM: one session has shown that the DNS names them, and in this one OpenSSL checks the way.
 */
type Way = "open" | "clear" | readonly string[];

function tlsOptions({ requireTls, dane, ca, tlsName }: SmtpDestination, way: Way) {
  if (dane !== undefined) return tlsUnderDane(dane, typeof way === "string" ? null : way);
  return {
    rejectUnauthorized: requireTls,
    ...(ca === undefined ? {} : { ca }),
    ...(tlsName === undefined ? {} : { servername: tlsName }),
  };
}

/**
 * One message to one recipient. Never throws. Where encryption is not demanded and the handshake fails, a second session
 * follows at once without it (RFC 7435 §3): to wait would protect nothing, for whoever can break a handshake can hide the
 * offer of one. `tls` tells of the first, and the reply says that the message went in clear.
 */
export async function sendOverSmtp(
  destination: SmtpDestination,
  message: SmtpMessage,
  hostname: string,
): Promise<SmtpTry> {
  const first = await holdSession(destination, message, hostname, "open");
  const isBroken = first.isUnreached && first.tls !== null && first.tls.isEncrypted === false;
  if (destination.requireTls || !isBroken) return first;
  const second = await holdSession(destination, message, hostname, "clear");
  const why = first.result.reply
    .replace(/\s+/g, " ")
    .trim()
    .slice(0, mailflowLimits.replyTextMax / 4);
  const reply = `in clear, for the encryption that the server offers failed (${why}): ${second.result.reply}`;
  const result = { ...second.result, reply: reply.slice(0, mailflowLimits.replyTextMax) };
  return { result, isUnreached: second.isUnreached, tls: first.tls };
}

async function holdSession(
  destination: SmtpDestination,
  message: SmtpMessage,
  hostname: string,
  way: Way,
): Promise<SmtpTry> {
  const { dane } = destination;
  const isClear = way === "clear";
  const connection = new SMTPConnection({
    host: destination.host,
    port: destination.port,
    name: hostname,
    ...(destination.localAddress === undefined ? {} : { localAddress: destination.localAddress }),
    secure: false,
    opportunisticTLS: !destination.requireTls && !isClear,
    ignoreTLS: isClear,
    requireTLS: destination.requireTls,
    connectionTimeout: mailflowLimits.connectMsMax,
    greetingTimeout: mailflowLimits.greetingMsMax,
    socketTimeout: mailflowLimits.replyMsMax,
    dnsTimeout: mailflowLimits.dnsMsMax,
    tls: tlsOptions(destination, way),
    logger: false,
  });
  let isConnected = false;
  let tls: TlsOutcome | null = null;
  try {
    const failed = new Promise<never>((_resolve, reject) => {
      connection.on("error", (error) => {
        tls ??= outcomeOfError(connection, error);
        reject(error);
      });
      connection.on("end", () => reject(new Error("the connection was closed")));
    });
    failed.catch(() => {});
    await Promise.race([connected(connection), failed]);
    tls = outcomeOf(connection);
    if (dane !== undefined && typeof way === "string") {
      const proof = proofOf(dane, connection);
      if ("anchors" in proof) {
        connection.close();
        return await holdSession(destination, message, hostname, proof.anchors);
      }
      tls = proof;
      if (!proof.isEncrypted || proof.failure === "validation-failure")
        throw new Error("the server's certificate is not the one that its domain publishes (TLSA)");
    }
    isConnected = true;
    if (destination.auth) await Promise.race([signIn(connection, destination.auth), failed]);
    const extensions = extensionsOf(connection);
    const eightBit = await Promise.race([eightBitOf(message, extensions), failed]);
    if (eightBit.kind === "refused") {
      connection.quit();
      return { result: eightBit.result, isUnreached: false, tls };
    }
    if (eightBit.needsUtf8) nameUtf8(connection);
    const reply = await Promise.race([transmit(connection, message), failed]);
    // Who takes over the request reports by itself (RFC 3461 §5.2.2).
    const success = extensions.includes("DSN") ? "passed_on" : "relayed";
    connection.quit();
    return { result: { kind: "sent", reply, success }, isUnreached: false, tls };
  } catch (error) {
    connection.close();
    const { responseCode, response, message: text, code, command } = error as ConnectionError;
    const reply = (response ?? text).slice(0, mailflowLimits.replyTextMax);
    const unasked = responseCode === undefined ? resultUnasked(code, command, reply) : null;
    return { result: unasked ?? resultOfReply(responseCode, reply), isUnreached: !isConnected, tls };
  }
}

/** Of an encrypted session. Where no record is usable nothing can be compared, and encryption is enough (RFC 7672 §2.2). */
function proofOf(
  { usable }: DanePolicy,
  connection: SMTPConnection,
): TlsOutcome | { readonly anchors: readonly string[] } {
  const { isEncrypted } = outcomeOf(connection);
  if (usable.length === 0) return { isEncrypted, failure: "tlsa-invalid" };
  const verdict = judgeCertificates(usable, shownCertificates(socketOf(connection)));
  if (verdict.kind === "anchored") return { anchors: verdict.anchors };
  return { isEncrypted, failure: verdict.kind === "matched" ? null : "validation-failure" };
}

/** A server that hangs up without a word is told of here, and not as an error. */
function connected(connection: SMTPConnection): Promise<void> {
  return new Promise((resolve, reject) => {
    connection.connect((error) => (error ? reject(error) : resolve()));
  });
}

function signIn(connection: SMTPConnection, login: RelayLogin): Promise<void> {
  return new Promise((resolve, reject) => {
    connection.login({ user: login.user, pass: login.password }, (error) => {
      // A wrong password of ours is no fault of the message: it waits until the password is put right.
      if (error) reject(new Error(`the relay refuses our login: ${error.message}`));
      else resolve();
    });
  });
}

/** The library keeps what EHLO offered, and tells it nowhere else. */
function extensionsOf(connection: SMTPConnection): readonly string[] {
  const extensions: unknown = Reflect.get(connection, "_supportedExtensions");
  return Array.isArray(extensions) ? extensions : [];
}

/** The library names SMTPUTF8 for addresses alone; a header wants it as well (RFC 6531 §3.4). */
function nameUtf8(connection: SMTPConnection): void {
  const send: unknown = Reflect.get(connection, "_sendCommand");
  if (typeof send !== "function") return;
  Reflect.set(connection, "_sendCommand", (command: string, shown?: string) => {
    const isUnnamed = command.startsWith("MAIL FROM:") && !/> (?:.* )?SMTPUTF8(?: |$)/.test(command);
    Reflect.apply(send, connection, [isUnnamed ? `${command} SMTPUTF8` : command, shown]);
  });
}

type Notify = "NEVER" | "SUCCESS" | "FAILURE" | "DELAY";

/** As the library wants it; it sends nothing of it to a server that does not offer DSN. */
function dsnParameters({ notify, originalRecipient, envelopeId, returns }: DsnRequest) {
  const words = notify?.map((one) => one.toUpperCase() as Notify);
  return {
    ...(words === undefined ? {} : { notify: words.length === 0 ? (["NEVER"] as Notify[]) : words }),
    ...(originalRecipient === null ? {} : { orcpt: originalRecipient }),
    ...(envelopeId === null ? {} : { envid: envelopeId }),
    ...(returns === null ? {} : { ret: returns === "full" ? ("FULL" as const) : ("HDRS" as const) }),
  };
}

function transmit(connection: SMTPConnection, message: SmtpMessage): Promise<string> {
  return new Promise((resolve, reject) => {
    const envelope = {
      from: message.sender,
      to: [message.recipient],
      size: message.sizeBytes,
      use8BitMime: true,
      dsn: dsnParameters(message.dsn),
    };
    connection.send(envelope, Readable.from(message.read()), (error, info) => {
      if (error) reject(error);
      else resolve(info?.response ?? "250");
    });
  });
}
