export { type DeletionCertificate, keyFingerprint, signCertificate, verifyCertificate } from "./certificate.ts";
export type {
  Departure,
  DepartureId,
  ExportId,
  ExportRow,
  ServiceDeparture,
  ServiceDepartureId,
  ServiceKind,
} from "./departure.ts";
export { eraseService, findServiceRemains, type ServiceCertificate } from "./erase-service.ts";
export { eraseTenant, erasureOrder, findRemains } from "./erase-tenant.ts";
export { settingsExporter } from "./export-settings.ts";
export { type DepartureHttpServices, registerDepartureRoutes } from "./http.ts";
export { registerServiceDepartureRoutes, type ServiceDepartureHttpServices } from "./http-services.ts";
export { invariants } from "./invariants.ts";
export { jobHandlers, jobSchedules } from "./jobs.ts";
export { departureLimits } from "./limits.ts";
export { migrations } from "./migrations.ts";
export { departureApproval, registerOperatorDepartureRoutes } from "./operator-http.ts";
export { type RangedFile, rangedTar } from "./ranged-tar.ts";
export { cancelDeparture, claimHash, requestDeparture, requestErasure } from "./request-departure.ts";
export { requestExport, runExport } from "./run-export.ts";
export { isBeginning, type RangedBody, sendRanged } from "./send-ranged.ts";
export {
  cancelServiceDeparture,
  type LeavingService,
  type LeavingServices,
  requestServiceDeparture,
  requestServiceErasure,
  type ServiceDepartureServices,
} from "./service-departure.ts";
export type { DepartureServices, ExportEntry, Exporter, ExportScope, Holding } from "./services.ts";
export { selectIsLeaving as isLeaving } from "./store-services.ts";
export { tarOf } from "./tar.ts";
export type { Card } from "./vcard.ts";
