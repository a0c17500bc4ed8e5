import type { VaultClient } from "@casaforte/vault";
import { type Chance, headBytes, sample, sha256, uuid } from "@casaforte/vault/conformance";

/** What whoever has a device's token can do: noise takes the place of a point's file. Returns the file that it had. */
export async function replaceByNoise(client: VaultClient, chance: Chance, pointId: string): Promise<string> {
  const noise = sample(chance, [7000]);
  for await (const { chainId, fileRoot, ...file } of client.files()) {
    if (file.pointId !== pointId) continue;
    const replaces = { pointId, fileRoot };
    const input = { key: uuid(chance), chainId, kind: "vbk", fileName: "noise.vbk", estimatedBytes: 0 } as const;
    const { uploadId } = await client.openUpload({ ...input, replaces });
    const pieces = [noise.bytes.slice(0, headBytes), noise.bytes.slice(headBytes)];
    for (const [n, body] of pieces.entries())
      await client.putPart(uploadId, { n, offset: n * headBytes, sha256: sha256(body), body });
    await client.putBlockMap(uploadId, noise.blockMap);
    await client.commit(uploadId, noise.commit);
    return file.fileId;
  }
  throw new Error("the point has no file");
}

/** What an agent does: a full whose content is the point's own stored bytes takes the place of its file. */
export async function replaceByReferences(client: VaultClient, chance: Chance, pointId: string): Promise<void> {
  const head = sample(chance, []);
  for await (const { chainId, fileRoot, fileId, size, ...file } of client.files()) {
    if (file.pointId !== pointId) continue;
    const replaces = { pointId, fileRoot };
    const input = { key: uuid(chance), chainId, kind: "vbk", fileName: "composed.vbk", estimatedBytes: 0 } as const;
    const { uploadId } = await client.openUpload({ ...input, replaces });
    const range = { offset: headBytes, length: size - headBytes, fromFileId: fileId, fromOffset: headBytes };
    await client.compose(uploadId, { ranges: [range] });
    await client.putBlockMap(uploadId, head.blockMap);
    await client.putPart(uploadId, { n: 0, offset: 0, sha256: sha256(head.bytes), body: head.bytes });
    await client.commit(uploadId, { ...head.commit, size });
    return;
  }
  throw new Error("the point has no file");
}
