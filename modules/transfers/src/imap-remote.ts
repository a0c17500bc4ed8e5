import { isIP } from "node:net";
import { Failure } from "@casaforte/kernel";
import { mailboxLimits } from "@casaforte/modules/mailbox";
import type { FetchMessageObject, ImapFlow, ImapFlowError } from "imapflow";
import { transferLimits } from "./limits.ts";
import type { OpenRemote, Remote, RemoteFolder, RemoteLogin, RemoteMessage } from "./remote.ts";

export interface ImapRemoteOptions {
  /** The address to connect to for a host that a customer named. @throws when it leads inside. */
  readonly resolve: (host: string, port: number) => Promise<string>;
  /** Certificates to trust beside the well-known ones, for servers with a CA of their own. */
  readonly ca?: string;
}

/** Loaded with the first transfer, or ahead of it: no start should wait for it. */
export const loadImapLibrary = () => import("imapflow");

/** Reads another IMAP server (RFC 3501, RFC 9051) over TLS, with bounds on whatever it says. */
export function imapRemotes({ resolve, ca }: ImapRemoteOptions): OpenRemote {
  return async (login, signal) => {
    const { ImapFlow } = await loadImapLibrary();
    signal.throwIfAborted();
    const address = await resolve(login.host, login.port);
    const client = new ImapFlow({
      host: address,
      port: login.port,
      secure: login.security === "tls",
      doSTARTTLS: login.security === "starttls",
      ...(isIP(login.host) === 0 ? { servername: login.host } : {}),
      tls: { minVersion: "TLSv1.2", ...(ca === undefined ? {} : { ca }) },
      auth: { user: login.user, pass: login.password },
      clientInfo: { name: "Casaforte" },
      logger: false,
      disableAutoIdle: true,
      // A few bytes of a hostile server would become gigabytes.
      disableCompression: true,
      connectionTimeout: transferLimits.connectMs,
      greetingTimeout: transferLimits.connectMs,
      socketTimeout: transferLimits.silentMs,
      maxLineLength: transferLimits.lineBytesMax,
      maxLiteralSize: mailboxLimits.messageBytesMax + 1,
      maxResponseSize: mailboxLimits.messageBytesMax + transferLimits.answerBytesSpare,
      maxResponseTokens: transferLimits.tokensMax,
    });
    // Also told by the command that waits; without a listener it would end the process.
    client.on("error", () => {});
    const stop = () => client.close();
    signal.addEventListener("abort", stop, { once: true });
    try {
      await client.connect();
    } catch (error) {
      client.close();
      signal.removeEventListener("abort", stop);
      signal.throwIfAborted();
      throw explain(error);
    }
    return remoteOf(client, signal, () => signal.removeEventListener("abort", stop));
  };
}

function remoteOf(client: ImapFlow, signal: AbortSignal, forget: () => void): Remote {
  const ask = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      signal.throwIfAborted();
      throw explain(error);
    }
  };
  return {
    folders: () =>
      ask(async () => {
        const listed = await client.list({ statusQuery: { messages: true } });
        return listed
          .filter(({ flags }) => !flags.has("\\Noselect") && !flags.has("\\NonExistent"))
          .map(
            (folder): RemoteFolder => ({
              path: folder.path,
              delimiter: folder.delimiter ?? "",
              specialUse: folder.specialUse ?? null,
              total: folder.status?.messages ?? 0,
              subscribed: folder.subscribed,
            }),
          );
      }),
    open: (path) =>
      ask(async () => {
        const box = await client.mailboxOpen(path, { readOnly: true });
        return { uidvalidity: Number(box.uidValidity), total: box.exists };
      }),
    uids: (afterUid) =>
      ask(async () => {
        // Not every server searches an empty folder.
        if (client.mailbox && client.mailbox.exists === 0) return [];
        const found = await client.search({ uid: `${afterUid + 1}:*` }, { uid: true });
        // No list is a refusal, or no open folder: never the same as no messages.
        if (!Array.isArray(found)) throw refused();
        // `*` is the last message, also when that one is below.
        return found.filter((uid) => uid > afterUid).sort((a, b) => a - b);
      }),
    facts: (uids) =>
      ask(async () => {
        const query = { uid: true, flags: true, internalDate: true, size: true, envelope: true } as const;
        const asked = new Set(uids);
        const found: RemoteMessage[] = [];
        // `delete`: what nobody asked for, and what is told twice, is not kept.
        for await (const message of client.fetch(uids.join(","), query, { uid: true }))
          if (asked.delete(message.uid)) found.push(factsOf(message));
        return found.sort((a, b) => a.uid - b.uid);
      }),
    async fetch(uids) {
      const asked = new Set(uids);
      const found = new Map<number, Uint8Array>();
      // A byte above the limit tells one that is larger than it said, and the connection outlives it.
      const query = { uid: true, source: { start: 0, maxLength: mailboxLimits.messageBytesMax + 1 } } as const;
      let bytes = 0;
      try {
        for await (const { uid, source } of client.fetch(uids.join(","), query, { uid: true })) {
          if (source === undefined || !asked.delete(uid)) continue;
          bytes += source.length;
          // Sizes were not as the server said: what is left is asked for one by one.
          if (bytes > fetchedBytesMax) break;
          found.set(uid, source);
        }
      } catch (error) {
        signal.throwIfAborted();
        // A server that refuses one message refuses the command; whoever asked tries them one by one.
        if (!isRefused(error)) throw explain(error);
      }
      return found;
    },
    async close() {
      await client.logout().catch(() => {});
      forget();
      client.close();
    },
  };
}

const fetchedBytesMax = transferLimits.batchBytes + mailboxLimits.messageBytesMax + 1;

const timeOf = (value: Date | string | undefined): number | null => {
  const ms = value === undefined ? Number.NaN : new Date(value).getTime();
  return Number.isFinite(ms) ? ms : null;
};

function factsOf({ uid, size, internalDate, flags, envelope }: FetchMessageObject): RemoteMessage {
  return {
    uid,
    sizeBytes: size ?? 0,
    internalDateMs: timeOf(internalDate),
    flags: [...(flags ?? [])].slice(0, transferLimits.flagsMax).map(cut),
    messageId: cut(envelope?.messageId ?? ""),
    subject: cut(envelope?.subject ?? ""),
    from: cut(envelope?.from?.[0]?.address ?? ""),
    sentAtMs: timeOf(envelope?.date),
  };
}

/** A copy, since a slice would keep the whole answer in memory. */
const cut = (text: string): string => Buffer.from(text.slice(0, transferLimits.factCharsMax)).toString();

const refused = (cause?: unknown): Failure =>
  new Failure("unavailable", "transfers.refused", "the other server refuses", { cause });

const isRefused = (error: unknown): boolean => (error as ImapFlowError | null)?.responseStatus === "NO";

const certificateCodes = /^(CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|ERR_TLS_|INVALID_|HOSTNAME_MISMATCH|ERR_SSL)/;

/** What a customer can do something about has a code of its own; never the server's words, which are a stranger's. */
function explain(error: unknown): Failure {
  if (error instanceof Failure) return error;
  const { authenticationFailed, tlsFailed, code, mailboxMissing, responseStatus } = (error ?? {}) as ImapFlowError;
  if (authenticationFailed === true)
    return new Failure("unauthenticated", "transfers.login_refused", "the other server refuses user and password");
  if (certificateCodes.test(String(code)))
    return new Failure("unavailable", "transfers.certificate", "the other server's certificate is not valid", {
      cause: error,
    });
  if (tlsFailed === true)
    return new Failure("unavailable", "transfers.no_tls", "the other server does not encrypt", { cause: error });
  if (mailboxMissing === true)
    return new Failure("not_found", "transfers.folder_gone", "the other server has no such folder any more");
  if (responseStatus === "NO" || responseStatus === "BAD") return refused(error);
  return new Failure("unavailable", "transfers.unreachable", "the other server does not answer", { cause: error });
}

/** Ports of mail servers, and those that need no privilege: not the others of a stranger's machine. */
export const isMailPort = ({ port }: Pick<RemoteLogin, "port">): boolean =>
  port === 143 || port === 993 || (port >= 1024 && port <= 65_535);
