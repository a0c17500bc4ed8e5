import { z } from "zod";

const text = z
  .string()
  .max(250)
  .refine((value) => !/[\0\r\n]/.test(value));

/** A rule of the webmail's editor; formats/sieve says what it means. */
export const mailRuleSchema = z.object({
  name: text,
  isEnabled: z.boolean(),
  match: z.enum(["all", "any"]),
  conditions: z
    .array(
      z.object({
        subject: z.enum(["from", "to", "subject", "list", "body", "header"]),
        header: z
          .string()
          .max(250)
          .regex(/^[\x21-\x39\x3b-\x7e]+$/)
          .optional(),
        relation: z.enum(["contains", "lacks", "is", "begins", "ends"]),
        value: text,
      }),
    )
    .max(20),
  actions: z
    .array(
      z.discriminatedUnion("kind", [
        z.object({ kind: z.enum(["move", "copy"]), mailbox: text.min(1) }),
        z.object({ kind: z.literal("forward"), address: z.email().max(250) }),
        z.object({ kind: z.enum(["mark_read", "flag", "discard"]) }),
      ]),
    )
    .max(10),
  goesOn: z.boolean(),
});
export type MailRule = z.infer<typeof mailRuleSchema>;

/** GET /api/filters (webmail). */
export const filtersSchema = z.object({
  /** Null: the active script was written by hand. */
  rules: z.array(mailRuleSchema).nullable(),
  /** The script that is active now, as text. */
  activeScript: z.object({ name: z.string(), content: z.string() }).nullable(),
});
export type FiltersReply = z.infer<typeof filtersSchema>;

/** PUT /api/filters: the rules become the active script; a script written by hand stays beside them. */
export const saveFiltersSchema = z.strictObject({ rules: z.array(mailRuleSchema).max(100) });
