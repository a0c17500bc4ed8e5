import { z } from "zod";
import { instantSchema } from "./time.ts";

/** Named limits of what an installation offers its customers' machines. */
export const agentReleaseLimits = {
  manifestBytesMax: 16 * 1024,
  archiveBytesMax: 64 * 1024 * 1024,
  archivesMax: 8,
} as const;

/** Digits alone, so that any two can be told apart: 0.1.0. */
const version = z.string().regex(/^\d{1,5}\.\d{1,5}\.\d{1,5}$/, "three numbers");
const sha256 = z.string().regex(/^[0-9a-f]{64}$/, "SHA-256 in hexadecimal");

/**
 * What the agent's packages of one installation are: `GET /agent/manifest.json` at the vault. The bytes are signed with
 * Ed25519 by the installation's own key (`manifest.json.sig`, Base64), whose public half is `key.pem`.
 */
export const agentManifestSchema = z.object({
  v: z.literal(1),
  kind: z.literal("casaforte.agent-release"),
  version,
  created: instantSchema,
  /** The oldest Node that runs it. */
  nodeMajorMin: z.int().min(1).max(1000),
  /** SHA-256 of the signing key's public half in SPKI form. */
  key: sha256,
  archives: z
    .array(
      z.object({
        /** Node's words: `linux-x64`. */
        platform: z.string().regex(/^[a-z0-9]{1,20}-[a-z0-9]{1,20}$/),
        /** The last part of its address. */
        name: z.string().regex(/^casaforte-agent-[0-9a-z.-]{1,60}\.tgz$/),
        sha256,
        sizeBytes: z.int().min(1).max(agentReleaseLimits.archiveBytesMax),
      }),
    )
    .min(1)
    .max(agentReleaseLimits.archivesMax),
});
export type AgentManifest = z.infer<typeof agentManifestSchema>;
export type AgentArchive = AgentManifest["archives"][number];

/** Below 0 when `a` is older than `b`, 0 when they are the same. */
export function compareAgentVersions(a: string, b: string): number {
  const [left, right] = [a.split("."), b.split(".")];
  for (let index = 0; index < 3; index++) {
    const difference = Number(left[index]) - Number(right[index]);
    if (difference !== 0) return difference;
  }
  return 0;
}
