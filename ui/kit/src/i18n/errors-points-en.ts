import type { pointErrorsIt } from "./errors-points-it.ts";

/** Sentences for errors of restore points. */
export const pointErrorsEn = {
  "error.backup.point_not_found": "This restore point no longer exists. Refresh the page.",
  "error.backup.point_gone": "Something that this restore point needs is gone for good. It cannot come back.",
  "error.backup.chain_went_on":
    "Later backups were built on an earlier point, so there is no place left in the chain for this one. Choose Browse beside it to restore its files from the bin, or delete the later points first and then take it back.",
  "error.backup.file_gone":
    "The earlier file, or something that it needs, is not kept any more. The point stays as it is.",
  "error.backup.point_deleted": "This restore point lies in the bin. Take it back first.",
  "error.backup.verified_lately": "This restore point was verified a moment ago. Try again after {minutes} minutes.",
  "error.backup.too_many_verifications":
    "{max} restore points were verified today, which is all that a day has. Go on tomorrow: everything is read again by itself each month.",
  "error.backup.alarm_open":
    "An alarm of this device is open, so its restore points stay. Look at it and acknowledge it, then delete.",
  "error.backup.clock_not_steady":
    "Our servers were stopped, or their clock was set, a short while ago. To be safe no restore point is deleted by hand for a day. Try again tomorrow.",
  "error.backup.dependants_changed":
    "Meanwhile other restore points build on this one. Close this window, look again at what would go with it, and decide anew.",
  "error.backup.alarm_not_found": "This alarm is settled already. Refresh the page.",
} as const satisfies Record<keyof typeof pointErrorsIt, string>;
