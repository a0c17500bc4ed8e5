export { abortUpload } from "./abort-upload.ts";
export { type CommitInput, commitRestorePoint } from "./commit-restore-point.ts";
export { deleteDeviceWithContents, deletePoint, deleteSpaceWithContents } from "./delete-point.ts";
export { blobInvariant, invariants } from "./invariants.ts";
export { backupLimits } from "./limits.ts";
export { migrations } from "./migrations.ts";
export type { BackupServices } from "./services.ts";
export { createVaultBackend, type VaultBackendOptions } from "./vault-backend.ts";
export { registerVaultRoutes } from "./vault-http.ts";
