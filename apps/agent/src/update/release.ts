import { createHash, createPublicKey, type KeyObject, verify } from "node:crypto";
import {
  type AgentArchive,
  type AgentManifest,
  agentManifestSchema,
  agentReleaseLimits,
} from "@casaforte/contract/agent-release";
import { Failure } from "@casaforte/kernel";
import type { VaultFetch } from "@casaforte/vault";

export interface ReleaseSource {
  readonly vaultUrl: string;
  readonly fetch: VaultFetch;
  readonly signal: AbortSignal;
}

/**
 * The manifest that the vault offers, once its signature by the pinned key is found right.
 * @throws corrupt `agent.update_signature`, `agent.update_manifest`, unavailable `vault.unreachable`, not_found `agent.no_release`.
 */
export async function fetchManifest(source: ReleaseSource, publicKey: string): Promise<AgentManifest> {
  const text = await fetchBytes(source, "manifest.json", agentReleaseLimits.manifestBytesMax);
  const signature = await fetchBytes(source, "manifest.json.sig", agentReleaseLimits.manifestBytesMax);
  return readManifest(text, signature.toString("latin1"), publicKey);
}

/** @throws corrupt `agent.update_signature`, `agent.update_manifest`. */
export function readManifest(text: Uint8Array, signature: string, publicKey: string): AgentManifest {
  const key = createPublicKey(publicKey);
  if (!isSigned(text, signature, key))
    throw new Failure(
      "corrupt",
      "agent.update_signature",
      "the vault's packages are not signed by the key that this agent was installed with",
    );
  const parsed = agentManifestSchema.safeParse(parseJson(text));
  if (parsed.success) return parsed.data;
  throw new Failure("corrupt", "agent.update_manifest", "the manifest of the agent's packages is malformed");
}

/** The package itself. @throws corrupt `agent.update_archive` when it is not the one that was signed. */
export async function fetchArchive(source: ReleaseSource, archive: AgentArchive): Promise<Buffer> {
  const bytes = await fetchBytes(source, archive.name, archive.sizeBytes);
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  if (bytes.length === archive.sizeBytes && sha256 === archive.sha256) return bytes;
  throw new Failure("corrupt", "agent.update_archive", "the package is not the one that was signed");
}

const isSigned = (text: Uint8Array, signature: string, key: KeyObject): boolean =>
  key.asymmetricKeyType === "ed25519" && verify(null, text, key, Buffer.from(signature.trim(), "base64"));

function parseJson(text: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(text).toString("utf8"));
  } catch {
    return null;
  }
}

/** A file of `/agent/`, at most so long: what is longer is not read on. */
async function fetchBytes({ vaultUrl, fetch, signal }: ReleaseSource, name: string, bytesMax: number): Promise<Buffer> {
  const url = `${vaultUrl.replace(/\/+$/, "")}/agent/${name}`;
  const pieces: Uint8Array[] = [];
  try {
    const reply = await fetch(url, { method: "GET", headers: {}, redirect: "error", signal });
    if (!reply.ok || reply.body === null) {
      await reply.body?.cancel();
      if (reply.status === 404) throw new Failure("not_found", "agent.no_release", "this vault gives out no agent");
      throw new Error(`status ${reply.status}`);
    }
    let length = 0;
    for await (const piece of reply.body) {
      length += piece.length;
      if (length > bytesMax) throw new Failure("corrupt", "agent.update_archive", `${name} is longer than was said`);
      pieces.push(piece);
    }
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof Failure) throw error;
    throw new Failure("unavailable", "vault.unreachable", `${name} could not be fetched whole`, { cause: error });
  }
  return Buffer.concat(pieces);
}
