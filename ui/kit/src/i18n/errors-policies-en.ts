import type { policyErrorsIt } from "./errors-policies-it.ts";

/** Sentences for errors of backup policies. */
export const policyErrorsEn = {
  "error.policies.not_found": "This policy no longer exists. Refresh the page.",
  "error.policies.name_taken": "There is a policy of this name already. Choose another.",
  "error.policies.too_many": "You have reached the most policies allowed. Delete one first.",
  "error.policies.too_large": "The policy is too long. Shorten its lists of paths and patterns.",
  "error.policies.schedule": "The schedule is not valid. Check the cron line and the time zone.",
  "error.policies.version_moved": "Somebody else has changed this policy meanwhile. Open it again.",
  "error.policies.pause": "Choose an end within the next 90 days.",
  "error.policies.none_followed": "The device follows no policy, so nothing starts by itself. Choose a policy first.",
  "error.policies.device_revoked": "The device is revoked and can no longer run. Enrol it again.",
} as const satisfies Record<keyof typeof policyErrorsIt, string>;
