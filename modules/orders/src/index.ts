export {
  type ChangeService,
  changeService,
  endEveryService,
  endMailService,
  endSpaceService,
  mailPlan,
} from "./change-service.ts";
export { concernOf, listServiceReplies, type OrderHttpServices, registerOrderRoutes } from "./http.ts";
export { invariants } from "./invariants.ts";
export { migrations } from "./migrations.ts";
export { type PlaceOrder, placeOrder, replicaPlanOf, requireService, withAlternatives } from "./place-order.ts";
export { jobHandlers, type PriceChangeServices, promisePriceChange } from "./price-change.ts";
export { planOf, type Service } from "./service.ts";
export type { OrderingServices } from "./services.ts";
export {
  countPriceTold,
  lockMailPlan,
  selectActiveService as holdService,
  selectAlerts as listCapacityAlerts,
  selectServices as listServices,
} from "./store.ts";
export { assertNoOrderNeeded } from "./unordered.ts";
