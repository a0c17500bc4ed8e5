import { z } from "zod";
import { displayNameSchema, languageSchema, loginSchema, passwordSchema } from "./auth.ts";
import { acceptedListSchema, documentSchema } from "./catalogue.ts";
import { tenantNameSchema } from "./tenants.ts";
import { instantSchema } from "./time.ts";

/**
 * /api/auth/sign-up, on the console's listener: a firm makes its own account (R73), where the provider lets it. The
 * request's secret travels in a cookie; the answers are the same whether or not the address is known.
 */

const moment = instantSchema;

/** Where a request stands. */
export const signUpProgressSchema = z.object({
  login: z.string(),
  company: z.string(),
  /** The code was right: the password is what is left. */
  isProven: z.boolean(),
  /** When another code may be asked for. */
  resendAt: moment,
});
export type SignUpProgress = z.infer<typeof signUpProgressSchema>;

/** GET /api/auth/sign-up: whether one may, what has to be read, and this browser's unfinished request. */
export const signUpReplySchema = z.object({
  isOpen: z.boolean(),
  /** The terms that concern everybody, in both languages. */
  documents: z.array(documentSchema),
  progress: signUpProgressSchema.nullable(),
});
export type SignUpReply = z.infer<typeof signUpReplySchema>;

/** POST /api/auth/sign-up: 202 for every address. */
export const askSignUpSchema = z.strictObject({
  login: loginSchema,
  company: tenantNameSchema,
  /** With the country's letters in front; without them it is Italian. */
  vatNumber: z.string().trim().min(2).max(30),
  language: languageSchema,
});
/** The answer there and of POST /api/auth/sign-up/resend. */
export const askedSignUpSchema = z.object({ resendAt: moment });

/** POST /api/auth/sign-up/code */
export const proveSignUpSchema = z.strictObject({ code: z.string().min(1).max(20) });

/** POST /api/auth/sign-up/finish: makes organisation and owner, and signs in. */
export const finishSignUpSchema = z.strictObject({
  password: passwordSchema,
  displayName: displayNameSchema,
  accepted: acceptedListSchema,
});
