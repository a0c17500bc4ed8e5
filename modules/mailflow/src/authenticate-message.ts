import { isIP } from "node:net";
import { Readable } from "node:stream";
import type { Bytes, Clock, Logger } from "@casaforte/kernel";
import type { authenticate } from "mailauth";
import { mailflowLimits } from "./limits.ts";
import { loadMailLibrary } from "./mail-library.ts";
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
  /** RFC 8601 words: pass, fail, softfail, neutral, none, temperror, permerror. */
  readonly spf: string;
  /** `pass` when any signature does. */
  readonly dkim: string;
  /** Domain of the first signature that passes. */
  readonly signedBy: string | null;
  /** The domain that the mail proves to be from: that of From when DMARC passes, else of a signature, else of the envelope. */
  readonly provenDomain: string | null;
  /** A look-up had no answer, so that a later try may find more. */
  readonly isUnsure: boolean;
  /** For the domain's owner, who asked for reports; null when he did not. */
  readonly observation: DmarcObservation | null;
  /** What the domain in From asks for when DMARC fails. */
  readonly policy: "none" | "quarantine" | "reject";
}

const unchecked = { spf: "none", dkim: "none", signedBy: null, provenDomain: null, observation: null } as const;

/** What a DMARC aggregate report says of one message (RFC 7489 §7.2). */
export interface DmarcObservation {
  /** The domain whose record it is. */
  readonly domain: string;
  readonly headerFrom: string;
  /** The record as published. */
  readonly record: string;
  readonly isDkimAligned: boolean;
  readonly isSpfAligned: boolean;
  readonly disposition: "none" | "quarantine" | "reject";
  readonly spf: { readonly domain: string; readonly result: string };
  readonly dkim: readonly { readonly domain: string; readonly selector: string; readonly result: string }[];
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
      isUnsure: false,
      ...unchecked,
    };
  try {
    const { authenticate } = await loadMailLibrary();
    const checking = authenticate(Readable.from(input.message), {
      ip: input.remoteAddress,
      helo: input.helo,
      mta: input.hostname,
      sender: input.sender,
      resolver,
      disableBimi: true,
    });
    return readVerdict(await inPatience(clock, checking));
  } catch (error) {
    logger.warn("mailflow.authentication_failed", { reason: error instanceof Error ? error.message : String(error) });
    return {
      headers: `Authentication-Results: ${input.hostname}; none (the checks failed)\r\n`,
      dmarc: "error",
      policy: "none",
      isUnsure: true,
      ...unchecked,
    };
  }
}

/** Waits for checks that ask the DNS, and no longer than they may take. */
export async function inPatience<T>(clock: Clock, checking: Promise<T>): Promise<T> {
  const patience = new AbortController();
  checking.catch(() => {});
  const tooLong = clock.sleep(mailflowLimits.authenticationMsMax, patience.signal).then(() => {
    throw new Error("the checks take too long");
  });
  tooLong.catch(() => {});
  try {
    return await Promise.race([checking, tooLong]);
  } finally {
    patience.abort();
  }
}

type Result = Awaited<ReturnType<typeof authenticate>>;

function readVerdict(result: Result): AuthenticationVerdict {
  const dmarc = result.dmarc === false ? undefined : result.dmarc;
  const status = dmarc?.status.result ?? "none";
  const signatures = result.dkim?.results ?? [];
  const results = signatures.map((one) => one.status.result).filter((one) => one !== "none");
  const spf = result.spf === false ? undefined : result.spf;
  const observation = observe(result);
  const signedBy = signatures.find((one) => one.status.result === "pass")?.signingDomain?.toLowerCase() ?? null;
  const sentBy = spf?.status.result === "pass" ? spf.domain.toLowerCase() : null;
  const from = status === "pass" ? (observation?.headerFrom.toLowerCase() ?? null) : null;
  return {
    headers: result.headers,
    dmarc: status === "pass" || status === "fail" ? status : "none",
    policy: dmarc?.policy === "reject" || dmarc?.policy === "quarantine" ? dmarc.policy : "none",
    spf: spf?.status.result ?? "none",
    dkim: results.includes("pass") ? "pass" : results.length > 0 ? "fail" : "none",
    signedBy,
    provenDomain: from ?? signedBy ?? sentBy,
    isUnsure: [spf?.status.result, ...results].includes("temperror"),
    observation,
  };
}

function observe({ dmarc, spf, dkim }: Result): DmarcObservation | null {
  if (dmarc === false || dmarc === undefined || typeof dmarc.rr !== "string") return null;
  const isPassed = dmarc.status.result === "pass";
  const policy = dmarc.policy === "reject" || dmarc.policy === "quarantine" ? dmarc.policy : "none";
  const { alignment } = dmarc;
  return {
    domain: dmarc.policyDomain ?? dmarc.domain,
    headerFrom: dmarc.status.header?.from ?? dmarc.domain,
    record: dmarc.rr,
    isDkimAligned: Boolean(alignment?.dkim?.result),
    isSpfAligned: Boolean(alignment?.spf?.result),
    disposition: isPassed ? "none" : policy,
    spf:
      spf === false || spf === undefined
        ? { domain: "", result: "none" }
        : { domain: spf.domain, result: spf.status.result },
    dkim: (dkim?.results ?? []).flatMap((one) =>
      one.signingDomain === undefined
        ? []
        : [{ domain: one.signingDomain, selector: one.selector ?? "", result: one.status.result }],
    ),
  };
}
