import { defaultLimits } from "@casaforte/imap";
import { leafParts, parseAddressList, parseHeaderFields, parseMessage, partText } from "@casaforte/mime";
import { parseSieve } from "@casaforte/sieve";
import { requestedAddress } from "../../apps/server/src/client-settings/autodiscover.ts";
import { readDeliveryStatus } from "../../modules/mailflow/src/delivery-status.ts";
import { readDmarcReport } from "../../modules/mailflow/src/dmarc-report.ts";
import { feedbackIn } from "../../modules/mailflow/src/feedback-report.ts";
import { readStsPolicy, readStsRecord } from "../../modules/mailflow/src/mta-sts.ts";
import { readClamd, readRspamd } from "../../modules/mailflow/src/outside-filters.ts";
import { reportIn } from "../../modules/mailflow/src/report-attachment.ts";
import { tlsWishesOf } from "../../modules/mailflow/src/report-wishes.ts";
import { readTlsReport } from "../../modules/mailflow/src/tls-report.ts";
import { parseProxyHeader } from "../../platform/net/src/proxy-header.ts";
import { Cursor } from "../../protocols/imap/src/syntax/cursor.ts";
import { parseFetchItems } from "../../protocols/imap/src/syntax/fetch-items.ts";
import { parseFlags } from "../../protocols/imap/src/syntax/flag-list.ts";
import { parseMailboxFilter } from "../../protocols/imap/src/syntax/mailbox-filter.ts";
import { decodeMailboxName } from "../../protocols/imap/src/syntax/mailbox-name.ts";
import { SearchParser } from "../../protocols/imap/src/syntax/search-keys.ts";
import { normalizeRanges, parseSequenceSet } from "../../protocols/imap/src/syntax/sequence-set.ts";
import { SyntaxFailure } from "../../protocols/imap/src/syntax/syntax-failure.ts";
import { decodeUtf8 } from "../../protocols/imap/src/syntax/text.ts";
import type { SimRandom } from "../support/seed.test-support.ts";
import { imapSession, jmapRequest, manageSieveSession, pop3Session } from "./mail-sessions.test-support.ts";
import { type ParserRun, runParsers } from "./parser-run.test-support.ts";

const latin1 = (bytes: Buffer): string => bytes.toString("latin1");
/** What a line holds when it is one. */
const line = (bytes: Buffer): string =>
  latin1(bytes)
    .replaceAll(/[\r\n]/g, " ")
    .trim();
const cursor = (bytes: Buffer): Cursor => new Cursor([line(bytes)]);

/** A folder of the corpus and what reads it. Each may refuse with an error of its own, and with no other. */
const readers: Readonly<Record<string, (bytes: Buffer) => unknown>> = {
  mime(bytes) {
    const { index } = parseMessage(bytes);
    for (const { part } of leafParts(index.structure)) {
      if (part.bodyOffset < 0 || part.bodyOffset + part.bodySizeBytes > bytes.length)
        throw new Error("a part lies outside the message");
      partText(bytes, part);
    }
    parseHeaderFields(bytes);
  },
  addresses: (bytes) => parseAddressList(bytes.toString("utf8")),
  sieve: (bytes) => parseSieve(bytes.toString("utf8")),
  "imap-search": (bytes) => new SearchParser(cursor(bytes), defaultLimits, decodeUtf8).parse(),
  "imap-filters": (bytes) => parseMailboxFilter(cursor(bytes), true, defaultLimits),
  "imap-fetch": (bytes) => parseFetchItems(cursor(bytes), defaultLimits),
  "imap-flags": (bytes) => parseFlags(cursor(bytes), defaultLimits),
  "imap-sets"(bytes) {
    const set = parseSequenceSet(line(bytes));
    if (set.kind === "ranges") normalizeRanges(set.pairs, 1_000);
  },
  "imap-catenate": imapSession,
  "imap-names": (bytes) => decodeMailboxName(line(bytes), false),
  dmarc: (bytes) => readDmarcReport(bytes.toString("utf8")),
  "tls-report": (bytes) => readTlsReport(bytes.toString("utf8")),
  "report-mail": (bytes) => reportIn(bytes),
  feedback: (bytes) => feedbackIn(bytes),
  "delivery-status": (bytes) => readDeliveryStatus(bytes),
  managesieve: manageSieveSession,
  pop3: pop3Session,
  jmap: jmapRequest,
  "sts-record": (bytes) => readStsRecord([bytes.toString("utf8")]),
  "sts-policy": (bytes) => readStsPolicy(bytes.toString("utf8")),
  "report-wishes": (bytes) =>
    tlsWishesOf({ resolveTxt: async () => [bytes.toString("utf8")], post: async () => 500 }, "x.test"),
  autodiscover: (bytes) => requestedAddress(bytes.toString("utf8")),
  rspamd(bytes) {
    const verdict = readRspamd(bytes.toString("utf8"));
    if (verdict !== null && !Number.isFinite(verdict.part)) throw new Error("a verdict that is no number");
  },
  clamd: (bytes) => readClamd(bytes.toString("utf8")),
  proxy(bytes) {
    const header = parseProxyHeader(bytes);
    if (header.kind === "read" && header.sizeBytes > bytes.length) throw new Error("a header beyond its bytes");
  },
};

/** Reads every file of the corpus, then mutations of them until `goesOn` says no. */
export const runMailParsers = (random: SimRandom, goesOn: (inputs: number) => boolean): Promise<ParserRun> =>
  runParsers({
    corpus: new URL("./corpus/mail/", import.meta.url),
    parsers: Object.fromEntries(Object.entries(readers).map(([name, read]) => [name, { read }])),
    isRefusal: (error) => error instanceof SyntaxFailure,
    random,
    goesOn,
  });
