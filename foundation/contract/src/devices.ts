import { z } from "zod";
import { thingNameSchema } from "./spaces.ts";
import { instantSchema } from "./time.ts";

const bytes = z.int().min(0);

export const deviceKindSchema = z.enum(["desktop", "server", "vm"]);
export const runResultSchema = z.enum(["ok", "partial", "failed"]);

export const deviceSchema = z.object({
  id: z.uuid(),
  spaceId: z.uuid(),
  name: z.string(),
  kind: deviceKindSchema,
  os: z.enum(["linux", "windows", "darwin", "freebsd", "other"]),
  osVersion: z.string().nullable(),
  hostname: z.string(),
  agentVersion: z.string(),
  state: z.enum(["active", "revoked"]),
  /** Heard of within the last minutes. */
  connected: z.boolean(),
  enrolledAt: instantSchema,
  lastSeenAt: instantSchema.nullable(),
  lastResult: runResultSchema.nullable(),
  lastResultAt: instantSchema.nullable(),
  lastSuccessAt: instantSchema.nullable(),
  /** When somebody last opened what it keeps with its backup password, in the console. */
  keyProvedAt: instantSchema.nullable(),
});
export type Device = z.infer<typeof deviceSchema>;

/** Days of the strip beside a device, today (UTC) included. */
export const stripDays = 30;

/** The worst result of each of the last `stripDays` UTC days, oldest first; null without a run. */
const stripSchema = z.array(runResultSchema.nullable());

/** A device in the list. */
export const listedDeviceSchema = deviceSchema.extend({ days: stripSchema });
export type ListedDevice = z.infer<typeof listedDeviceSchema>;

/** GET /api/devices?spaceId=&q=&after=&limit=: by name, a page at a time; `q` is looked for in name and host name. */
export const devicesQuerySchema = z.strictObject({
  spaceId: z.uuid().optional(),
  q: z.string().trim().max(100).optional(),
  after: z.uuid().optional(),
  limit: z.coerce.number().int().min(1).max(200).default(100),
});
export const devicesReplySchema = z.object({
  devices: z.array(listedDeviceSchema),
  /** Pass as `after` for the next page. */
  nextAfter: z.uuid().nullable(),
  /** Of all pages. */
  total: z.int().min(0),
});

/** What is wrong with a device: its last run failed or was incomplete, no good one for two days, or never one. */
export const deviceTroubleSchema = z.enum(["failed", "partial", "overdue", "never"]);

/** GET /api/devices/:id */
export const deviceReplySchema = z.object({
  device: deviceSchema,
  days: stripSchema,
  /** Newest first, at most 90. */
  runs: z.array(
    z.object({
      runId: z.uuid(),
      /** `verify`: a sample was restored and compared. */
      kind: z.enum(["backup", "verify"]),
      result: runResultSchema,
      startedAt: instantSchema,
      finishedAt: instantSchema,
      filesTotal: bytes,
      filesUnreadable: bytes,
      bytesRead: bytes,
      bytesSent: bytes,
      code: z.string().nullable(),
      message: z.string().nullable(),
      /** What the run had to say of single names, by kind: the names stay on the device. What was lost comes first. */
      notes: z.array(
        z.object({
          /** `lost` made the result `partial`, `told` did not. */
          level: z.enum(["lost", "told"]),
          /** Such as `no_permission`; agents of another version may have codes of their own. */
          code: z.string(),
          count: z.int().min(1),
        }),
      ),
    }),
  ),
});

/** PATCH /api/devices/:id */
export const changeDeviceSchema = z.strictObject({ name: thingNameSchema });

/** DELETE /api/devices/:id: the device's name typed once more. Its restore points must be gone first. */
export const deleteDeviceSchema = z.strictObject({ confirmation: z.string().max(200) });

/** POST /api/enrolments: prepares a device; the token is shown once. */
export const prepareEnrolmentSchema = z.strictObject({
  spaceId: z.uuid(),
  kind: deviceKindSchema,
  /** What the console will call it; the agent's own name without. */
  name: thingNameSchema.optional(),
});
export const enrolmentReplySchema = z.object({
  id: z.uuid(),
  token: z.string(),
  /** For the countdown. */
  expiresAt: instantSchema,
});

/** GET /api/enrolments/:id: whether the agent has come yet. */
export const enrolmentStateSchema = z.object({
  id: z.uuid(),
  state: z.enum(["waiting", "used", "expired"]),
  expiresAt: instantSchema,
  deviceId: z.uuid().nullable(),
});

/** POST /api/devices/:id/restore-tokens: a read-only token for the device's chains, shown once. */
export const makeRestoreTokenSchema = z.strictObject({ hours: z.int().min(1).max(24).default(8) });
export const restoreTokenReplySchema = z.object({ id: z.uuid(), token: z.string(), expiresAt: instantSchema });
