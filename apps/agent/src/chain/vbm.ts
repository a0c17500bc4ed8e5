import { Failure, toHex } from "@casaforte/kernel";
import type { FileReply, VaultClient } from "@casaforte/vault";
import {
  type ChainPosition,
  type ContainerKind,
  openContainer,
  readVbm,
  type VbmDocument,
  type VbmPoint,
  writeVbm,
} from "@casaforte/vbk";
import { createUnsealer, openSealedVbm, type StorageKey, sealVbm } from "@casaforte/vbk/seal";
import { systemRandom } from "../outside.ts";
import { vaultSource } from "./chain-image.ts";
import { listOf } from "./survey.ts";

/** Name of the arena in every container of the agent. */
export const imageName = "files";

export interface VbmInput {
  readonly vault: VaultClient;
  readonly storageKey: StorageKey;
  readonly chainId: string;
  readonly deviceId: string;
  readonly name: string;
  readonly folderName: string;
  /** What a run has added to the chain: nothing of it need be asked for, or read back. */
  readonly added?: AddedFile | undefined;
}

/** The VBM as it stands, the version that a new one replaces (0: there is none yet), and the chain's files. */
export interface CurrentVbm {
  readonly version: number;
  readonly document: VbmDocument | null;
  readonly files: readonly FileReply[];
}

export interface AddedFile {
  /** `currentVbm` of before the commit. */
  readonly before: Promise<CurrentVbm>;
  readonly file: FileReply;
  readonly words: OwnWords;
}

/** What a file says of itself. */
export interface OwnWords {
  readonly kind: ContainerKind;
  readonly position: ChainPosition;
  readonly root: Uint8Array;
  readonly imageBytes: number;
}

/**
 * Brings the chain's VBM up to the vault's files: points that were deleted go, new ones come. A run that died between
 * commit and VBM is caught up here by the next. Two writers: the later one starts again from the other's version. What was asked for before
 * the commit and did not come is asked for again.
 * Returns the chain's files.
 */
export async function updateVbm(input: VbmInput): Promise<readonly FileReply[]> {
  for (let attempt = 0; ; attempt++) {
    const isFirst = attempt === 0 && input.added !== undefined;
    const {
      version,
      document: before,
      files,
    } = await (isFirst ? withAdded(input.added).catch(() => currentVbm(input)) : currentVbm(input));
    const revision = (before?.revision ?? 0) + 1;
    const points = await pointsOf(input, files, before);
    const document: VbmDocument = {
      chainId: input.chainId,
      revision,
      jobName: input.name,
      objectId: input.deviceId,
      objectName: input.name,
      folderName: input.folderName,
      imageName,
      sealed: true,
      points,
    };
    const { chainId, storageKey } = input;
    const sealed = await sealVbm(writeVbm(document), { chainId, revision }, { storageKey, random: systemRandom });
    try {
      await input.vault.putVbm(chainId, new Uint8Array(sealed), version);
      return files;
    } catch (error) {
      if (!(error instanceof Failure) || error.code !== "vault.version_moved" || attempt > 3) throw error;
    }
  }
}

/** Reads the chain's VBM, and after it the list of files: what the VBM has of another writer's must be among them. */
export async function currentVbm(input: Pick<VbmInput, "vault" | "chainId" | "storageKey">): Promise<CurrentVbm> {
  const { vault, chainId, storageKey } = input;
  const found = await vault.vbm(chainId);
  const files = await listOf(vault.files({ chainId }));
  if (found === null) return { version: 0, document: null, files };
  const { version } = found;
  try {
    return { version, document: readVbm((await openSealedVbm(found.bytes, chainId, storageKey)).xml), files };
  } catch (error) {
    // The VBM only repeats what the files say of themselves: a damaged one is written anew from them.
    if (error instanceof Failure && error.kind === "corrupt") return { version, document: null, files };
    throw error;
  }
}

/**
 * As it stands after a commit, by what stood before. Whoever else wrote meanwhile has written the VBM, too, and all is
 * asked for again, or writes it after this, or left it to the next run.
 */
async function withAdded({ before, file }: AddedFile): Promise<CurrentVbm> {
  const current = await before;
  // A list that was late may have it.
  const isListed = current.files.some(({ fileId }) => fileId === file.fileId);
  return isListed ? current : { ...current, files: [...current.files, file] };
}

async function pointsOf(
  input: VbmInput,
  files: readonly FileReply[],
  before: VbmDocument | null,
): Promise<readonly VbmPoint[]> {
  const known = new Map(before?.points.map((point) => [toHex(point.root), point]));
  const points: VbmPoint[] = [];
  for (const file of lineOf(files)) {
    const number = (points.at(-1)?.number ?? 0) + 1;
    const point = known.get(file.fileRoot) ?? (await describe(input, file, number));
    points.push(point.number < number ? { ...point, number } : point);
  }
  return points;
}

/**
 * Of a chain's files those that stand one behind the other, from the newest back: a VBM names no branches. Vaults of before
 * took points back beside what was made since; these stay restorable, each by its own line.
 */
function lineOf(files: readonly FileReply[]): readonly FileReply[] {
  const line: FileReply[] = [];
  let wanted: string | null = null;
  for (const file of files.toReversed()) {
    if (wanted !== null && file.fileId !== wanted) continue;
    line.push(file);
    wanted = file.parent?.fileId ?? null;
  }
  return line.reverse();
}

async function describe(input: VbmInput, file: FileReply, number: number): Promise<VbmPoint> {
  const words = input.added?.words;
  const isAdded = words !== undefined && toHex(words.root) === file.fileRoot;
  const { kind, position, root, imageBytes } = isAdded ? words : await ownWordsOf(input, file);
  return {
    pointId: position.pointId,
    fileId: position.fileId,
    number,
    kind,
    createdMs: Math.floor(Date.parse(file.at) / 1000) * 1000,
    fileName: file.fileName,
    fileBytes: file.size,
    imageBytes,
    root,
    parentRoot: position.parentRoot,
    ...(position.standsFor ? { standsFor: position.standsFor } : {}),
    gfs: [],
  };
}

async function ownWordsOf(input: VbmInput, file: FileReply): Promise<OwnWords> {
  const source = vaultSource(input.vault, file, undefined);
  const container = await openContainer(source, { unsealer: createUnsealer(input.storageKey) });
  try {
    const { kind, position, root, image } = container;
    if (position === null || root === null || toHex(root) !== file.fileRoot) {
      throw new Failure("corrupt", "agent.chain", "a file is not the one listed");
    }
    return { kind, position, root, imageBytes: image.sizeBytes };
  } finally {
    container.close();
  }
}
