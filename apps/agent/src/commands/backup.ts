import { Failure, type Id, newId, toHex } from "@casaforte/kernel";
import type { FileReply } from "@casaforte/vault";
import { asciiName } from "../chain/ascii-name.ts";
import { carryDamage, headDamage } from "../chain/damage.ts";
import { type ChainSurvey, surveyChain } from "../chain/survey.ts";
import { tendChain } from "../chain/tend-chain.ts";
import { incrementsBeforeFullMax, incrementsMax, repackBytesMax } from "../limits.ts";
import type { ShownNote } from "../notes.ts";
import { systemClock, systemRandom } from "../outside.ts";
import type { RootNode } from "../tree/roots.ts";
import type { ScanRules } from "../tree/scan-filter.ts";
import type { ScanFigures } from "../tree/scan-options.ts";
import type { SeenTree } from "../tree/seen-tree.ts";
import { isDamage } from "../tree/write-tree.ts";
import { fileKeysOf } from "../upload/file-identity.ts";
import { type JournalHead, UploadJournal } from "../upload/journal.ts";
import type { RunContext } from "./context.ts";
import { findResumable, isSpoilt, openRequest, type ResumedUpload } from "./resume-upload.ts";
import { type WrittenPoint, writePoint } from "./write-point.ts";

export interface BackupInput {
  /** What to save, as `prepareSources` gives it. */
  readonly roots: RootNode;
  /** What of them was looked at before. */
  readonly seen?: SeenTree | undefined;
  /** What under the roots is left out. */
  readonly rules?: readonly ScanRules[] | undefined;
  /** A new full although the chain could go on. */
  readonly full: boolean;
  /** How new blocks are packed; LZ4 by default. Points of one chain may differ. */
  readonly compression?: "lz4" | "zstd";
  /** Of the policy. */
  readonly chain?: { readonly incrementsMax: number; readonly repackBytesMax: number } | undefined;
}

export interface BackupResult {
  readonly result: "ok" | "partial";
  readonly pointId: string;
  readonly kind: "vbk" | "vib";
  readonly at: string;
  readonly sizeBytes: number;
  readonly resumed: boolean;
  readonly figures: ScanFigures;
  readonly sentBytes: number;
  readonly unreadable: number;
  readonly notes: readonly ShownNote[];
}

/**
 * Makes one restore point: a full the first time, then increments. Goes on with an interrupted upload where its parts
 * end; what was saved of the tree then is found again by content, so a tree that changed meanwhile is saved as it is now.
 * `survey` is what the vault said of the chain a moment ago, if it was asked.
 */
export async function backup(context: RunContext, input: BackupInput, survey?: ChainSurvey): Promise<BackupResult> {
  const known = survey ?? (await surveyChain(context.vault, context.enrolment.chainId));
  const { files, ...done } = await makePoint(context, input, known);
  const { mergePointId } = known.chain;
  await tendChain(context, input.chain ?? { incrementsMax, repackBytesMax }, { files, mergePointId });
  return done;
}

/** With the chain's files as they are then. */
type MadePoint = BackupResult & { readonly files: readonly FileReply[] };

async function makePoint(context: RunContext, input: BackupInput, survey: ChainSurvey): Promise<MadePoint> {
  const { vault, home, storageKey } = context;
  const { roots, seen, rules } = input;
  const { chain } = survey;
  const keySetIdOf = (head: JournalHead) => fileKeysOf(head, storageKey).blockKeys.keySetId;
  const journal = new UploadJournal(home.path("upload"), keySetIdOf);
  const resumed = await findResumable({ journal, vault, chain });
  const write = (head: JournalHead, from: ResumedUpload | null) =>
    writePoint({
      context,
      roots,
      seen,
      rules,
      journal,
      survey,
      head,
      resumed: from,
      compression: input.compression ?? "lz4",
    });
  /** Once: what cannot be completed is given up, or every later run would end as this one does. */
  const goOn = async (from: ResumedUpload) => {
    const { head } = from.content;
    const before = context.notes.mark;
    try {
      return resultOf(context, head, true, await write(head, from));
    } catch (error) {
      if (!isSpoilt(error)) throw error;
      context.notes.backTo(before);
      return begin(input.full || head.kind === "vbk");
    }
  };
  const begin = async (full: boolean) => {
    await abandon(context, journal);
    const head = newHead(context, survey, full);
    journal.start(head);
    return resultOf(context, head, false, await write(head, null));
  };
  const mayIncrement = chain.head !== null && !input.full;
  let hasRoom = true;
  if (resumed?.content.head.kind === "vbk") {
    const done = await (mayIncrement ? unlessFull(context, () => goOn(resumed)) : goOn(resumed));
    if (done !== null) return done;
    hasRoom = false;
  }
  // An increment that was interrupted is gone on with, whatever was asked for; but not upon a damaged point.
  const increment = resumed?.content.head.kind === "vib" ? resumed : null;
  if (input.full && increment === null) return begin(true);
  const damage = headDamage(home, survey, context.notes.add);
  if (damage !== null && hasRoom) {
    const healed = await (input.full ? begin(true) : unlessFull(context, () => begin(true)));
    if (healed !== null) {
      tell(context, "the last point is damaged: a new full was made, and the chain is whole from it on");
      return healed;
    }
  }
  const before = context.notes.mark;
  if (damage !== null)
    tell(context, "the last point is damaged and there is no room for a new full: an increment was made");
  try {
    const done = await (increment !== null && damage === null ? goOn(increment) : begin(false));
    if (damage === "noted") carryDamage(home, { chainId: chain.chainId, pointId: done.pointId });
    return done;
  } catch (error) {
    // A damaged parent can bear no increment: a new full heals the chain.
    if (!isDamage(error) || chain.head === null) throw error;
    context.notes.backTo(before);
    tell(context, "the last point is damaged: a new full was made");
    return await begin(true);
  }
}

const tell = ({ notes }: RunContext, message: string): void =>
  notes.add({ level: "told", code: "chain_damaged", path: Buffer.from("-"), message });

/** Null when the space has no room for it; what was noted meanwhile is forgotten, since the tree is read again. */
async function unlessFull<T>({ notes }: RunContext, run: () => Promise<T>): Promise<T | null> {
  const before = notes.mark;
  try {
    return await run();
  } catch (error) {
    if (!(error instanceof Failure) || error.code !== "vault.over_quota") throw error;
    notes.backTo(before);
    return null;
  }
}

function resultOf(context: RunContext, head: JournalHead, resumed: boolean, point: WrittenPoint): MadePoint {
  const { notes } = context;
  return {
    result: notes.lost > 0 ? "partial" : "ok",
    kind: head.kind,
    resumed,
    unreadable: notes.lost,
    notes: notes.kept,
    ...point,
  };
}

/** Tells the vault that a former upload is over, so that it stops counting against the quota. */
async function abandon({ vault }: RunContext, journal: UploadJournal): Promise<void> {
  const old = journal.read();
  if (old === null) return;
  try {
    const upload = await vault.openUpload(openRequest(old));
    if (upload.state === "open") await vault.abortUpload(upload.uploadId);
  } catch {
    // The vault gives uploads up by itself after some days; failing here must not stop a backup.
  }
  journal.clear();
}

function newHead(context: RunContext, { chain, files }: ChainSurvey, full: boolean): JournalHead {
  const increments = files.length - 1 - files.findLastIndex(({ kind }) => kind === "vbk");
  const isFull = full || chain.head === null || increments >= incrementsBeforeFullMax;
  const kind = isFull ? "vbk" : "vib";
  const startedMs = systemClock.nowMs();
  const id = () => newId<Id<"File">>(systemClock, systemRandom);
  const stamp = new Date(startedMs).toISOString().replace(/[-:]|\.\d+/g, "");
  return {
    format: 2,
    key: id(),
    chainId: chain.chainId,
    kind,
    fileName: `${asciiName(context.enrolment.name)}-${stamp}.${kind}`,
    fileId: id(),
    pointId: id(),
    parent: isFull || chain.head === null ? null : { fileId: chain.head.fileId, fileRoot: chain.head.fileRoot },
    seed: toHex(systemRandom.bytes(32)),
    startedMs,
  };
}
