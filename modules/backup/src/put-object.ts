import { type BlobId, type DeviceId, Failure } from "@casaforte/kernel";
import { requireActiveDevice } from "@casaforte/modules/devices";
import { keyringReserve, metadataFull, requireSpace, reserveMetadata } from "@casaforte/modules/spaces";
import type { TenantTx } from "@casaforte/platform/db";
import { type ChainObjectKind, type ObjectPutReply, vaultLimits } from "@casaforte/vault";
import { requireChain } from "./chains.ts";
import { wantReplica } from "./make-replicas.ts";
import type { ChainId, ChainRow } from "./rows.ts";
import type { BackupServices } from "./services.ts";
import { lockChain } from "./store-files.ts";
import { insertObject, selectKeyringUse, selectObject } from "./store-objects.ts";
import { insertDeadBlob } from "./store-uploads.ts";
import { tooMany } from "./troubles.ts";

const dayMs = 86_400_000;

export interface PutObjectInput {
  readonly deviceId: DeviceId;
  readonly chainId: ChainId;
  readonly kind: ChainObjectKind;
  /** The version that is replaced; 0 for the first. */
  readonly expected: number;
  readonly blobId: BlobId;
  readonly siteId: string;
  readonly length: bigint;
  readonly sha256: string;
  readonly nowMs: number;
}

/**
 * A new version of a chain's keyring or VBM whose blob is durable; old versions stay as they are. Bytes that already
 * are the version after `expected` are answered like the first time.
 * @throws precondition `vault.version_moved`, conflict `vault.too_many`, over_quota `vault.metadata_full`.
 */
export async function putObject(
  tx: TenantTx,
  input: PutObjectInput,
  services: Pick<BackupServices, "jobs">,
): Promise<ObjectPutReply> {
  const now = new Date(input.nowMs);
  await requireActiveDevice(tx, input.deviceId);
  const chain = await requireChain(tx, input.deviceId, input.chainId);
  await lockChain(tx, input.deviceId, input.chainId);
  const current = await selectObject(tx, input.chainId, input.kind, null);
  const version = input.expected + 1;
  const reply = { version, sha256: input.sha256, length: Number(input.length) };
  if (current?.version === version && current.sha256.toString("hex") === input.sha256) {
    await insertDeadBlob(tx, input.blobId, input.siteId, now);
    return reply;
  }
  if ((current?.version ?? 0) !== input.expected)
    throw new Failure("precondition", "vault.version_moved", "the object has another version now", {
      details: { version: current?.version ?? 0 },
    });
  if (input.kind === "keyring") await admitKeyring(tx, chain, input);
  await reserveMetadata(tx, chain.spaceId, input.length);
  const { blobId, length } = input;
  const row = { version, blobId, length, sha256: Buffer.from(input.sha256, "hex") };
  await insertObject(tx, input.chainId, input.kind, row, now);
  await wantReplica(tx, { ...row, spaceId: chain.spaceId, nowMs: input.nowMs }, services);
  return reply;
}

/**
 * Keyrings are kept, and whoever has a device's token makes them: few in a day, and a part of the reserve for all, so that
 * nobody takes by them the room that every backup of the space needs. In single file for the space.
 */
async function admitKeyring(
  tx: TenantTx,
  { spaceId, deviceId }: Pick<ChainRow, "spaceId" | "deviceId">,
  { length, nowMs }: Pick<PutObjectInput, "length" | "nowMs">,
): Promise<void> {
  const { quotaBytes } = await requireSpace(tx, spaceId, { lock: true });
  const { bytes, recent } = await selectKeyringUse(tx, { spaceId, deviceId, since: new Date(nowMs - dayMs) });
  const max = vaultLimits.keyringVersionsPerDayMax;
  if (recent >= max) throw tooMany("new versions of keyrings of this device in 24 hours", max);
  const reserve = keyringReserve(quotaBytes);
  if (bytes + length > reserve) throw metadataFull(reserve, bytes, length);
}
