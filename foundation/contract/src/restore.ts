import { z } from "zod";
import { instantSchema } from "./time.ts";

const bytes = z.int().min(0);

/** A file of the chain: what the point is made of. */
export const restoreFileSchema = z.object({
  id: z.uuid(),
  kind: z.enum(["vbk", "vib"]),
  sizeBytes: bytes,
  /** The file root, in hexadecimal; the sealed file itself proves it. */
  fileRoot: z.string(),
  /** When the point was made that ends with this file. */
  at: instantSchema,
});
export type RestoreFile = z.infer<typeof restoreFileSchema>;

/** POST /api/devices/:id/points/:pointId/restores?keyringVersion= */
export const openRestoreQuerySchema = z.strictObject({
  /** An older version of the keyring, which opens with the password of its time; the newest without. */
  keyringVersion: z.coerce.number().int().min(1).max(999_999_999).optional(),
});

/**
 * POST /api/devices/:id/points/:pointId/restores: begins to read a point in the browser, and is written into the audit
 * log. What comes back is no secret of the customer's: the keyring opens with the password alone. The files are then read
 * by GET /api/devices/:id/files/:fileId with `Range: bytes=first-last`: 206 with the bytes as stored, at most
 * `restoreRangeBytesMax` (restore-limits.ts) of them. They count against the space's bandwidth and into its usage.
 */
export const openRestoreReplySchema = z.object({
  point: z.object({ id: z.uuid(), at: instantSchema, kind: z.enum(["vbk", "vib"]), sizeBytes: bytes }),
  device: z.object({ id: z.uuid(), name: z.string(), hostname: z.string() }),
  chainId: z.uuid(),
  /** The full first, the point's own file last. */
  files: z.array(restoreFileSchema),
  /** Base64, standard alphabet. */
  keyring: z.base64(),
  keyringVersion: z.int(),
  /** Versions of the keyring that are kept, ascending; of many the oldest and the newest. */
  keyringVersions: z.array(z.object({ version: z.int(), storedAt: instantSchema })),
});
export type OpenRestoreReply = z.infer<typeof openRestoreReplySchema>;
