import type { Readable } from "node:stream";
import { finished } from "node:stream/promises";
import type { SecureContext } from "node:tls";
import {
  assert,
  type BearerOffer,
  type Bytes,
  bearerMechanisms,
  bearerRefusal,
  type Clock,
  Failure,
  type Logger,
} from "@casaforte/kernel";
import {
  SMTPServer,
  type SMTPServerAddress,
  type SMTPServerAuthentication,
  type SMTPServerOptions,
  type SMTPServerSession,
} from "smtp-server";
import type { SmtpBackend, SmtpLogin, SmtpRole, SmtpSender, SmtpSession } from "./backend.ts";
import { ConnectionSet } from "./connection-set.ts";
import { assertEnvelopeId, assertOriginalRecipient, dsnOf } from "./dsn.ts";
import { type SmtpLimits, smtpLimits } from "./limits.ts";
import { guardMessage } from "./message-guard.ts";
import { nobody, offerOauthbearer } from "./oauthbearer.ts";
import { replyFor } from "./replies.ts";

export interface SmtpListen {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** `none`: no TLS at all; `starttls`: offered (and on submission required before AUTH); `implicit`: from the first byte. */
  readonly tls: "none" | "starttls" | "implicit";
}

export interface SmtpServerOptions<User, Recipient> {
  readonly role: SmtpRole;
  readonly backend: SmtpBackend<User, Recipient>;
  /** Our name in the greeting. */
  readonly hostname: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly limits?: Partial<SmtpLimits>;
  /** PEM pair; needed unless every listener says `none`. */
  readonly tls?: { readonly key: string; readonly cert: string };
  /** The certificate for a host name that a client asks for; without it everybody gets `tls`. */
  readonly contextFor?: (serverName: string) => SecureContext;
  /** Lets users sign in without TLS: only for a listener that can be reached from this machine alone. */
  readonly allowsPlainAuth?: boolean;
  /** Who gives out access tokens for this server; without it no mechanism takes one. */
  readonly bearer?: BearerOffer | null;
  /** Proxies whose PROXY protocol header is awaited and believed. */
  readonly trustedProxies?: readonly string[];
}

export interface SmtpListener {
  readonly port: number;
  /** Connections open now. */
  readonly connections: number;
  /** A renewed certificate, for connections to come. */
  updateTls(tls: { readonly key: string; readonly cert: string }): void;
  /** Takes no more connections; lets messages under way finish, at most `graceMs`; then closes with 421. */
  close(graceMs?: number): Promise<void>;
}

/** Listens. The socket is open when the promise resolves. @throws the listen error of Node as it comes. */
export async function serveSmtp<User, Recipient>(
  options: SmtpServerOptions<User, Recipient>,
  at: SmtpListen,
): Promise<SmtpListener> {
  const limits: SmtpLimits = { ...smtpLimits, ...options.limits };
  assert(at.tls === "none" || options.tls !== undefined, "a listener with TLS has a certificate");
  const logger = options.logger.with({ component: "smtp", role: options.role });
  const connections = new ConnectionSet(options.clock, limits);
  if (options.bearer) offerOauthbearer();
  const handlers = sessionHandlers(options, limits, connections, logger);
  const server = new SMTPServer({ ...serverOptions(options, at, limits), ...handlers });
  server.connections = connections;
  server.on("error", (error) => logger.debug("smtp.connection_error", { reason: error.message }));
  await new Promise<void>((resolve, reject) => {
    server.server.once("error", reject);
    server.listen(at.port, at.host, () => {
      server.server.off("error", reject);
      resolve();
    });
  });
  const address = server.server.address();
  assert(address !== null && typeof address === "object", "a TCP listener has an address");
  return {
    port: address.port,
    get connections() {
      return connections.size;
    },
    updateTls: (tls) => server.updateSecureContext({ key: tls.key, cert: tls.cert }),
    close(graceMs = 10_000) {
      return new Promise((resolve) => {
        server.options.closeTimeout = Math.max(1, graceMs);
        server.close(() => {
          connections.stop();
          resolve();
        });
        connections.closeIdle();
      });
    },
  };
}

const neverOffered = ["WIZ", "SHELL", "KILL", "VRFY"];

function serverOptions<User, Recipient>(
  options: SmtpServerOptions<User, Recipient>,
  at: SmtpListen,
  limits: SmtpLimits,
): SMTPServerOptions {
  const isOpen = options.role !== "submission";
  return {
    name: options.hostname,
    banner: "Casaforte",
    secure: at.tls === "implicit",
    ...(options.tls ? { key: options.tls.key, cert: options.tls.cert, minVersion: "TLSv1.2" as const } : {}),
    ...(options.contextFor ? { SNICallback: answerBy(options.contextFor) } : {}),
    logger: false,
    size: limits.messageBytesMax,
    maxRecipients: limits.recipientsMax,
    maxClients: limits.connectionsMax,
    maxCommandLength: limits.commandBytesMax,
    maxAllowedUnauthenticatedCommands: limits.unauthenticatedCommandsMax,
    socketTimeout: limits.idleMsMax,
    authMethods: ["PLAIN", "LOGIN", ...(options.bearer ? bearerMechanisms : [])],
    authOptional: isOpen,
    lmtp: options.role === "lmtp",
    allowInsecureAuth: options.allowsPlainAuth === true,
    disabledCommands: [...neverOffered, ...(isOpen ? ["AUTH"] : []), ...(at.tls === "starttls" ? [] : ["STARTTLS"])],
    hideENHANCEDSTATUSCODES: false,
    // Servers of ours in front have answered for the message; they ask for no reports.
    hideDSN: options.role === "lmtp",
    disableReverseLookup: true,
    useProxy: options.trustedProxies && options.trustedProxies.length > 0 ? [...options.trustedProxies] : false,
  };
}

const answerBy =
  (contextFor: (serverName: string) => SecureContext): NonNullable<SMTPServerOptions["SNICallback"]> =>
  (name, done) =>
    done(null, contextFor(name));

function loginOf({ method, username, password, accessToken }: SMTPServerAuthentication): SmtpLogin {
  if (method !== "XOAUTH2") return { name: username ?? "", password: password ?? "", isToken: false };
  return { name: username === nobody ? "" : (username ?? ""), password: accessToken ?? "", isToken: true };
}

interface Transaction<Recipient> {
  readonly sender: SmtpSender;
  readonly targets: Map<string, Recipient>;
}

/** An error that smtp-server turns into a reply: `connection-set.ts` prints the enhanced code as it is. */
function refusal(error: unknown, during: "auth" | "other", logger: Logger, sessionId: string): Error {
  if (!(error instanceof Failure)) logger.error("smtp.failed", error, { session: sessionId });
  // RFC 4954 §6: trouble while signing in that is not about the password is 454, whatever it is elsewhere.
  const isAuthLater =
    during === "auth" &&
    !(error instanceof Failure && ["unauthenticated", "forbidden", "invalid"].includes(error.kind));
  const reply = replyFor(
    isAuthLater
      ? new Failure("unavailable", "smtp.auth_later", error instanceof Failure ? error.message : "try again later")
      : error,
  );
  return Object.assign(new Error(`${reply.enhanced} ${reply.text}`), { responseCode: reply.code });
}

function sessionHandlers<User, Recipient>(
  options: SmtpServerOptions<User, Recipient>,
  limits: SmtpLimits,
  connections: ConnectionSet,
  logger: Logger,
): SMTPServerOptions {
  const { backend, role } = options;
  const hidesAuth = role === "submission" && options.allowsPlainAuth !== true;
  const transactions = new WeakMap<SMTPServerSession, Transaction<Recipient>>();
  const view = (session: SMTPServerSession): SmtpSession<User> => ({
    id: session.id,
    role,
    remoteAddress: session.remoteAddress.replace(/^::ffff:/, ""),
    helo: session.hostNameAppearsAs || "",
    isSecure: session.secure,
    cipher: session.tlsOptions ? (session.tlsOptions.name ?? null) : null,
    user: (session.user as User | undefined) || null,
  });
  const answer = (work: Promise<void>, session: SMTPServerSession, callback: (error?: Error | null) => void) =>
    void work.then(
      () => callback(),
      (error) => callback(refusal(error, "other", logger, session.id)),
    );
  return {
    onConnect(session, callback) {
      const work = async () => {
        connections.admit(session.remoteAddress);
        // Offering AUTH in clear invites clients to send the password before anybody can say no (RFC 4954 §4).
        if (hidesAuth && !session.secure) Object.assign(session, { disabledCommands: [...neverOffered, "AUTH"] });
        await backend.connect?.(view(session));
      };
      answer(work(), session, callback);
    },
    onSecure(_socket, session, callback) {
      if (hidesAuth) Object.assign(session, { disabledCommands: [...neverOffered, "STARTTLS"] });
      callback();
    },
    onAuth(auth, session, callback) {
      const login = loginOf(auth);
      const work = async (): Promise<User> => {
        if (!backend.authenticate || (!login.isToken && (login.name === "" || login.password === "")))
          throw new Failure("unauthenticated", "smtp.credentials", "user name or password is wrong");
        return backend.authenticate(view(session), login);
      };
      work().then(
        (user) => callback(null, { user }),
        (error) => {
          connections.noteAuthFailure(session.id);
          const isRefused = error instanceof Failure && ["unauthenticated", "forbidden"].includes(error.kind);
          if (login.isToken && options.bearer && isRefused) {
            const status = error.kind === "forbidden" ? "insufficient_scope" : "invalid_token";
            // 334 with the reason (RFC 7628 §3.2.2); smtp-server waits for what the client says to it, then answers 535.
            return callback(null, { data: bearerRefusal(options.bearer, status) });
          }
          callback(refusal(error, "auth", logger, session.id));
        },
      );
    },
    onMailFrom(address, session, callback) {
      const sender = toSender(address, session);
      const work = async () => {
        if (role === "submission" && !session.user)
          throw new Failure("unauthenticated", "smtp.auth_required", "sign in first, over TLS");
        assertEnvelopeId(session);
        await backend.mailFrom(view(session), sender);
        transactions.set(session, { sender, targets: new Map() });
      };
      answer(work(), session, callback);
    },
    onRcptTo(address, session, callback) {
      const work = async () => {
        const transaction = transactions.get(session);
        assert(transaction, "RCPT follows MAIL");
        assertOriginalRecipient(address);
        const key = address.address.toLowerCase();
        // The library answers DATA once for an address, RFC 2033 §4.2 once for each RCPT that was accepted.
        if (role === "lmtp" && transaction.targets.has(key))
          throw new Failure("over_quota", "smtp.recipient_twice", "this recipient is named already");
        transaction.targets.set(key, await backend.rcptTo(view(session), transaction.sender, address.address));
      };
      answer(work(), session, callback);
    },
    onData(stream, session, callback) {
      const transaction = transactions.get(session);
      assert(transaction, "DATA follows MAIL");
      const recipients = session.envelope.rcptTo.flatMap((named) => {
        const target = transaction.targets.get(named.address.toLowerCase());
        return target === undefined ? [] : [{ address: named.address, target, dsn: dsnOf(session, named) }];
      });
      receive(stream, limits, (message) =>
        backend.data(view(session), { sender: transaction.sender, recipients }, message),
      ).then(
        ({ queuedAs, refused }) => {
          const done = `OK: queued as ${queuedAs}`;
          if (role !== "lmtp") return callback(null, done);
          const replies = recipients.map((_, index) => {
            const trouble = refused?.[index] ?? null;
            return trouble === null ? done : refusal(trouble, "other", logger, session.id);
          });
          callback(null, replies);
        },
        (error) => callback(refusal(error, "other", logger, session.id)),
      );
    },
  };
}

function toSender(address: SMTPServerAddress, session: SMTPServerSession): SmtpSender {
  const size = address.args === false ? undefined : address.args["SIZE"];
  return {
    address: address.address,
    sizeBytes: typeof size === "string" && /^\d{1,15}$/.test(size) ? Number(size) : null,
    isUtf8: session.envelope.smtpUtf8 === true,
  };
}

/**
 * Feeds the guarded message to `store`. On a breach or failure the rest of the message is read and thrown away first:
 * the reply belongs after the final dot. A client that goes away makes the iterator throw, so a half message is never
 * stored; nobody is there to read the reply.
 */
async function receive<T>(
  stream: Readable,
  limits: SmtpLimits,
  store: (message: AsyncIterable<Bytes>) => Promise<T>,
): Promise<T> {
  const chunks = stream.iterator({ destroyOnReturn: false }) as AsyncIterable<Bytes>;
  let isWhole = false;
  async function* whole(): AsyncGenerator<Bytes> {
    yield* guardMessage(chunks, limits);
    isWhole = true;
  }
  const message = whole();
  try {
    const result = await store(message);
    assert(isWhole, "the backend reads the whole message before it promises anything");
    return result;
  } catch (error) {
    // A reader that stopped half-way still holds the stream: nothing would flow, and the reply would never go out.
    await message.return(undefined).catch(() => {});
    if (!stream.readableEnded && !stream.destroyed) {
      stream.resume();
      await finished(stream, { writable: false }).catch(() => {});
    }
    throw error;
  }
}
