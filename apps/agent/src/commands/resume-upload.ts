import { createHash } from "node:crypto";
import type { ChunkRef } from "@casaforte/arena";
import { Failure } from "@casaforte/kernel";
import type { ChainState, PartState, UploadReply, VaultClient } from "@casaforte/vault";
import { isChunkLive } from "../tree/parent-entries.ts";
import { type JournalContent, type JournalPart, metadataVersion, type UploadJournal } from "../upload/journal.ts";

export interface ResumedUpload {
  readonly content: JournalContent;
  readonly uploadId: string;
  /** 0: the vault takes none. */
  readonly partHolesMax: number;
  /** In the journal and the spool, but not yet with the vault. */
  readonly missing: readonly { readonly part: JournalPart; readonly body: Uint8Array<ArrayBuffer> }[];
}

/** Codes after which a former upload cannot be gone on with, and a fresh one can be begun. */
const staleCodes = new Set(["vault.upload_closed", "vault.not_found", "vault.parent_moved", "vault.part_conflict"]);

/** Codes of an upload in which other bytes lie than this agent would send now. It can be completed by nobody. */
const spoiltCodes = new Set(["vault.part_conflict", "vault.head_mismatch", "vault.incomplete"]);

export const isSpoilt = (error: unknown): boolean => error instanceof Failure && spoiltCodes.has(error.code);

/**
 * Finds out what is left of an interrupted upload. Null when it cannot be gone on with: it was committed or given up,
 * the chain moved on, or a part's bytes are neither in the vault nor here while later ones are.
 */
export async function findResumable(input: {
  readonly journal: UploadJournal;
  readonly vault: VaultClient;
  readonly chain: ChainState;
}): Promise<ResumedUpload | null> {
  const content = input.journal.read();
  if (content === null) return null;
  const { head } = content;
  const follows = head.kind === "vbk" || head.parent?.fileId === input.chain.head?.fileId;
  if (head.chainId !== input.chain.chainId || !follows) return null;
  try {
    const upload = await input.vault.openUpload(openRequest(content));
    if (upload.state !== "open") return null;
    return await match(content, upload, input);
  } catch (error) {
    if (error instanceof Failure && staleCodes.has(error.code)) return null;
    throw error;
  }
}

/** What `openUpload` is asked, again and again with the same key. */
export function openRequest({ head }: Pick<JournalContent, "head">) {
  const { key, chainId, kind, fileName, parent } = head;
  return { key, chainId, kind, fileName, ...(parent === null ? {} : { parent }), estimatedBytes: 0 };
}

async function match(
  content: JournalContent,
  upload: UploadReply,
  { journal, vault }: { journal: UploadJournal; vault: VaultClient },
): Promise<ResumedUpload | null> {
  const held = new Map<number, PartState>();
  for await (const part of vault.uploadParts(upload.uploadId)) held.set(part.n, part);
  const kept: JournalPart[] = [];
  const missing: ResumedUpload["missing"][number][] = [];
  for (const part of content.parts) {
    if (held.get(part.n)?.sha256 !== part.sha256) {
      const body = journal.spooled(part);
      if (body === null || createHash("sha256").update(body).digest("hex") !== part.sha256) break;
      // This run fills the spool anew; what it has not sent again yet must survive it.
      if (part.spoolSlot !== undefined) journal.spool(part.n, body);
      missing.push({ part, body });
    }
    kept.push(part);
  }
  const numbers = new Set(kept.map((part) => part.n));
  const isWhole = kept.length === content.parts.length;
  const { partHolesMax = 0 } = upload;
  const written = isWhole ? content.end : null;
  // Parts of the vault that we do not know hold places we are going to need; metadata parts come back the same, unless
  // the agent or the vault was updated meanwhile.
  const comesBack = written?.metadata === metadataVersion && written.holesMax === partHolesMax;
  for (const n of held.keys()) if (!numbers.has(n) && !comesBack) return null;
  const end = written && { imageBlocks: written.imageBlocks, metadata: metadataVersion, holesMax: partHolesMax };
  // Chunks of blocks that never made it are forgotten now: their addresses are given to other bytes by this run, and a
  // third run must not take the one for the other.
  const head = { ...content.head, format: 2 } as const;
  const rest = { head, parts: kept, end, chunks: storedChunks(content.chunks, kept) };
  journal.rewrite(rest);
  return { content: rest, uploadId: upload.uploadId, partHolesMax, missing };
}

function storedChunks(chunks: readonly ChunkRef[], parts: readonly JournalPart[]): readonly ChunkRef[] {
  const placed = new Set<number>();
  for (const part of parts) for (const block of part.blocks.imageBlocks()) placed.add(block);
  return chunks.filter((ref) => isChunkLive({ isLive: (block) => placed.has(block) }, ref));
}
