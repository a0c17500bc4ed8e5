import { z } from "zod";
import { deviceTroubleSchema } from "./devices.ts";
import { daySchema, instantSchema } from "./time.ts";

const bytes = z.int().min(0);

export const restorePointSchema = z.object({
  id: z.uuid(),
  deviceId: z.uuid(),
  chainId: z.uuid(),
  fileId: z.uuid(),
  kind: z.enum(["vbk", "vib"]),
  fileName: z.string(),
  sizeBytes: bytes,
  /** File root, opaque to the vault; named by the next increment. */
  fileRoot: z.string(),
  at: instantSchema,
  lockedUntil: instantSchema,
  locked: z.boolean(),
  state: z.enum(["good", "damaged", "deleted"]),
  /** Of a deleted point: until when it can be taken out of the bin, with what it builds upon; null when that is over. */
  undeleteUntil: instantSchema.nullable(),
  /** The point that this one builds upon; null for a full. */
  parentId: z.uuid().nullable(),
  parentAt: instantSchema.nullable(),
  /** How many later points build on it, directly or not, those in the bin not counted. */
  neededBy: z.int().min(0),
  /**
   * Files that the point had before another took its place (a full that the agent composed), those replaced last first. The
   * vault cannot see whether the new one holds the same: POST /api/points/:id/take-back gives an earlier one back.
   */
  earlierFiles: z.array(
    z.object({
      id: z.uuid(),
      kind: z.enum(["vbk", "vib"]),
      sizeBytes: bytes,
      storedAt: instantSchema,
      /** The lock that the point had when it was replaced, and the days of the bin. */
      keptUntil: instantSchema,
    }),
  ),
  /** When the last of its stored parts was compared with its SHA-256. */
  checkedAt: instantSchema.nullable(),
  /** The last verification that was asked for by POST /api/points/:id/verify; null when none was. */
  verification: z
    .object({
      askedAt: instantSchema,
      /** Null while it goes on. */
      finishedAt: instantSchema.nullable(),
      /** What was found when it ended, whatever the point's state became since; null while it goes on. */
      found: z.enum(["good", "damaged"]).nullable(),
      /** Of all bytes that the point needs, read since. */
      percent: z.int().min(0).max(100),
    })
    .nullable(),
});
export type RestorePoint = z.infer<typeof restorePointSchema>;

/** GET /api/devices/:id/points?before=&from=&to=&limit=: newest first, those made in [from, to). */
export const restorePointsQuerySchema = z.strictObject({
  before: z.uuid().optional(),
  from: instantSchema.optional(),
  to: instantSchema.optional(),
  limit: z.coerce.number().int().min(1).max(500).default(100),
});
export const restorePointsReplySchema = z.object({
  points: z.array(restorePointSchema),
  /** Pass as `before` for the next page. */
  nextBefore: z.uuid().nullable(),
});

/** GET /api/devices/:id/point-times?from=&to=: when points were made that can be restored, for a calendar of at most 62 days. */
export const pointTimesQuerySchema = z
  .strictObject({ from: instantSchema, to: instantSchema })
  .refine((value) => Date.parse(value.from) <= Date.parse(value.to), { error: "from is after to", path: ["from"] });
export const pointTimesReplySchema = z.object({
  times: z.array(
    z.object({
      /** Beginning of a quarter of an hour, which lies in one day of any time zone. */
      at: instantSchema,
      points: z.int().min(1),
      /** Of these. */
      damaged: z.int().min(0),
    }),
  ),
});
export type PointTimes = z.infer<typeof pointTimesReplySchema>["times"];

/** POST /api/points/:id/take-back: gives the point back one of its `earlierFiles`; the file that it has now becomes one of them. */
export const takeBackFileSchema = z.strictObject({ fileId: z.uuid() });

/** GET /api/points/:id/dependants: the later points that build on it, oldest first, which go with it when it is deleted. */
export const dependantsReplySchema = z.object({
  dependants: z.array(
    z.object({
      id: z.uuid(),
      at: instantSchema,
      /** A point that is locked holds back all that it needs. */
      locked: z.boolean(),
    }),
  ),
});

/** DELETE /api/points/:id: into the bin, with all that build on it. */
export const deletePointSchema = z.strictObject({
  /** The device's name, typed. */
  confirmation: z.string().max(200),
  /** How many later points go with it, as GET …/dependants told: when it is another number by now, nothing goes. */
  dependants: z.int().min(0).max(10_000),
});

/** GET /api/backup-summary: whether everything is well, and what is not. */
export const backupSummarySchema = z.object({
  devices: z.object({
    active: z.int().min(0),
    /** With a good backup in the last 48 hours. */
    protected: z.int().min(0),
    lastSuccessAt: instantSchema.nullable(),
    /** Active devices with a trouble, worst first. */
    troubled: z.int().min(0),
    /** The first of them. */
    troubles: z.array(
      z.object({
        deviceId: z.uuid(),
        name: z.string(),
        trouble: deviceTroubleSchema,
        /** Of the last report, or of the enrolment. */
        since: instantSchema,
      }),
    ),
  }),
  /** Devices with backups whose password nobody has proved to have for 90 days (POST /api/devices/:id/key-proof). */
  keys: z.object({ unproved: z.int().min(0), deviceId: z.uuid().nullable() }),
  damagedPoints: z.int().min(0),
  /** A device that has one, to go there. */
  damagedDeviceId: z.uuid().nullable(),
  /** Something was restored in the browser. */
  hasRestored: z.boolean(),
});
export type BackupSummary = z.infer<typeof backupSummarySchema>;

/** GET /api/usage?from=&to=&spaceId=: UTC days, both included. */
export const usageQuerySchema = z
  .strictObject({ from: daySchema, to: daySchema, spaceId: z.uuid().optional() })
  .refine((value) => value.from <= value.to, { error: "from is after to", path: ["from"] });
export const usageReplySchema = z.object({
  days: z.array(
    z.object({
      day: daySchema,
      spaceId: z.uuid(),
      deviceId: z.uuid(),
      /** Stored at the end of the day. */
      storedBytes: z.int(),
      receivedBytes: bytes,
      /** Read in a browser to restore. */
      restoredBytes: bytes,
      points: z.int().min(0),
    }),
  ),
  /** The names of these devices, as far as they are not deleted. */
  devices: z.array(z.object({ id: z.uuid(), name: z.string() })),
});

/** GET /api/scrubs: the checks of stored parts, newest first. */
export const scrubsReplySchema = z.object({
  scrubs: z.array(
    z.object({
      id: z.uuid(),
      startedAt: instantSchema,
      finishedAt: instantSchema,
      parts: bytes,
      bytes,
      /** Bad, and without a copy to write them anew from. */
      damaged: bytes,
      /** At the site's first or second location. */
      place: z.enum(["first", "replica"]),
      /** Bad, and written anew from the other copy. */
      mended: bytes,
    }),
  ),
});

/** GET /api/alarms: what looked like an attack or a mistake; retention waits until POST /api/alarms/:id/settle. */
export const alarmsReplySchema = z.object({
  alarms: z.array(
    z.object({
      id: z.uuid(),
      deviceId: z.uuid(),
      /** `shrink`: files are gone (counts); `upheaval`: nearly everything was sent anew (bytes). */
      kind: z.enum(["shrink", "upheaval"]),
      raisedAt: instantSchema,
      usual: bytes,
      found: bytes,
    }),
  ),
});

/**
 * GET /api/events: server-sent events. Each is a hint that something changed, named by `event`; its data say what to
 * read again. `resync` means that hints may have been lost. After `end` close the source, and open another when the
 * person next does something.
 */
export const liveEventSchema = z.discriminatedUnion("event", [
  z.object({ event: z.literal("device"), deviceId: z.uuid() }),
  z.object({ event: z.literal("point"), deviceId: z.uuid(), pointId: z.uuid() }),
  z.object({ event: z.literal("resync") }),
  z.object({ event: z.literal("end") }),
]);
export type LiveEvent = z.infer<typeof liveEventSchema>;
