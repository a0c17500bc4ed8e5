import { TLSSocket } from "node:tls";
import type SMTPConnection from "nodemailer/lib/smtp-connection";
import type { TlsFailure } from "./report-line.ts";

/** How a session was secured. `failure`: why it does not prove the server's name, whether or not that was demanded. */
export interface TlsOutcome {
  readonly isEncrypted: boolean;
  readonly failure: TlsFailure | null;
}

/** A certificate's trouble by the code that Node gives it; null for a code that is about something else. */
export function certificateFailure(code: string): TlsFailure | null {
  if (code === "ERR_TLS_CERT_ALTNAME_INVALID" || code === "HOSTNAME_MISMATCH") return "certificate-host-mismatch";
  if (code === "CERT_HAS_EXPIRED" || code === "CERT_NOT_YET_VALID") return "certificate-expired";
  const isUntrusted = /SELF_SIGNED|UNABLE_TO_(GET_ISSUER|VERIFY)|CERT_UNTRUSTED|CERT_REVOKED|CERT_CHAIN|INVALID_CA/;
  return isUntrusted.test(code) ? "certificate-not-trusted" : null;
}

/** The library shows it nowhere else. */
export const socketOf = (connection: SMTPConnection): unknown => Reflect.get(connection, "_socket");

/** Of a session that stands. */
export function outcomeOf(connection: SMTPConnection): TlsOutcome {
  const socket = socketOf(connection);
  if (!(socket instanceof TLSSocket)) return { isEncrypted: false, failure: "starttls-not-supported" };
  if (socket.authorized) return { isEncrypted: true, failure: null };
  const failure = certificateFailure(codeOf(socket.authorizationError)) ?? "validation-failure";
  return { isEncrypted: true, failure };
}

/** Of one that did not come about; null when encryption was not the reason. To be asked while the error is told. */
export function outcomeOfError(connection: SMTPConnection, error: unknown): TlsOutcome | null {
  const failure = certificateFailure(textOf(error, "originalCode")) ?? certificateFailure(textOf(error, "code"));
  if (failure !== null) return { isEncrypted: false, failure };
  if (textOf(error, "command") === "STARTTLS") return { isEncrypted: false, failure: "starttls-not-supported" };
  const isShaking = Reflect.get(connection, "upgrading") === true || textOf(error, "code") === "ETLS";
  return isShaking ? { isEncrypted: false, failure: "validation-failure" } : null;
}

/** Node keeps a code or a text there, whatever its types say. */
const codeOf = (error: unknown): string => (typeof error === "string" ? error : textOf(error, "code"));

const textOf = (error: unknown, name: string): string =>
  typeof error === "object" && error !== null ? String(Reflect.get(error, name) ?? "") : "";
