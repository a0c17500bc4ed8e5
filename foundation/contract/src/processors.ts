import { z } from "zod";
import { daySchema, instantSchema } from "./time.ts";

const day = daySchema;
const time = instantSchema;
const text = (most: number) => z.string().trim().min(1).max(most);

export const subprocessorSchema = z.object({
  id: z.uuid(),
  name: z.string(),
  serviceIt: z.string(),
  serviceEn: z.string(),
  country: z.string(),
  fromOn: day,
  untilOn: day.nullable(),
  /** `announced`: it begins later. */
  state: z.enum(["announced", "active", "ended"]),
});
const changeSchema = z.object({
  id: z.uuid(),
  subprocessorId: z.uuid(),
  kind: z.enum(["begins", "ends"]),
  effectiveOn: day,
  announcedAt: time,
  objectionsUntil: time,
  reasonIt: z.string(),
  reasonEn: z.string(),
});
const objectionSchema = z.object({
  changeId: z.uuid(),
  reason: z.string(),
  at: time,
  answer: z.string().nullable(),
  answeredAt: time.nullable(),
});
const instructionSchema = z.object({
  id: z.uuid(),
  text: z.string(),
  at: time,
  done: z.string().nullable(),
  doneAt: time.nullable(),
});

/** GET /api/processors: who else processes our data, what changes, what we said and instructed (R82). */
export const processorsReplySchema = z.object({
  subprocessors: z.array(subprocessorSchema),
  changes: z.array(changeSchema.extend({ mayObject: z.boolean() })),
  objections: z.array(objectionSchema),
  instructions: z.array(instructionSchema),
});
export type ProcessorsReply = z.infer<typeof processorsReplySchema>;

/** POST /api/processors/changes/:id/objection */
export const objectSchema = z.strictObject({ reason: text(4_000) });
/** POST /api/processors/instructions */
export const instructSchema = z.strictObject({ text: text(4_000) });

/** GET /api/desk/processors */
export const deskProcessorsSchema = z.object({
  earliestOn: day,
  subprocessors: z.array(subprocessorSchema),
  changes: z.array(changeSchema.extend({ told: z.number().int() })),
  objections: z.array(objectionSchema.extend({ tenantId: z.uuid(), tenantName: z.string() })),
  instructions: z.array(instructionSchema.extend({ tenantId: z.uuid(), tenantName: z.string() })),
});
export type DeskProcessors = z.infer<typeof deskProcessorsSchema>;

/** POST /api/desk/processors: announces that one begins. */
export const announceBeginSchema = z.strictObject({
  name: text(200),
  serviceIt: text(300),
  serviceEn: text(300),
  country: z.string().regex(/^[A-Z]{2}$/),
  effectiveOn: day,
  reasonIt: text(1_000),
  reasonEn: text(1_000),
});
/** POST /api/desk/processors/:id/end: announces that one ends. */
export const announceEndSchema = announceBeginSchema.pick({ effectiveOn: true, reasonIt: true, reasonEn: true });
/** POST /api/desk/processors/answers/:tenantId/:id and …/instructions/:tenantId/:id: in writing. */
export const deskAnswerSchema = z.strictObject({ text: text(4_000) });
export const changeIdReplySchema = z.object({ id: z.uuid() });
