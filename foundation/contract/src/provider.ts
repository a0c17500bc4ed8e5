import { z } from "zod";

const hostPort = z.object({ host: z.string(), port: z.int() });

/** GET /api/provider, signed in: what a customer needs to connect programs to this provider. */
export const providerReplySchema = z.object({
  name: z.string(),
  supportAddress: z.string(),
  vaultUrl: z.string(),
  webmailUrl: z.string(),
  /** Where mail programs find JMAP; null where it is not offered. */
  jmapUrl: z.string().nullable(),
  /** SHA-256 of the key that signs the agent's packages (`/agent/` at the vault), as install.sh wants it; null where there are none. */
  agentKey: z.string().nullable(),
  /** Null where this installation does not offer the protocol. */
  mail: z.object({
    imaps: hostPort.nullable(),
    pop3s: hostPort.nullable(),
    submission: hostPort.nullable(),
    smtps: hostPort.nullable(),
  }),
});
export type ProviderReply = z.infer<typeof providerReplySchema>;
