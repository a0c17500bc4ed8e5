import { equalBytes, Failure } from "@casaforte/kernel";
import { readKeySetStore } from "./key-set-store.ts";
import { Metadata } from "./metadata.ts";
import { OpenedContainer } from "./opened-container.ts";
import { bankOf, noPage } from "./page.ts";
import { clearPages, openBanks, readStoredBanks } from "./read-banks.ts";
import { type HeadParts, readHead, readHeadStart } from "./read-head.ts";
import { sha256 } from "./sha256.ts";
import { rootParts } from "./trailer.ts";
import type { Container, ContainerUnsealer, FileUnsealer, KeySetRecord, RandomAccessSource } from "./types.ts";

export interface OpenOptions {
  /** Needed for sealed files; with it, a file that is not sealed is refused. From `@casaforte/vbk/seal`. */
  readonly unsealer?: ContainerUnsealer;
  /** Also accept files of other writers, which have no trailer and no root. Off by default. */
  readonly foreign?: boolean;
  /** Read both copies of the metadata and warn of damage in either. */
  readonly bothCopies?: boolean;
}

/**
 * Opens a VBK or VIB and checks all of it but the data blocks, which are checked as they are read. Damage that the
 * second copy of the metadata heals is listed in `warnings`.
 * @throws corrupt `vbk.truncated` `vbk.header` `vbk.slot_crc` `vbk.trailer` `vbk.file_root` `vbk.bank` `vbk.bank_crc`
 * `vbk.bank_authentication` `vbk.page` `vbk.directory` `vbk.no_image` `vbk.image` `vbk.block_store` `vbk.key_record`
 * `vbk.not_sealed`; unauthenticated `vbk.sealed` (no key given), `seal.wrong_key`.
 */
export async function openContainer(source: RandomAccessSource, options: OpenOptions = {}): Promise<Container> {
  if (options.bothCopies !== true && options.foreign !== true) {
    const found = await openByStart(source, options);
    if (found !== null) return found;
  }
  const warnings: string[] = [];
  const warn = (code: string): void => void warnings.push(code);
  return open(source, { head: await readHead(source, warn), warnings, warn }, options);
}

/**
 * By the start of the head alone, a megabyte less to fetch. Null when anything at all is not as it should be: the whole
 * head has a second slot and the places of the other copies.
 */
async function openByStart(source: RandomAccessSource, options: OpenOptions): Promise<Container | null> {
  try {
    const head = await readHeadStart(source);
    if (head === null || head.trailer === null) return null;
    return await open(source, { head, warnings: [], warn: () => undefined }, options);
  } catch (error) {
    if (error instanceof Failure && error.kind === "corrupt") return null;
    throw error;
  }
}

interface OpenFrom {
  readonly head: HeadParts;
  readonly warnings: readonly string[];
  readonly warn: (code: string) => void;
}

async function open(
  source: RandomAccessSource,
  { head, warnings, warn }: OpenFrom,
  options: OpenOptions,
): Promise<Container> {
  checkSealing(head, options);
  const stored = await readStoredBanks(source, head, { bothCopies: options.bothCopies ?? false, warn });
  const keySets = readKeySets(head, stored);
  const file = await checkRoot(head, stored, keySets, options.unsealer);
  try {
    const sealing = file === null ? null : { file, cryptoBank: bankOf(head.slot.cryptoRoot) };
    const metadata = new Metadata(await openBanks(stored, head.trailer?.table ?? null, sealing));
    return new OpenedContainer({ source, head, metadata, file, keySets, warnings });
  } catch (error) {
    file?.destroy();
    throw error;
  }
}

/** The key set records of a sealed file, not authenticated: to find the salt of an exported file's password. */
export async function readKeySetRecords(source: RandomAccessSource): Promise<readonly KeySetRecord[]> {
  const head = await readHead(source, () => undefined);
  const stored = await readStoredBanks(source, head, { bothCopies: false, warn: () => undefined });
  return readKeySets(head, stored);
}

function checkSealing(head: HeadParts, options: OpenOptions): void {
  if (head.trailer === null && (head.isSealed || options.foreign !== true)) {
    throw new Failure("corrupt", "vbk.trailer", "the file's last page is not a trailer");
  }
  if (head.isSealed && options.unsealer === undefined) {
    throw new Failure("unauthenticated", "vbk.sealed", "the file is sealed and no key was given");
  }
  // Whoever comes with a key expects a sealed file: a plain one in its place was put there by somebody else.
  if (!head.isSealed && options.unsealer !== undefined) {
    throw new Failure("corrupt", "vbk.not_sealed", "the file is not sealed");
  }
}

function readKeySets(head: HeadParts, stored: readonly Uint8Array[]): readonly KeySetRecord[] {
  const { cryptoRoot } = head.slot;
  return cryptoRoot === noPage ? [] : readKeySetStore(new Metadata(stored.map(clearPages)), cryptoRoot);
}

/** Compares the file root before anything in the banks is believed. Gives the opened keys of a sealed file. */
async function checkRoot(
  head: HeadParts,
  stored: readonly Uint8Array[],
  keySets: readonly KeySetRecord[],
  unsealer: ContainerUnsealer | undefined,
): Promise<FileUnsealer | null> {
  const { trailer } = head;
  if (trailer === null) return null;
  const cryptoBank = head.isSealed ? stored[bankOf(head.slot.cryptoRoot)] : new Uint8Array(0);
  if (cryptoBank === undefined) throw new Failure("corrupt", "vbk.key_record", "the crypto bank is missing");
  const parts = rootParts({
    trailerPage: trailer.page,
    headerPage: head.headerPage,
    slotFields: head.slotFields,
    cryptoBank,
    table: trailer.table,
  });
  if (head.isSealed && unsealer !== undefined) {
    const { fileId } = trailer.position;
    return unsealer.openFile({ fileId, keySets, rootParts: parts, expectedRoot: trailer.root });
  }
  if (!equalBytes(sha256(parts), trailer.root)) {
    throw new Failure("corrupt", "vbk.file_root", "the file is not what was written");
  }
  return null;
}
