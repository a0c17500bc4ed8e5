import { type Actor, type Clock, Failure, type SpaceId } from "@casaforte/kernel";
import { listVersions } from "@casaforte/modules/catalogue";
import { holdService, listServices, replicaPlanOf } from "@casaforte/modules/orders";
import { listAddresses, resizeSpace } from "@casaforte/modules/placement";
import type { Attributes, DataPlane, PlaneObject, ReconciliationServices } from "@casaforte/modules/reconciliation";
import { changeSpace, listSpaces } from "@casaforte/modules/spaces";
import type { TenantTx } from "@casaforte/platform/db";
import { mailPlane } from "./mail-plane.ts";
import type { Services } from "./services.ts";

const program: Actor = { kind: "system", name: "reconciliation" };
const byHand = (what: string) =>
  new Failure("precondition", "reconciliation.by_hand", `a person has to change ${what}`);

/** What each space was sold as, by the version of the catalogue that its order froze (R1). */
async function orderedSpaces(tx: TenantTx): Promise<readonly PlaneObject[]> {
  const versions = await listVersions(tx);
  return (await listServices(tx))
    .filter(({ product, state }) => product === "backup" && state === "active")
    .map((service) => {
      const sold = versions.find(({ sku, version }) => sku === service.sku && version === service.skuVersion);
      if (sold === undefined)
        throw new Failure("not_found", "reconciliation.no_version", "the catalogue lacks the version ordered");
      const attributes = {
        quotaBytes: String((sold.capacityBytes ?? 0n) * service.quantity),
        bandwidthBytesPerSecond:
          sold.bandwidthBytesPerSecond === null ? "unlimited" : String(sold.bandwidthBytesPerSecond),
        replica: replicaPlanOf(sold),
        site: service.siteId,
        addresses: String(sold.ipAddresses),
      };
      return { id: service.subjectId, label: service.label, attributes };
    });
}

/** The vault: what was ordered of it, and what it and the inventory hold each space to (R4). */
export const backupReport: Pick<DataPlane, "name" | "desired" | "report"> = {
  name: "backup",
  desired: orderedSpaces,
  async report(tx) {
    const addresses = await listAddresses(tx);
    return new Map(
      (await listSpaces(tx)).map((space): [string, Attributes] => [
        space.id,
        {
          quotaBytes: String(space.quotaBytes),
          bandwidthBytesPerSecond:
            space.bandwidthBytesPerSecond === null ? "unlimited" : String(space.bandwidthBytesPerSecond),
          replica: space.replicaPlan,
          site: space.siteId,
          addresses: String(addresses.filter(({ spaceId }) => spaceId === space.id).length),
        },
      ]),
    );
  },
};

/** The same with the means to put it right (R100). */
export function backupPlane(clock: Clock): DataPlane {
  return {
    ...backupReport,
    hold: holdService,
    async mend(tx, object, attribute) {
      const id = object.id as SpaceId;
      const wanted = object.attributes[attribute] ?? "";
      const nowMs = clock.nowMs();
      if (attribute === "quotaBytes") {
        await changeSpace(tx, program, { id, quotaBytes: BigInt(wanted), nowMs });
        await resizeSpace(tx, id, BigInt(wanted));
      } else if (attribute === "bandwidthBytesPerSecond")
        await changeSpace(tx, program, {
          id,
          bandwidthBytesPerSecond: wanted === "unlimited" ? null : BigInt(wanted),
          nowMs,
        });
      else if (attribute === "replica")
        await changeSpace(tx, program, { id, replicaPlan: replicaPlanOf({ replicaPlan: wanted }), nowMs });
      else throw byHand(attribute === "site" ? "where the data lie" : "the fixed addresses");
    },
  };
}

/** Reconciliation on the ports of everything else. */
export const reconciliation = ({ core, identity }: Pick<Services, "core" | "identity">): ReconciliationServices => ({
  db: core.db,
  clock: core.clock,
  logger: core.logger.with({ component: "reconciliation" }),
  planes: [backupPlane(core.clock), mailPlane(identity)],
});
