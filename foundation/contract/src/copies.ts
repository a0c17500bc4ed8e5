import { z } from "zod";
import { replicaPlanSchema } from "./spaces.ts";
import { instantSchema } from "./time.ts";

const count = z.int().min(0);

/** What one location holds of a space. */
export const copySumsSchema = z.object({
  /** `first`: where the space lies; `replica`: the site's second location. */
  place: z.enum(["first", "replica"]),
  /** The name of the location. */
  location: z.string().nullable(),
  blobs: count,
  bytes: count,
  /** Wanted there and not there yet. */
  waitingBlobs: count,
  waitingBytes: count,
  /** Failed a check and not written anew yet. */
  damagedBlobs: count,
  /** Of the newest copy. */
  storedAt: instantSchema.nullable(),
  /** Of the copy that was checked longest ago. */
  checkedAt: instantSchema.nullable(),
});
export type CopySums = z.infer<typeof copySumsSchema>;

/** GET /api/spaces/:id/copies: where everything of a space lies (R28). */
export const copySumsReplySchema = z.object({ replicaPlan: replicaPlanSchema, copies: z.array(copySumsSchema) });

/** GET /api/spaces/:id/copies/blobs?after=&limit=&pointId=: every copy of every stored blob, or of those of one point. */
export const copiesQuerySchema = z.strictObject({
  after: z.uuid().optional(),
  pointId: z.uuid().optional(),
  limit: z.coerce.number().int().min(1).max(1000).default(500),
});
export const copiesReplySchema = z.object({
  copies: z.array(
    z.object({
      blobId: z.uuid(),
      kind: z.enum(["part", "block_map", "keyring", "vbm"]),
      place: z.enum(["first", "replica"]),
      length: count,
      /** Of the stored bytes, which are sealed. */
      sha256: z.string(),
      /** Null while the copy is still to be made. */
      storedAt: instantSchema.nullable(),
      checkedAt: instantSchema.nullable(),
      state: z.enum(["stored", "waiting", "damaged"]),
    }),
  ),
  /** Pass as `after` for the next page. */
  nextAfter: z.uuid().nullable(),
});

/** GET /api/inventory/tenants/:id/copies, for operators. */
export const tenantCopiesReplySchema = z.object({
  copies: z.array(copySumsSchema.extend({ spaceId: z.uuid(), siteId: z.string() })),
});
