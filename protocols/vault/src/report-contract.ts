import { instantSchema } from "@casaforte/contract/time";
import { z } from "zod";
import { vaultLimits } from "./limits.ts";

const uuid = z.string().regex(/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/, "a lower-case UUID");
const bytes = z.int().min(0).max(Number.MAX_SAFE_INTEGER);
const line = (max: number) =>
  z
    .string()
    .min(1)
    .max(max)
    .regex(/^[^\x00-\x1f\x7f]*$/, "one line of text");

/** What a run had to say of single names, by kind alone: names are the customer's. */
export const runNote = z.strictObject({
  /** `lost` makes the result partial, `told` does not. */
  level: z.enum(["lost", "told"]),
  /** Stable, such as `no_permission`; each version of the agent may have its own. */
  code: z
    .string()
    .max(60)
    .regex(/^[a-z][a-z0-9_.]*$/, "a code"),
  count: bytes.min(1),
});
export type RunNote = z.infer<typeof runNote>;

/** POST /device/reports: how a run ended. `partial` means that some files could not be read. */
export const runReport = z.strictObject({
  /** Made by the agent; the same id twice is one report. */
  runId: uuid,
  /** `verify`: a sample was restored and compared; `filesUnreadable` counts what differed. Default `backup`. */
  kind: z.enum(["backup", "verify"]).optional(),
  /** Which source of the policy; absent when a person chose what to back up. */
  source: line(60).optional(),
  result: z.enum(["ok", "partial", "failed"]),
  startedAt: instantSchema,
  finishedAt: instantSchema,
  pointId: uuid.nullable(),
  filesTotal: bytes,
  filesUnreadable: bytes,
  bytesRead: bytes,
  bytesSent: bytes,
  /** Stable code of the first trouble, such as `source.missing`. */
  code: line(100).nullable(),
  /** Plain words for the console; never file names of the customer. */
  message: line(500).nullable(),
  /** What was lost first, of that what is most; absent from agents that do not tell it. */
  notes: z.array(runNote).max(vaultLimits.reportNotesMax).optional(),
  agentVersion: line(40),
  osVersion: line(100).optional(),
});
export type RunReport = z.infer<typeof runReport>;
