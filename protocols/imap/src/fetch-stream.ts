import { assert, type Bytes, Failure } from "@casaforte/kernel";
import type { BodyBytes, MessageFacts, MessageFields } from "./backend.ts";
import { loadBinary } from "./fetch-binary.ts";
import { printItem } from "./fetch-print.ts";
import { flagBits } from "./flag-table.ts";
import { SessionEnd } from "./input.ts";
import { uidsAt } from "./resolve-set.ts";
import { type ByteRange, sectionRange, selectFields } from "./section-range.ts";
import type { Selected, Session } from "./session.ts";
import type { FactItem, FetchItem, SectionItem } from "./syntax/fetch-items.ts";
import { latin1 } from "./syntax/frames.ts";
import { announceKeywords, fetchHead } from "./updates.ts";

interface FetchPlan {
  readonly indexes: Uint32Array;
  readonly items: readonly FetchItem[];
}

/** A body ready to be printed: known length, bytes at hand or on the way. */
type Loaded =
  | { readonly lengthBytes: number; readonly body: BodyBytes; readonly hasNul?: boolean }
  | { readonly text: string }
  | null;

interface Loading {
  readonly facts: MessageFacts;
  readonly lengthBytes: number;
  readonly bodies: Promise<Loaded[]>;
}

/**
 * Prints messages whose facts or bodies the store keeps, batch by batch: one batch of facts and a few bodies are in
 * memory at a time, and none while the client does not read. True when some messages were gone.
 */
export async function streamMessages(session: Session, selected: Selected, plan: FetchPlan): Promise<boolean> {
  const { fetchBatch } = session.limits;
  const fields = fieldsFor(plan.items);
  const marksSeen = !selected.readOnly && plan.items.some((item) => item.kind === "section" && item.marksSeen);
  let printed = 0;
  session.input.watch();
  for (let from = 0; from < plan.indexes.length; from += fetchBatch) {
    const indexes = plan.indexes.subarray(from, from + fetchBatch);
    const uids = indexes.length === selected.tracker.count ? selected.tracker.uids.slice() : uidsAt(selected, indexes);
    const nowSeen = marksSeen ? await markSeen(session, selected, indexes) : new Set<number>();
    for await (const batch of selected.mailbox.facts(uids, fields)) {
      printed += await printBatch(session, selected, { batch, items: plan.items, nowSeen });
    }
  }
  return printed < plan.indexes.length;
}

function fieldsFor(items: readonly FetchItem[]): MessageFields {
  const fields: { -readonly [Field in keyof MessageFields]: MessageFields[Field] } = {};
  const ofFact: Partial<Record<FactItem, keyof MessageFields>> = {
    INTERNALDATE: "internalDate",
    "RFC822.SIZE": "size",
    ENVELOPE: "envelope",
    BODY: "structure",
    BODYSTRUCTURE: "bodyStructure",
    EMAILID: "ids",
    THREADID: "ids",
    SAVEDATE: "savedDate",
    PREVIEW: "preview",
  };
  for (const item of items) {
    const field = item.kind === "fact" ? ofFact[item.fact] : fieldOfSection(item);
    if (field) fields[field] = true;
  }
  return fields;
}

function fieldOfSection({ section, binary }: SectionItem): keyof MessageFields {
  if (binary || section.path.length > 0 || section.text === "text") return "structure";
  return section.text === "all" ? "size" : "header";
}

/** Sets \Seen before the bodies go out, one change for the batch; returns the UIDs it changed. */
async function markSeen(session: Session, selected: Selected, indexes: Uint32Array): Promise<ReadonlySet<number>> {
  const { tracker, mailbox } = selected;
  const unseen = indexes.filter((index) => (mailbox.table.flags(tracker.flagSetAt(index)).bits & flagBits.seen) === 0);
  if (unseen.length === 0) return new Set();
  const flags = { bits: flagBits.seen, keywords: [] };
  const result = await mailbox.store({ uids: uidsAt(selected, unseen), operation: "add", flags });
  tracker.applyStored(result.stored, result);
  announceKeywords(session, selected);
  return new Set(result.stored.uids);
}

async function printBatch(
  session: Session,
  selected: Selected,
  work: { batch: readonly MessageFacts[]; items: readonly FetchItem[]; nowSeen: ReadonlySet<number> },
): Promise<number> {
  const { batch, items } = work;
  const { readAheadMessages, readAheadBytes } = session.limits;
  const sections = items.filter((item) => item.kind === "section");
  if (sections.length === 0) return printFacts(session, selected, work);
  const ahead: Loading[] = [];
  let aheadBytes = 0;
  let next = 0;
  let printed = 0;
  const readAhead = (): void => {
    while (
      next < batch.length &&
      ahead.length < readAheadMessages &&
      (ahead.length === 0 || aheadBytes < readAheadBytes)
    ) {
      const loading = load(selected, batch[next++] as MessageFacts, sections);
      aheadBytes += loading.lengthBytes;
      ahead.push(loading);
    }
  };
  for (;;) {
    readAhead();
    const loading = ahead.shift();
    if (!loading) return printed;
    aheadBytes -= loading.lengthBytes;
    const bodies = await bodiesOf(loading);
    if (bodies) {
      await printMessage(session, selected, { facts: loading.facts, items, bodies, nowSeen: work.nowSeen });
      printed++;
    }
    if (session.out.isFull) await session.out.pressure();
    session.input.check();
  }
}

async function printFacts(
  session: Session,
  selected: Selected,
  { batch, items }: { batch: readonly MessageFacts[]; items: readonly FetchItem[] },
): Promise<number> {
  const { out } = session;
  const facts = items.filter((item) => item.kind === "fact").map((item) => item.fact);
  for (const message of batch) {
    const index = selected.tracker.indexOf(message.uid);
    let line = fetchHead(session, selected, index);
    let separator = "";
    for (const fact of facts) {
      line += separator + printItem(selected, message, { index, fact });
      separator = " ";
    }
    out.text(`${line})\r\n`);
  }
  if (out.isFull) await out.pressure();
  session.input.check();
  return batch.length;
}

/** Null when the message's bytes are gone. */
async function bodiesOf(loading: Loading): Promise<Loaded[] | null> {
  try {
    return await loading.bodies;
  } catch (error) {
    if (error instanceof Failure && error.kind === "not_found") return null;
    throw error;
  }
}

function load(selected: Selected, facts: MessageFacts, sections: readonly SectionItem[]): Loading {
  let lengthBytes = 0;
  const bodies = sections.map((item) => {
    const range = rangeOf(facts, item);
    lengthBytes += range && !isFields(item) ? (item.binary ? range.length : clip(range, item.partial).length) : 0;
    return loadSection(selected, facts, { item, range });
  });
  const all = Promise.all(bodies);
  // A failure is reported when the message's turn comes, which may be later.
  all.catch(() => {});
  return { facts, lengthBytes, bodies: all };
}

const isFields = ({ section }: SectionItem): boolean => section.text === "fields" || section.text === "fields_not";

function rangeOf(facts: MessageFacts, { section }: SectionItem): ByteRange | null {
  if (section.path.length === 0 && section.text === "all") return { offset: 0, length: sizeOf(facts) };
  if (section.path.length === 0 && section.text !== "text") return { offset: 0, length: facts.header?.length ?? 0 };
  assert(facts.structure, "the store gave the structure asked for");
  return sectionRange(facts.structure, section);
}

const sizeOf = ({ sizeBytes, structure }: MessageFacts): number =>
  sizeBytes ?? (structure ? structure.headerSizeBytes + structure.bodySizeBytes : 0);

function clip(range: ByteRange, partial: SectionItem["partial"]): ByteRange {
  if (!partial) return range;
  const skip = Math.min(partial.offset, range.length);
  return { offset: range.offset + skip, length: Math.min(partial.length, range.length - skip) };
}

async function loadSection(
  selected: Selected,
  facts: MessageFacts,
  { item, range }: { item: SectionItem; range: ByteRange | null },
): Promise<Loaded> {
  if (!range) return null;
  const { section, partial } = item;
  if (item.binary) {
    assert(facts.structure, "the store gave the structure asked for");
    return loadBinary(facts.structure, { item, range }, (part) => readAll(selected, facts.uid, part));
  }
  const topHeader = section.path.length === 0 && facts.header && section.text !== "text" && section.text !== "all";
  if (isFields(item)) {
    const header = topHeader && facts.header ? facts.header : await readAll(selected, facts.uid, range);
    const text = selectFields(latin1(header), section.fields, section.text === "fields_not");
    return { text: partial ? text.slice(partial.offset, partial.offset + partial.length) : text };
  }
  const wanted = clip(range, partial);
  if (wanted.length === 0) return { text: "" };
  if (topHeader && facts.header) {
    return { lengthBytes: wanted.length, body: facts.header.subarray(wanted.offset, wanted.offset + wanted.length) };
  }
  return { lengthBytes: wanted.length, body: await selected.mailbox.body(facts.uid, wanted) };
}

async function readAll(selected: Selected, uid: number, range: ByteRange): Promise<Bytes> {
  if (range.length === 0) return new Uint8Array();
  const body = await selected.mailbox.body(uid, range);
  if (body instanceof Uint8Array) return body;
  const pieces: Bytes[] = [];
  for await (const piece of body) pieces.push(piece);
  return Buffer.concat(pieces);
}

async function printMessage(
  session: Session,
  selected: Selected,
  message: { facts: MessageFacts; items: readonly FetchItem[]; bodies: Loaded[]; nowSeen: ReadonlySet<number> },
): Promise<void> {
  const { out } = session;
  const { facts, items, bodies } = message;
  const index = selected.tracker.indexOf(facts.uid);
  // All text is made before any is printed: a bug in a fact must not leave half a response on the wire.
  const texts = items.map((item) =>
    item.kind === "fact" ? printItem(selected, facts, { index, fact: item.fact }) : "",
  );
  const tail = message.nowSeen.has(facts.uid) ? impliedFlags(session, selected, { items, facts, index }) : "";
  let nextBody = 0;
  out.text(fetchHead(session, selected, index));
  for (const [at, item] of items.entries()) {
    if (at > 0) out.text(" ");
    if (item.kind === "fact") out.text(texts[at] ?? "");
    else await printBody(session, item, bodies[nextBody++] ?? null);
  }
  out.text(`${tail})\r\n`);
}

/** FLAGS and MODSEQ that the FETCH itself changed, unless they were asked for anyway. */
function impliedFlags(
  session: Session,
  selected: Selected,
  { items, facts, index }: { items: readonly FetchItem[]; facts: MessageFacts; index: number },
): string {
  const asked = (fact: FactItem): boolean => items.some((item) => item.kind === "fact" && item.fact === fact);
  let text = "";
  if (!asked("FLAGS")) text += ` ${printItem(selected, facts, { index, fact: "FLAGS" })}`;
  if (session.enabled.condstore && !asked("MODSEQ"))
    text += ` ${printItem(selected, facts, { index, fact: "MODSEQ" })}`;
  return text;
}

async function printBody(session: Session, item: SectionItem, loaded: Loaded): Promise<void> {
  const { out } = session;
  if (!loaded) return out.text(item.binary === "size" ? `${item.label} 0` : `${item.label} NIL`);
  if (item.binary === "size") return out.text(`${item.label} ${"text" in loaded ? loaded.text : loaded.lengthBytes}`);
  if ("text" in loaded) {
    return out.text(
      loaded.text === "" ? `${item.label} ""` : `${item.label} {${loaded.text.length}}\r\n${loaded.text}`,
    );
  }
  // A literal must hold no NUL; literal8 may (RFC 9051 §9).
  out.text(`${item.label} ${loaded.hasNul ? "~" : ""}{${loaded.lengthBytes}}\r\n`);
  if (loaded.body instanceof Uint8Array) {
    assert(loaded.body.length === loaded.lengthBytes, "the store gave the bytes asked for");
    return out.bytes(loaded.body);
  }
  await printStream(session, loaded.body, loaded.lengthBytes);
}

/** The length is already promised: if the stream fails now, only ending the connection keeps the client from a lie. */
async function printStream(session: Session, body: AsyncIterable<Bytes>, lengthBytes: number): Promise<void> {
  const { out } = session;
  let left = lengthBytes;
  try {
    for await (const piece of body) {
      left -= piece.length;
      assert(left >= 0, "the store gave no more bytes than asked for");
      out.bytes(piece);
      if (out.isFull) await out.pressure();
      session.input.check();
    }
    assert(left === 0, "the store gave the bytes asked for");
  } catch (error) {
    if (error instanceof SessionEnd) throw error;
    session.logger.error("imap.body_broke", error);
    throw new SessionEnd("broken");
  }
}
