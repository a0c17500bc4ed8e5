export { registerTransferRoutes, type TransferHttpServices } from "./http.ts";
export { registerTakeoutRoutes, type TakeoutHttpServices } from "./http-takeouts.ts";
export { type ImapRemoteOptions, imapRemotes, loadImapLibrary } from "./imap-remote.ts";
export { invariants } from "./invariants.ts";
export { jobHandlers, jobSchedules } from "./jobs.ts";
export { transferLimits } from "./limits.ts";
export { migrations } from "./migrations.ts";
export type { OpenRemote, Remote, RemoteFolder, RemoteLogin, RemoteMessage } from "./remote.ts";
export {
  cancelTransfer,
  pauseTransfer,
  type RequestTransferInput,
  requestTransfer,
  resumeTransfer,
} from "./request-transfer.ts";
export { requestTakeout } from "./run-takeout.ts";
export type { TransferServices } from "./services.ts";
export { selectTakeoutBlobs as takeoutBlobReferences } from "./store-takeouts.ts";
export type { Takeout, TakeoutFormat, TakeoutId } from "./takeout.ts";
export type { Transfer, TransferId, TransferProblem, TransferProgress, TransferSource } from "./transfer.ts";
