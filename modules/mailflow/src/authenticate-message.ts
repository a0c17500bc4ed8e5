import { isIP } from "node:net";
import { Readable } from "node:stream";
import { domainToASCII } from "node:url";
import type { Bytes, Clock, Logger } from "@casaforte/kernel";
import type { authenticate } from "mailauth";
import addressparser from "nodemailer/lib/addressparser";
import { boundedLookups } from "./bounded-lookups.ts";
import { type HeaderField, joinMessage, splitMessage } from "./header-section.ts";
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
  /**
   * Such a look-up might have let DMARC pass: the DNS of the domain in From was asked and did not answer. Then mail is not
   * refused for good (RFC 7489 §6.6.2); what goes among the spam loses nothing.
   */
  readonly isPolicyUnsure: boolean;
  /** For the domain's owner, who asked for reports; null when he did not. */
  readonly observation: DmarcObservation | null;
  /** What the domain in From asks for when DMARC fails. */
  readonly policy: "none" | "quarantine" | "reject";
}

const unchecked = {
  spf: "none",
  dkim: "none",
  signedBy: null,
  provenDomain: null,
  observation: null,
  isPolicyUnsure: false,
} as const;

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
    const unanswered = new Set<string>();
    const result = await inPatience(clock, (signal) => check(input, resolver, clock, { signal, unanswered }));
    return readVerdict(result, unanswered);
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

async function check(
  input: AuthenticationInput,
  resolver: AuthResolver,
  clock: Clock,
  { signal, unanswered }: { readonly signal: AbortSignal; readonly unanswered: Set<string> },
) {
  const { authenticate } = await loadMailLibrary();
  const { fields, body } = await splitMessage(input.message);
  const message = joinMessage(firstSignatures(fields), body);
  return authenticate(Readable.from(message), {
    ip: input.remoteAddress,
    helo: input.helo,
    mta: input.hostname,
    sender: input.sender,
    resolver: boundedLookups(resolver, clock, { policyNames: policyNamesOf(fields), signal, unanswered }),
    disableBimi: true,
  });
}

/** Who signs more often gains nothing by it, and each signature is work. */
function firstSignatures(fields: readonly HeaderField[]): readonly HeaderField[] {
  let signatures = 0;
  return fields.filter(({ name }) => name !== "dkim-signature" || ++signatures <= mailflowLimits.signaturesMax);
}

/** Where the policy of the domain in From may stand (RFC 9989 §4.10). */
function policyNamesOf(fields: readonly HeaderField[]): ReadonlySet<string> {
  const from = fields.find(({ name }) => name === "from")?.value ?? "";
  const address = addressparser(from, { flatten: true })[0]?.address ?? "";
  const domain = domainToASCII(address.slice(address.lastIndexOf("@") + 1).replace(/\.$/, ""));
  const labels = domain.split(".");
  const walked = labels.map((_, at) => labels.slice(at)).filter((rest, at) => at === 0 || rest.length <= walkLabelsMax);
  return new Set(walked.map((rest) => `_dmarc.${rest.join(".")}`));
}

/** From longer names the walk goes here at once. */
const walkLabelsMax = 7;

/** Waits for checks that ask the DNS, and no longer than they may take: then the signal that they were given fires. */
export async function inPatience<T>(clock: Clock, check: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const done = new AbortController();
  const ended = new AbortController();
  const checking = check(ended.signal);
  checking.catch(() => {});
  const tooLong = clock.sleep(mailflowLimits.authenticationMsMax, done.signal).then(() => {
    throw new Error("the checks take too long");
  });
  tooLong.catch(() => {});
  try {
    return await Promise.race([checking, tooLong]);
  } finally {
    done.abort();
    ended.abort();
  }
}

type Result = Awaited<ReturnType<typeof authenticate>>;

function readVerdict(result: Result, unanswered: ReadonlySet<string>): AuthenticationVerdict {
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
    isPolicyUnsure: isPolicyUnsure(result, unanswered),
    observation,
  };
}

/**
 * Of an identity under another domain it does not matter, nor does a look-up that the DNS was not asked for: else whoever sends
 * a message would switch any policy off.
 */
function isPolicyUnsure({ dmarc, spf }: Result, unanswered: ReadonlySet<string>): boolean {
  if (dmarc === false || dmarc === undefined) return false;
  const owner = domainToASCII(dmarc.domain);
  const isOwners = (name: string) => name === owner || name.endsWith(`.${owner}`);
  const keys = [...unanswered].filter((name) => name.includes("._domainkey."));
  if (keys.some((name) => isOwners(name.replace(/\.$/, "")))) return true;
  if (spf === false || spf === undefined || spf.status.result !== "temperror") return false;
  const others = [...unanswered].filter((name) => !/(^|\.)_(domainkey|dmarc)\./.test(name));
  return others.length > 0 && isOwners(domainToASCII(spf.domain.replace(/\.$/, "")));
}

function observe(result: Result): DmarcObservation | null {
  const { dmarc, spf, dkim } = result;
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
