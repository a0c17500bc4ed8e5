export { type EvacuationServices, evacuateHost, jobHandlers } from "./evacuate-host.ts";
export { type InventoryServices, registerInventoryRoutes } from "./http.ts";
export { invariants } from "./invariants.ts";
export { addAddresses, addHost, type CapacityOutlook, capacityOutlook, changeHost, listHosts } from "./inventory.ts";
export { placementLimits } from "./limits.ts";
export { migrations } from "./migrations.ts";
export { type MoveSpace, moveSpace } from "./move-space.ts";
export { type PlaceSpace, placeSpace, releaseSpace, resizeSpace } from "./place-space.ts";
export {
  type Host,
  type HostState,
  selectAddresses as listAddresses,
  selectFits as siteFits,
  selectTenantsOnHost as listTenantsOnHost,
} from "./store.ts";
export { type Evacuation, selectLastEvacuation as readLastEvacuation } from "./store-moves.ts";
