import type { DeviceId, SpaceId } from "@casaforte/kernel";
import { requireActiveDevice } from "@casaforte/modules/devices";
import type { TenantTx } from "@casaforte/platform/db";
import { type ChainState, vaultLimits } from "@casaforte/vault";
import { type ChainId, type ChainRow, chainRootOf } from "./rows.ts";
import { insertChain, renameChain, selectChainFigures, selectChains, selectHead } from "./store-files.ts";
import { selectMergePoint } from "./store-retention.ts";
import { notFound, tooMany } from "./troubles.ts";

/** How a chain stands, as the protocol tells it. */
export async function chainState(tx: TenantTx, chain: ChainRow): Promise<ChainState> {
  const head = await selectHead(tx, chain.id);
  const figures = await selectChainFigures(tx, chain.id);
  return {
    chainId: chain.id,
    label: chain.label,
    createdAt: chain.createdAt.toISOString(),
    head: head && {
      fileId: head.id,
      kind: head.kind,
      fileRoot: chainRootOf(head).toString("hex"),
      pointId: head.pointId,
      at: head.at.toISOString(),
    },
    mergePointId: await selectMergePoint(tx, chain.id),
    ...figures,
  };
}

/** @throws not_found `vault.not_found` unless it is this device's chain. */
export async function requireChain(tx: TenantTx, deviceId: DeviceId, id: ChainId): Promise<ChainRow> {
  const [chain] = await selectChains(tx, deviceId, id);
  if (!chain) throw notFound();
  return chain;
}

export interface PutChainInput {
  readonly id: ChainId;
  readonly deviceId: DeviceId;
  readonly spaceId: SpaceId;
  readonly label: string;
  readonly nowMs: number;
}

/** Makes a chain of a device, or renames it. @throws conflict `vault.too_many`, not_found for another device's id. */
export async function putChain(tx: TenantTx, input: PutChainInput): Promise<ChainState> {
  await requireActiveDevice(tx, input.deviceId);
  const chains = await selectChains(tx, input.deviceId, null);
  const known = chains.find((chain) => chain.id === input.id);
  if (known) {
    await renameChain(tx, input.id, input.label);
    return chainState(tx, { ...known, label: input.label });
  }
  if (chains.length >= vaultLimits.chainsPerDeviceMax) throw tooMany("chains", vaultLimits.chainsPerDeviceMax);
  const { id, deviceId, spaceId, label } = input;
  const chain = { id, deviceId, spaceId, label, createdAt: new Date(input.nowMs) };
  if (!(await insertChain(tx, chain))) return chainState(tx, await requireChain(tx, deviceId, id));
  return chainState(tx, chain);
}
