import { z } from "zod";
import { mailProtocolSchema } from "./auth.ts";

const moment = z.iso.datetime();

/** What a mail program asks for, as the browser brought it to webmail (RFC 6749 §4.1.1, RFC 7636 §4.3). */
export const programRequestSchema = z.object({
  client_id: z.string().max(6_000),
  redirect_uri: z.string().max(500),
  response_type: z.string().max(100).optional(),
  scope: z.string().max(1_000).optional(),
  state: z.string().max(4_000).optional(),
  code_challenge: z.string().max(200).optional(),
  code_challenge_method: z.string().max(20).optional(),
});

/** GET /api/auth/program-request: what the person is asked. */
export const askedProgramReplySchema = z.object({
  name: z.string(),
  /** Where the answer goes: `localhost`, `org.example.mail`. */
  place: z.string(),
  protocols: z.array(mailProtocolSchema),
  /** Of RFC 6749 §4.1.2.1; null: the person may say yes. */
  error: z.string().nullable(),
  /** Where the browser takes the no, or the error. */
  refusedTo: z.string(),
});
/** POST /api/auth/program-request: the person's yes. `goTo` brings the code to the program. */
export const allowProgramReplySchema = z.object({ goTo: z.string() });

/** GET /api/auth/programs; DELETE /api/auth/programs/:id; webmail only (R53). */
export const programsReplySchema = z.object({
  programs: z.array(
    z.object({
      id: z.uuid(),
      name: z.string(),
      place: z.string(),
      protocols: z.array(mailProtocolSchema),
      connectedAt: moment,
      endsAt: moment,
      lastUsedAt: moment.nullable(),
      lastUsedIp: z.string().nullable(),
      lastUsedProtocol: mailProtocolSchema.nullable(),
    }),
  ),
});

/** POST /oauth/register (RFC 7591 §2); what else a program says of itself is passed over. */
export const registerProgramSchema = z.object({
  client_name: z.string().max(400),
  redirect_uris: z.array(z.string().max(500)).min(1).max(20),
});
export const registeredProgramReplySchema = z.object({
  client_id: z.string(),
  client_name: z.string(),
  redirect_uris: z.array(z.string()),
  token_endpoint_auth_method: z.literal("none"),
  grant_types: z.array(z.string()),
  response_types: z.array(z.string()),
});

/** POST /oauth/token (RFC 6749 §4.1.3 and §6), as a form. */
export const programTokenSchema = z.object({
  grant_type: z.string().max(100),
  client_id: z.string().max(6_000),
  code: z.string().max(200).optional(),
  redirect_uri: z.string().max(500).optional(),
  code_verifier: z.string().max(200).optional(),
  refresh_token: z.string().max(200).optional(),
});
export const programTokenReplySchema = z.object({
  access_token: z.string(),
  token_type: z.literal("Bearer"),
  /** Seconds. */
  expires_in: z.number().int(),
  refresh_token: z.string(),
  scope: z.string(),
});

/** POST /oauth/revoke (RFC 7009 §2.1), as a form. */
export const leaveProgramSchema = z.object({ token: z.string().max(6_000), client_id: z.string().max(6_000) });
