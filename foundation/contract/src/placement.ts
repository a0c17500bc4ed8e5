import { z } from "zod";
import { instantSchema } from "./time.ts";

const bytes = z.int().min(0);
const hostStateSchema = z.enum(["active", "draining", "retired"]);

const hostSchema = z.object({
  id: z.uuid(),
  siteId: z.string(),
  name: z.string(),
  rack: z.string().nullable(),
  serial: z.string().nullable(),
  state: hostStateSchema,
  capacityBytes: bytes,
  allocatedBytes: bytes,
  /** How many spaces have their room there. */
  spaces: z.int(),
});

/** GET /api/inventory, for operators (O3): the only place where hosts are named (R7). */
export const inventorySchema = z.object({
  hosts: z.array(hostSchema),
  sites: z.array(
    z.object({
      siteId: z.string(),
      name: z.string(),
      /** What may be sold there in all; null when the configuration states none. */
      capacityBytes: bytes.nullable(),
      guaranteedBytes: bytes,
      freeBytes: z.int().nullable(),
      /** At the pace of the last thirty days; null when it does not fill. */
      fullInDays: z.int().nullable(),
      addresses: z.int(),
      addressesFree: z.int(),
    }),
  ),
  /** Orders that found no room, newest first (R8). */
  alerts: z.array(z.object({ at: instantSchema, siteId: z.string(), sku: z.string(), bytes, tenantId: z.uuid() })),
});
export type Inventory = z.infer<typeof inventorySchema>;

const line = (max: number) => z.string().trim().min(1).max(max);
/** POST /api/inventory/hosts */
export const addHostSchema = z.strictObject({
  siteId: line(32),
  name: line(100),
  rack: line(100).nullable(),
  serial: line(100).nullable(),
  capacityBytes: z
    .int()
    .min(1_000_000_000)
    .max(2 ** 52),
});
export const hostIdReplySchema = z.object({ id: z.uuid() });
/** PATCH /api/inventory/hosts/:id */
export const changeHostSchema = z
  .strictObject({
    state: hostStateSchema.optional(),
    capacityBytes: z
      .int()
      .min(1_000_000_000)
      .max(2 ** 52)
      .optional(),
  })
  .refine((value) => Object.keys(value).length > 0, { error: "name something to change" });
/** POST /api/inventory/addresses */
export const addAddressesSchema = z.strictObject({
  siteId: line(32),
  addresses: z.array(z.string().min(2).max(45)).min(1).max(256),
});
export const addedReplySchema = z.object({ added: z.int() });

/** GET /api/inventory/hosts/:id/spaces: the largest first. */
export const hostSpacesQuerySchema = z.object({
  cursor: z
    .string()
    .regex(/^\d{1,19}_[0-9a-f-]{36}$/)
    .optional(),
});
export const hostSpacesReplySchema = z.object({
  host: hostSchema,
  spaces: z.array(
    z.object({
      tenantId: z.uuid(),
      tenantName: z.string(),
      spaceId: z.uuid(),
      name: z.string(),
      /** The room guaranteed, and how much of it is used. */
      bytes,
      usedBytes: bytes,
      /** Since when it has its room on this host. */
      placedAt: instantSchema,
    }),
  ),
  nextCursor: z.string().nullable(),
  /** The most that another active host of the site still has free: larger spaces stay. */
  roomElsewhereBytes: bytes,
  /** The last time that all of its spaces were to move. */
  evacuation: z
    .object({
      state: z.enum(["running", "emptied", "out_of_room", "called_off"]),
      reason: z.string(),
      askedAt: instantSchema,
      moved: z.int(),
      endedAt: instantSchema.nullable(),
    })
    .nullable(),
});
export type HostSpacesReply = z.infer<typeof hostSpacesReplySchema>;
/** POST /api/inventory/spaces/:tenantId/:id/move: to another host of the same site. */
export const moveSpaceSchema = z.strictObject({ hostId: z.uuid(), reason: line(500) });
/** POST /api/inventory/hosts/:id/evacuations: moves all spaces of a draining host. */
export const evacuateHostSchema = z.strictObject({ reason: line(500) });
