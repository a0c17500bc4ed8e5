import { z } from "zod";
import { thingNameSchema } from "./spaces.ts";
import { instantSchema } from "./time.ts";

const bytes = z.int().min(0);
const lineOf = (max: number) =>
  z
    .string()
    .min(1)
    .max(max)
    .regex(/^[^\x00-\x1f\x7f]*$/, "one line of text");

/** Named limits of a policy. */
export const policyLimits = {
  sourcesMax: 32,
  pathsMax: 64,
  patternsMax: 200,
  windowsMax: 16,
  hooksMax: 8,
  settingsBytesMax: 48 * 1024,
  policiesPerTenantMax: 200,
  devicesPerPolicyMax: 1000,
} as const;

const path = lineOf(4096);
const pattern = lineOf(1000);

/** A name for people, one of its kind inside the policy: all sources become one restore point in the device's one chain. */
const sourceName = z
  .string()
  .min(1)
  .max(60)
  .regex(/^[\p{L}\p{N}][\p{L}\p{N} ._-]*$/u, "letters, digits, blank, dot, dash");

/** What is backed up. `image` is a block device or a raw disk image; `command` stores what a command prints. */
export const policySourceSchema = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("directory"),
    name: sourceName,
    paths: z.array(path).min(1).max(policyLimits.pathsMax),
    /** Patterns as in .gitignore, relative to each path. Empty: everything. */
    include: z.array(pattern).max(policyLimits.patternsMax).default([]),
    exclude: z.array(pattern).max(policyLimits.patternsMax).default([]),
    /** False: what is mounted below a path is left out. */
    crossFileSystems: z.boolean().default(false),
  }),
  z.strictObject({ kind: z.literal("image"), name: sourceName, path }),
  z.strictObject({
    kind: z.literal("command"),
    name: sourceName,
    command: lineOf(2000),
    /** Name of the one file in which the output is found again. */
    fileName: lineOf(200),
  }),
]);
export type PolicySource = z.infer<typeof policySourceSchema>;

/** Five fields: minute, hour, day of month, month, day of week (0 and 7 are Sunday); `*`, lists, ranges, steps, names. */
const cron = z
  .string()
  .max(100)
  .regex(/^[0-9A-Za-z*,/-]+( [0-9A-Za-z*,/-]+){4}$/, "five fields of a cron line");
const timeZone = z
  .string()
  .max(64)
  .regex(/^[A-Za-z0-9_+-]+(\/[A-Za-z0-9_+-]+){0,2}$/, "a time zone such as Europe/Rome");
const clockTime = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, "a time such as 22:30");

/** When runs begin. A run missed while the machine was off is made up for when it is back, unless `catchUp` is false. */
export const policyScheduleSchema = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("manual") }),
  z.strictObject({
    kind: z.literal("cron"),
    expression: cron,
    timeZone,
    /** Each device waits a fixed part of this time of its own, so that a fleet does not come at once. */
    spreadMinutes: z.int().min(0).max(240).default(0),
    catchUp: z.boolean().default(true),
  }),
]);
export type PolicySchedule = z.infer<typeof policyScheduleSchema>;

/** What the vault keeps, by its own clock. A point stays when any rule keeps it; all zero: everything stays for ever. */
export const policyRetentionSchema = z.strictObject({
  /** The newest points. */
  points: z.int().min(0).max(10_000),
  /** The newest point of each of the last so many days that have one. */
  days: z.int().min(0).max(3660),
  /** The same for ISO weeks, months, years. */
  weeks: z.int().min(0).max(520),
  months: z.int().min(0).max(240),
  years: z.int().min(0).max(50),
});
export type PolicyRetention = z.infer<typeof policyRetentionSchema>;

/** A time of the week with its own rate, local to the device. 0: nothing is sent; null: as fast as the line goes. */
export const policyWindowSchema = z.strictObject({
  /** 1 is Monday, 7 Sunday. */
  days: z.array(z.int().min(1).max(7)).min(1).max(7),
  from: clockTime,
  /** Before `from`: it ends on the next day. */
  to: clockTime,
  bytesPerSecond: bytes.nullable(),
});

const hook = z.strictObject({
  command: lineOf(2000),
  timeoutSeconds: z.int().min(1).max(86_400).default(600),
  /** `stop`: the run has failed. */
  onFailure: z.enum(["stop", "go_on"]).default("stop"),
});

/** Everything that a device follows. Commands run only where the device's own configuration allows them. */
export const policySettingsSchema = z
  .strictObject({
    sources: z.array(policySourceSchema).min(1).max(policyLimits.sourcesMax),
    schedule: policyScheduleSchema,
    retention: policyRetentionSchema,
    /** How long nobody can delete a new point; null: as long as the space says. It may prolong, never shorten. */
    lockDays: z.int().min(1).max(3650).nullable(),
    bandwidth: z.strictObject({
      /** Outside every window; null: as fast as the line goes. */
      bytesPerSecond: z.int().min(1024).nullable(),
      windows: z.array(policyWindowSchema).max(policyLimits.windowsMax),
    }),
    hooks: z.strictObject({
      before: z.array(hook).max(policyLimits.hooksMax),
      after: z.array(hook).max(policyLimits.hooksMax),
    }),
    /** `fast` is LZ4, `small` is zstd. */
    compression: z.enum(["fast", "small"]),
    /** `auto`: a file system snapshot is read where there is one. */
    snapshot: z.enum(["auto", "off"]),
    chain: z.strictObject({
      /** After so many increments the next full is composed. */
      incrementsMax: z.int().min(1).max(60),
      /** Bytes of mostly dead blocks that one run may send again; 0: never. */
      repackBytesMax: bytes.max(2 ** 40),
    }),
    /** The agent restores a random sample and compares it; null: never. */
    verify: z
      .strictObject({
        everyDays: z.int().min(1).max(365),
        sampleBytes: z
          .int()
          .min(1)
          .max(2 ** 34),
      })
      .nullable(),
    /** False: an agent that install.sh put there takes no newer version by itself. */
    agentUpdates: z.boolean().optional(),
    alerts: z.strictObject({
      onFailure: z.boolean(),
      /** A message after so many days without a good point; 0: never. */
      noSuccessDays: z.int().min(0).max(365),
    }),
  })
  .refine((value) => new Set(value.sources.map((source) => source.name)).size === value.sources.length, {
    error: "two sources have one name",
    path: ["sources"],
  });
export type PolicySettings = z.infer<typeof policySettingsSchema>;

/** What a device does with a version. `refused`: it cannot or must not follow, and says why. */
export const policyFollowingSchema = z.enum(["following", "refused"]);

export const policyDeviceSchema = z.object({
  deviceId: z.uuid(),
  /** The version that the device has acknowledged last; null: none of this policy. */
  version: z.int().nullable(),
  state: policyFollowingSchema.nullable(),
  /** Stable code of a refusal. */
  code: z.string().nullable(),
  acknowledgedAt: instantSchema.nullable(),
  nextRunAt: instantSchema.nullable(),
  /** Until then nothing starts by itself; null or past: it does. */
  pausedUntil: instantSchema.nullable(),
});

export const policySchema = z.object({
  id: z.uuid(),
  name: z.string(),
  version: z.int(),
  settings: policySettingsSchema,
  devices: z.array(policyDeviceSchema),
  updatedAt: instantSchema,
});
export type Policy = z.infer<typeof policySchema>;

/** GET /api/policies. */
export const policiesReplySchema = z.object({ policies: z.array(policySchema) });

/** POST /api/policies. */
export const createPolicySchema = z.strictObject({ name: thingNameSchema, settings: policySettingsSchema });

/** PUT /api/policies/:id: a new version. `version` is the one it replaces; another gives 412. */
export const changePolicySchema = z.strictObject({
  name: thingNameSchema,
  settings: policySettingsSchema,
  version: z.int().min(1),
});

/** PUT /api/policies/:id/devices: exactly these devices follow it; a device follows at most one policy. */
export const assignPolicySchema = z.strictObject({
  deviceIds: z.array(z.uuid()).max(policyLimits.devicesPerPolicyMax),
});

/** PUT /api/devices/:id/policy: the policy that one device follows from now on; null: none. */
export const chooseDevicePolicySchema = z.strictObject({ policyId: z.uuid().nullable() });

/** PUT /api/devices/:id/pause: nothing starts by itself until then, 90 days at most; null goes on at once. */
export const pauseDeviceSchema = z.strictObject({ until: instantSchema.nullable() });

/** POST /api/devices/:id/run: asks the device's agent to run now. */
export const runNowReplySchema = z.object({ requestId: z.uuid(), requestedAt: instantSchema });

/** POST /api/policies/preview: what a policy will do, before it is kept. */
export const policyPreviewRequestSchema = z.strictObject({
  schedule: policyScheduleSchema,
  retention: policyRetentionSchema,
  /** Of what size and daily change; those of the devices named when absent. */
  fullBytes: bytes.optional(),
  changedBytes: bytes.optional(),
  deviceIds: z.array(z.uuid()).max(policyLimits.devicesPerPolicyMax).default([]),
});
export const policyPreviewReplySchema = z.object({
  nextRuns: z.array(instantSchema),
  /** Points kept when the policy has run for long enough, with the age in days of each. */
  keptAgesDays: z.array(z.number()),
  points: z.int(),
  /** How far back the oldest lies; null: for ever. */
  reachDays: z.number().nullable(),
  /** What that will hold, by what was measured of these devices or by the figures given; null: nothing known yet. */
  storedBytes: bytes.nullable(),
  basis: z.enum(["measured", "given", "unknown"]),
});
export type PolicyPreview = z.infer<typeof policyPreviewReplySchema>;
