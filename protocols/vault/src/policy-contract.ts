import { policySettingsSchema } from "@casaforte/contract/policies";
import { instantSchema } from "@casaforte/contract/time";
import { z } from "zod";
import { vaultLimits } from "./limits.ts";

const uuid = z.string().regex(/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/, "a lower-case UUID");

/** GET /device/policy. The ETag changes whenever any of it does. */
export const devicePolicyReply = z.object({
  /** Null: no policy is assigned; the device runs only when somebody at it says so. */
  policy: z
    .object({
      policyId: uuid,
      name: z.string(),
      /** Counts from 1; a version never changes. */
      version: z.int(),
      settings: policySettingsSchema,
    })
    .nullable(),
  /** Somebody asked for a run now; it stands until it is acknowledged or a day old. */
  runRequest: z.object({ requestId: uuid, at: instantSchema }).nullable(),
});
export type DevicePolicyReply = z.infer<typeof devicePolicyReply>;

export const devicePolicyQuery = z.strictObject({
  /** Seconds to wait for a change when `If-None-Match` names what stands. */
  wait: z.coerce.number().int().min(0).max(vaultLimits.policyWaitSecondsMax).optional(),
});

/** POST /device/policy/acknowledgement. */
export const policyAcknowledgement = z.strictObject({
  /** Null when the device has no policy and only takes a run request. */
  policy: z
    .strictObject({
      policyId: uuid,
      version: z.int().min(1),
      /** `refused`: the device cannot follow it, or its own configuration forbids it; `code` says why. */
      state: z.enum(["following", "refused"]),
      code: z
        .string()
        .regex(/^[a-z0-9_.]{1,100}$/, "a code")
        .nullable(),
      nextRunAt: instantSchema.nullable(),
    })
    .nullable(),
  /** The run request that the device has begun. */
  takenRequestId: uuid.nullable(),
});
export type PolicyAcknowledgement = z.infer<typeof policyAcknowledgement>;

/** What the edge is given to answer with; `etag` is opaque, without quotes. */
export interface StandingPolicy {
  readonly etag: string;
  readonly reply: DevicePolicyReply;
}
