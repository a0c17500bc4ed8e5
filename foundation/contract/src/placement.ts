import { z } from "zod";

const bytes = z.int().min(0);
const hostStateSchema = z.enum(["active", "draining", "retired"]);

/** GET /api/inventory, for operators (O3): the only place where hosts are named (R7). */
export const inventorySchema = z.object({
  hosts: z.array(
    z.object({
      id: z.uuid(),
      siteId: z.string(),
      name: z.string(),
      rack: z.string().nullable(),
      serial: z.string().nullable(),
      state: hostStateSchema,
      capacityBytes: bytes,
      allocatedBytes: bytes,
    }),
  ),
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
  alerts: z.array(z.object({ at: z.iso.datetime(), siteId: z.string(), sku: z.string(), bytes, tenantId: z.uuid() })),
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
