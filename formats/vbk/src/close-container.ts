import { writeTable } from "./authentication-table.ts";
import type { BankSet } from "./bank-set.ts";
import type { BlockTable } from "./block-table.ts";
import { crc32c } from "./crc32c.ts";
import { headerBytes, pageBytes } from "./layout.ts";
import { bankOf, noPage, type PageId } from "./page.ts";
import { sha256 } from "./sha256.ts";
import { type BankRow, roots, slotFieldsOf, slotOffset, writeHead } from "./slot.ts";
import { rootParts, trailerRoot, writeTrailer } from "./trailer.ts";
import type {
  BlockMapEntry,
  BlockMapRows,
  ChainPosition,
  FilePiece,
  FinishedContainer,
  MetadataSealer,
} from "./types.ts";

/** Both slots carry the same commit number at rest: the first and only commit of an immutable file. */
const commitVersion = 1;

export interface ClosingInput {
  readonly banks: BankSet;
  readonly cryptoRoot: PageId;
  readonly table: BlockTable;
  readonly sealer: MetadataSealer | undefined;
  readonly position: ChainPosition;
  readonly leaveOutFreePages: boolean;
  /** Where the metadata begins. */
  readonly offset: number;
}

/** Encodes and places banks (twice), authentication table and trailer, and computes head, root and block map. */
export function closeContainer(input: ClosingInput): FinishedContainer {
  const stored = encodeBanks(input);
  const bankBytes = stored.reduce((sum, bank) => sum + bank.length, 0);
  const copies = [rowsAt(stored, input.offset), rowsAt(stored, input.offset + bankBytes)] as const;
  const table = authenticationTable(input, stored);
  const tableOffset = input.offset + 2 * bankBytes;
  const trailerOffset = tableOffset + table.length;
  const sizeBytes = trailerOffset + pageBytes;
  const head = writeHead(
    {
      version: commitVersion,
      storageEof: sizeBytes,
      directoryRoot: roots.directory,
      directoryCount: 1,
      storeRoot: roots.blockStore,
      storeCount: input.table.count,
      cryptoRoot: input.cryptoRoot,
    },
    copies,
  );
  const trailer = writeTrailer({
    position: input.position,
    sealed: input.sealer !== undefined,
    tableOffset,
    tableBytes: table.length,
    bankRows: stored.length,
    blockRows: blockRows(input),
  });
  const parts = rootParts({
    trailerPage: trailer,
    headerPage: head.subarray(0, headerBytes),
    slotFields: slotFieldsOf(head.subarray(slotOffset(0))),
    cryptoBank: (isCryptoFree(input) ? undefined : stored[bankOf(input.cryptoRoot)]) ?? new Uint8Array(0),
    table,
  });
  const root = input.sealer === undefined ? sha256(parts) : input.sealer.root(parts);
  trailerRoot(trailer).set(root);
  const metadata: FilePiece[] = [
    ...stored.map((bytes, bank) => ({ offset: copies[0][bank]?.offset ?? 0, bytes })),
    ...stored.map((bytes, bank) => ({ offset: copies[1][bank]?.offset ?? 0, bytes })),
    { offset: tableOffset, bytes: table },
    { offset: trailerOffset, bytes: trailer },
  ];
  return { metadata, head, sizeBytes, root, blockMap: blockMap(input.table, head, metadata) };
}

const isCryptoFree = (input: ClosingInput): boolean => input.cryptoRoot === noPage;
const blockRows = (input: ClosingInput): number => (input.sealer === undefined ? 0 : input.table.count);

function encodeBanks({
  banks,
  sealer,
  cryptoRoot,
  leaveOutFreePages: leaveOutFree,
}: ClosingInput): readonly Uint8Array[] {
  const stored: Uint8Array[] = [];
  for (let bank = 0; bank < banks.count; bank++) {
    const isClear = sealer === undefined || bank === bankOf(cryptoRoot);
    if (isClear) {
      stored.push(banks.encode(bank));
      continue;
    }
    const { metaKeySetId: keySetId } = sealer;
    const encrypt = (room: Uint8Array, pagesBytes: number) => sealer.encryptPages(room, pagesBytes);
    stored.push(banks.encode(bank, { keySetId, encrypt, leaveOutFree }));
  }
  return stored;
}

function rowsAt(stored: readonly Uint8Array[], offset: number): readonly BankRow[] {
  let next = offset;
  return stored.map((bank) => {
    const row = { crc: crc32c(bank), offset: next, sizeBytes: bank.length };
    next += bank.length;
    return row;
  });
}

function authenticationTable(input: ClosingInput, stored: readonly Uint8Array[]): Uint8Array {
  const { table, sealer } = input;
  const tag = (bytes: Uint8Array, bank: number) => sealer?.bankTag(bank, bytes) ?? sha256([bytes]);
  const banks = stored.map((bytes, bank) => ({ sizeBytes: bytes.length, tag: tag(bytes, bank) }));
  return writeTable(banks, {
    count: blockRows(input),
    row: (index) => ({
      offset: table.offset(index),
      storedSize: table.storedSize(index),
      sourceSize: table.sourceSize(index),
      keySetId: table.keySetId(index),
      hmac: table.hmac(index),
    }),
  });
}

function blockMap(table: BlockTable, head: Uint8Array, metadata: readonly FilePiece[]): BlockMapRows {
  const rowOf = ({ offset, bytes }: FilePiece): BlockMapEntry => ({
    offset,
    length: bytes.length,
    sha256: sha256([bytes]),
  });
  return {
    length: 1 + table.count + metadata.length,
    *[Symbol.iterator]() {
      yield rowOf({ offset: 0, bytes: head });
      for (let index = 0; index < table.count; index++)
        yield { offset: table.offset(index), length: table.allocatedSize(index), sha256: table.sha256(index) };
      for (const piece of metadata) yield rowOf(piece);
    },
  };
}
