import { Failure } from "@casaforte/kernel";
import { holdUnvetted } from "@casaforte/modules/tenancy";
import type { TenantTx } from "@casaforte/platform/db";
import { spacesLimits } from "./limits.ts";
import { selectSpaces } from "./store.ts";

/**
 * So that no stranger reserves a site's room: what an organisation that nobody vetted holds in all is bounded (R73).
 * `growthBytes`: what comes on top; `isNew`: as a further space. @throws precondition `spaces.not_vetted`
 * (`details.gigabytes`, `details.spaces`: at most).
 */
export async function assertRoomForUnvetted(
  tx: TenantTx,
  { growthBytes, isNew }: { readonly growthBytes: bigint; readonly isNew: boolean },
): Promise<void> {
  if (growthBytes <= 0n || !(await holdUnvetted(tx))) return;
  const { unvettedBytesMax, unvettedSpacesMax } = spacesLimits;
  const held = await selectSpaces(tx);
  const bytes = held.reduce((sum, { quotaBytes }) => sum + quotaBytes, growthBytes);
  if (bytes <= unvettedBytesMax && held.length + (isNew ? 1 : 0) <= unvettedSpacesMax) return;
  throw new Failure("precondition", "spaces.not_vetted", "a new organisation holds little until it was vetted", {
    details: { gigabytes: Number(unvettedBytesMax / 10n ** 9n), spaces: unvettedSpacesMax },
  });
}
