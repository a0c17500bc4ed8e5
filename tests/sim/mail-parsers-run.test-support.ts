import { readdir, readFile } from "node:fs/promises";
import { defaultLimits } from "@casaforte/imap";
import { Failure } from "@casaforte/kernel";
import { leafParts, parseAddressList, parseHeaderFields, parseMessage, partText } from "@casaforte/mime";
import { parseSieve } from "@casaforte/sieve";
import { requestedAddress } from "../../apps/server/src/client-settings/autodiscover.ts";
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
import { decodeMailboxName } from "../../protocols/imap/src/syntax/mailbox-name.ts";
import { SearchParser } from "../../protocols/imap/src/syntax/search-keys.ts";
import { normalizeRanges, parseSequenceSet } from "../../protocols/imap/src/syntax/sequence-set.ts";
import { SyntaxFailure } from "../../protocols/imap/src/syntax/syntax-failure.ts";
import { decodeUtf8 } from "../../protocols/imap/src/syntax/text.ts";
import type { SimRandom } from "../support/seed.test-support.ts";
import { jmapRequest, manageSieveSession, pop3Session } from "./mail-sessions.test-support.ts";

const corpus = new URL("./corpus/mail/", import.meta.url);
const mutatedBytesMax = 64 * 1024;

const latin1 = (bytes: Buffer): string => bytes.toString("latin1");
/** What a line holds when it is one. */
const line = (bytes: Buffer): string =>
  latin1(bytes)
    .replaceAll(/[\r\n]/g, " ")
    .trim();
const cursor = (bytes: Buffer): Cursor => new Cursor([line(bytes)]);

/** A folder of the corpus and what reads it. Each may refuse with an error of its own, and with no other. */
const parsers: Readonly<Record<string, (bytes: Buffer) => unknown>> = {
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
  "imap-fetch": (bytes) => parseFetchItems(cursor(bytes), defaultLimits),
  "imap-flags": (bytes) => parseFlags(cursor(bytes), defaultLimits),
  "imap-sets"(bytes) {
    const set = parseSequenceSet(line(bytes));
    if (set.kind === "ranges") normalizeRanges(set.pairs, 1_000);
  },
  "imap-names": (bytes) => decodeMailboxName(line(bytes), false),
  dmarc: (bytes) => readDmarcReport(bytes.toString("utf8")),
  "tls-report": (bytes) => readTlsReport(bytes.toString("utf8")),
  "report-mail": (bytes) => reportIn(bytes),
  feedback: (bytes) => feedbackIn(bytes),
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

export interface ParserRun {
  readonly findings: readonly string[];
  readonly inputs: number;
  readonly parsers: number;
}

/**
 * Reads every file of the corpus, then mutations of them until `goesOn` says no. A finding names the parser, the file and the
 * input in base64, ready to be kept.
 */
export async function runMailParsers(random: SimRandom, goesOn: (input: number) => boolean): Promise<ParserRun> {
  const findings: string[] = [];
  const files: { readonly parser: string; readonly name: string; readonly bytes: Buffer }[] = [];
  for (const parser of Object.keys(parsers))
    for (const name of (await readdir(new URL(`${parser}/`, corpus))).toSorted())
      files.push({ parser, name, bytes: await readFile(new URL(`${parser}/${name}`, corpus)) });
  const read = async (parser: string, name: string, bytes: Buffer): Promise<void> => {
    try {
      await parsers[parser]?.(bytes);
    } catch (error) {
      if (error instanceof Failure || error instanceof SyntaxFailure) return;
      findings.push(`${parser}/${name}: ${String(error)} ${bytes.toString("base64").slice(0, 4_000)}`);
    }
  };
  for (const { parser, name, bytes } of files) await read(parser, name, bytes);
  let inputs = files.length;
  for (; goesOn(inputs) && findings.length < 10; inputs++) {
    const file = files[random.between(0, files.length - 1)];
    const other = files[random.between(0, files.length - 1)];
    if (!file || !other) break;
    await read(file.parser, file.name, mutate(random, file.bytes, other.bytes));
  }
  return { findings, inputs, parsers: Object.keys(parsers).length };
}

const tokens = [
  "\0",
  "\r\n",
  "\r",
  "\n\n",
  "--",
  '"',
  "\\",
  "(",
  ")",
  "{5}\r\n",
  "=?utf-8?q?",
  "?=",
  "%",
  "*",
  "&",
  "<",
  ">",
  "]]>",
  "[",
  "]",
  "ÿ",
  "9".repeat(25),
  "-1",
];

/** One to six edits: bits, cuts, repetitions, pieces of another input, bytes that mean something somewhere. */
function mutate(random: SimRandom, bytes: Buffer, other: Buffer): Buffer {
  let made = Buffer.from(bytes);
  const at = () => random.between(0, made.length);
  for (let edit = random.between(1, 6); edit > 0; edit--) {
    const [from, to] = [at(), at()].toSorted((a, b) => a - b) as [number, number];
    const [before, inside, after] = [made.subarray(0, from), made.subarray(from, to), made.subarray(to)];
    const kind = random.between(0, 5);
    if (kind === 0 && made.length > 0) {
      const place = random.between(0, made.length - 1);
      made[place] = (made[place] ?? 0) ^ (1 << random.between(0, 7));
    } else if (kind === 1) made = Buffer.concat([before, after]);
    else if (kind === 2)
      made = Buffer.concat([before, ...Array(random.between(2, 40)).fill(inside.subarray(0, 400)), after]);
    else if (kind === 3) {
      const start = random.between(0, other.length);
      made = Buffer.concat([before, other.subarray(start, start + random.between(0, 200)), made.subarray(from)]);
    } else {
      const token = Buffer.from(tokens[random.between(0, tokens.length - 1)] ?? "", "latin1");
      const times = kind === 4 ? 1 : random.between(2, 300);
      made = Buffer.concat([before, ...Array(times).fill(token), made.subarray(from)]);
    }
    made = made.subarray(0, mutatedBytesMax);
  }
  return made;
}
