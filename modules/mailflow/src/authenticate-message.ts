import { isIP } from "node:net";
import { Readable } from "node:stream";
import type { Bytes, Clock, Logger } from "@casaforte/kernel";
import { authenticate } from "mailauth";
import { mailflowLimits } from "./limits.ts";
import type { AuthResolver } from "./services.ts";

export interface AuthenticationInput {
  readonly message: AsyncIterable<Bytes>;
  readonly remoteAddress: string;
  readonly helo: string;
  readonly sender: string;
  readonly hostname: string;
}

export interface AuthenticationVerdict {
  /** Fields for the top of the message, each with its CRLF. */
  readonly headers: string;
  /** `skipped`: no resolver; `error`: the check itself failed. Neither is a reason to refuse. */
  readonly dmarc: "pass" | "fail" | "none" | "skipped" | "error";
  /** What the domain in From asks for when DMARC fails. */
  readonly policy: "none" | "quarantine" | "reject";
}

/**
 * SPF, DKIM and DMARC of an incoming message (RFC 7208, 6376, 7489). Without a resolver the checks are skipped and the
 * message says so: a demonstration on loopback has no DNS. Never throws: a broken check must not stop mail.
 */
export async function authenticateMessage(
  input: AuthenticationInput,
  resolver: AuthResolver | null,
  { clock, logger }: { readonly clock: Clock; readonly logger: Logger },
): Promise<AuthenticationVerdict> {
  if (resolver === null || isIP(input.remoteAddress) === 0)
    return {
      headers: `Authentication-Results: ${input.hostname}; none (checks are switched off)\r\n`,
      dmarc: "skipped",
      policy: "none",
    };
  const patience = new AbortController();
  try {
    const checking = authenticate(Readable.from(input.message), {
      ip: input.remoteAddress,
      helo: input.helo,
      mta: input.hostname,
      sender: input.sender,
      resolver,
      disableArc: true,
      disableBimi: true,
    });
    checking.catch(() => {});
    const tooLong = clock.sleep(mailflowLimits.authenticationMsMax, patience.signal).then(() => {
      throw new Error("the checks take too long");
    });
    tooLong.catch(() => {});
    const result = await Promise.race([checking, tooLong]);
    const status = result.dmarc === false || result.dmarc === undefined ? "none" : result.dmarc.status.result;
    const policy = result.dmarc === false || result.dmarc === undefined ? "none" : result.dmarc.policy;
    return {
      headers: result.headers,
      dmarc: status === "pass" || status === "fail" ? status : "none",
      policy: policy === "reject" || policy === "quarantine" ? policy : "none",
    };
  } catch (error) {
    logger.warn("mailflow.authentication_failed", { reason: error instanceof Error ? error.message : String(error) });
    return {
      headers: `Authentication-Results: ${input.hostname}; none (the checks failed)\r\n`,
      dmarc: "error",
      policy: "none",
    };
  } finally {
    patience.abort();
  }
}
