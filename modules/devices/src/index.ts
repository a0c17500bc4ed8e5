export { changeDeviceName, deleteDevice, requireActiveDevice, requireDevice, revokeDevice } from "./change-device.ts";
export type { Device, DeviceIdentity, DeviceKind, DeviceOs, DeviceRun, RunResult } from "./device.ts";
export { createDeviceGate, type DeviceGate } from "./device-gate.ts";
export {
  type EnrolDeviceInput,
  enrolDevice,
  enrolmentInvalid,
  type PrepareEnrolmentInput,
  prepareEnrolment,
} from "./enrolment.ts";
export { type DeviceHttpServices, registerDeviceRoutes } from "./http.ts";
export { invariants } from "./invariants.ts";
export { type DeviceJobServices, jobHandlers, jobSchedules } from "./jobs.ts";
export { devicesLimits } from "./limits.ts";
export { type DevicePage, type ListedDevice, listDevicePage, summariseDevices } from "./list-devices.ts";
export { migrations } from "./migrations.ts";
export { listDevices, tenantOfEnrolment } from "./read-devices.ts";
export { type ReportRunInput, reportRun } from "./report-run.ts";
export { type MakeRestoreTokenInput, makeRestoreToken } from "./restore-token.ts";
export { countAgentVersions, selectEndedDevices } from "./store.ts";
export {
  countLateDevices,
  type LateBackups,
  type LateCustomer,
  selectLateBackups,
  selectLateCustomers,
} from "./store-late.ts";
export { hashToken, makeToken } from "./token.ts";
