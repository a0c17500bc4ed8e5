import { type Bytes, type SpaceId, type TenantId, utf8 } from "@casaforte/kernel";
import { listDevices } from "@casaforte/modules/devices";
import { requireSpace } from "@casaforte/modules/spaces";
import type { Bandwidth } from "./bandwidth.ts";
import { readBlob } from "./read-blob.ts";
import { storedFile } from "./read-file.ts";
import type { BackupServices } from "./services.ts";
import { selectLiveFiles } from "./store-files.ts";
import { selectObject } from "./store-objects.ts";

/** One stored file of a space, readable from any byte on. */
export interface ExportedFile {
  readonly path: string;
  readonly sizeBytes: number;
  readonly modifiedMs: number;
  /** Another one whenever the bytes under the path are others. */
  readonly version: string;
  open(offset: number, length: number, signal: AbortSignal): AsyncIterable<Bytes>;
}

const instructions = `These are the restore points of one space as they are stored: full points (.vbk), increments
(.vib), the list of a chain (chain.vbm) and its sealed keys (keyring). Nobody but the holder of the
encryption password can open them; the provider does not know it. The format is described in the
open: formats/vbk/FORMAT.md.

In the clear, while your access stands (on the machine itself, or anywhere with a restore token
from the console):

    casaforte-agent export latest --format tar -o FILE
    casaforte-agent export latest --format zip -o FILE --vault URL --token TOKEN

It asks for the password and writes what other programs read: tar, zip, raw or an unencrypted VBK.

Così come sono conservati: punti di ripristino completi (.vbk), incrementi (.vib), elenco della
catena (chain.vbm) e chiavi sigillate (keyring). Li apre solo chi ha la password di cifratura. Per
averli in chiaro, finché l'accesso è aperto, usa il comando qui sopra.
`;

/** Names in an archive hold no separators. */
const named = (text: string) => text.replaceAll(/[\\/\p{Cc}]/gu, "_").replace(/^\.+$/, "_") || "_";

/** All that a space holds, in an order that stays the same while nothing is written to it (R62, R63). */
export async function exportSpace(
  services: BackupServices & { readonly bandwidth: Bandwidth },
  tenantId: TenantId,
  spaceId: SpaceId,
): Promise<readonly ExportedFile[]> {
  const { db, bandwidth } = services;
  return db.tenant(
    tenantId,
    async (tx) => {
      const space = await requireSpace(tx, spaceId);
      const { siteId, bandwidthBytesPerSecond: bytesPerSecond } = space;
      const devices = new Map((await listDevices(tx, spaceId)).map((device) => [device.id, named(device.name)]));
      const files: ExportedFile[] = [textFile("READ-ME.txt", instructions, space.createdAt.getTime())];
      const chains = new Set<string>();
      for (const file of (await selectLiveFiles(tx, { spaceId })).reverse()) {
        const folder = `${devices.get(file.deviceId) ?? file.deviceId}/${file.chainId}`;
        if (!chains.has(file.chainId)) {
          chains.add(file.chainId);
          for (const kind of ["keyring", "vbm"] as const) {
            const object = await selectObject(tx, file.chainId, kind, null);
            if (object)
              files.push({
                path: `${folder}/${kind === "vbm" ? "chain.vbm" : "keyring"}`,
                sizeBytes: Number(object.length),
                modifiedMs: file.committedAt.getTime(),
                version: object.sha256.toString("hex"),
                open: (offset, length, signal) =>
                  readBlob(services, { tenantId, siteId, blobId: object.blobId }, { offset, length }, signal),
              });
          }
        }
        const stored = storedFile(services, file, { tenantId, siteId, spaceId, bytesPerSecond, bandwidth });
        files.push({
          path: `${folder}/${named(file.fileName)}`,
          sizeBytes: stored.size,
          modifiedMs: file.committedAt.getTime(),
          version: file.id,
          async *open(offset, length, signal) {
            yield* await stored.open(offset, length, signal);
          },
        });
      }
      return files;
    },
    { readOnly: true },
  );
}

function textFile(path: string, text: string, modifiedMs: number): ExportedFile {
  const bytes = utf8(text);
  return {
    path,
    sizeBytes: bytes.length,
    modifiedMs,
    version: "1",
    async *open(offset, length) {
      yield bytes.subarray(offset, offset + length);
    },
  };
}
