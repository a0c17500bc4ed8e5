import { createHash, createPublicKey, type KeyObject, sign } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type AgentManifest, agentManifestSchema } from "@casaforte/contract/agent-release";
import { Failure } from "@casaforte/kernel";
import { keyFingerprint } from "@casaforte/modules/departure";
import type { Face } from "@casaforte/platform/http";
import { z } from "zod";
import { releaseKey } from "./audit-anchors.ts";
import type { Stores } from "./stores.ts";

/** The agent as this installation gives it out: everything is in memory and signed once, at the start. */
export interface AgentRelease {
  /** SHA-256 of the public key, as the console shows it. */
  readonly fingerprint: string;
  readonly files: ReadonlyMap<string, ReleasedFile>;
}

interface ReleasedFile {
  readonly bytes: Buffer;
  readonly type: string;
  readonly etag: string;
  /** Its name has its version in it: it is fetched once. */
  readonly isImmutable: boolean;
}

const builtFolder = fileURLToPath(new URL("../../agent/dist/release", import.meta.url));

/**
 * Signs the agent that was built beside this program, as its installer reads it. Null when none was built: machines then
 * get the agent another way. `origin`: the vault's public URL. `folder`: where it was built. @throws invalid `agent.release`
 * for a folder that is not what the builder makes.
 */
export function openAgentRelease(
  stores: Pick<Stores, "secret">,
  origin: string,
  folder = builtFolder,
): AgentRelease | null {
  if (!existsSync(join(folder, "release.json"))) return null;
  const read = (name: string) => readFileSync(join(folder, name));
  const described = JSON.parse(read("release.json").toString("utf8")) as object;
  const privateKey = releaseKey(stores);
  const fingerprint = keyFingerprint(privateKey);
  const manifest = agentManifestSchema.safeParse({
    ...described,
    v: 1,
    kind: "casaforte.agent-release",
    key: fingerprint,
  });
  if (!manifest.success)
    throw new Failure("invalid", "agent.release", `${folder} holds no release of the agent: build it again`, {
      cause: manifest.error,
    });
  return { fingerprint, files: filesOf(manifest.data, { privateKey, origin, read }) };
}

function filesOf(
  manifest: AgentManifest,
  given: { readonly privateKey: KeyObject; readonly origin: string; read(name: string): Buffer },
): ReadonlyMap<string, ReleasedFile> {
  const text = Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`);
  const installer = given
    .read("install.sh")
    .toString("utf8")
    .replaceAll("@ORIGIN@", quotable(given.origin))
    .replaceAll("@NODE@", String(manifest.nodeMajorMin));
  const publicKey = createPublicKey(given.privateKey).export({ format: "pem", type: "spki" });
  const files = new Map([
    ["install.sh", released(installer, "text/x-shellscript; charset=utf-8")],
    ["manifest.json", released(text, "application/json")],
    ["manifest.json.sig", released(`${sign(null, text, given.privateKey).toString("base64")}\n`, "text/plain")],
    ["key.pem", released(publicKey, "application/x-pem-file")],
  ]);
  for (const { name } of manifest.archives)
    files.set(name, { ...released(given.read(name), "application/gzip"), isImmutable: true });
  return files;
}

function released(content: string | Buffer, type: string): ReleasedFile {
  const bytes = Buffer.from(content);
  const etag = `"${createHash("sha256").update(bytes).digest("hex").slice(0, 32)}"`;
  return { bytes, type, etag, isImmutable: false };
}

/** It stands between single quotes in a shell's text. */
function quotable(origin: string): string {
  const { href } = new URL(origin);
  return href.replace(/\/$/, "").replaceAll("'", "%27");
}

const yearSeconds = 31_536_000;

/** `GET /agent/NAME`, for whoever asks: nothing in it is secret, and everything that matters is signed. */
export function registerAgentRelease(app: Face, release: AgentRelease | null): void {
  app.get(
    "/agent/:name",
    { schema: { params: z.object({ name: z.string().max(100) }) } },
    async ({ params, headers }, reply) => {
      const file = release?.files.get(params.name);
      if (file === undefined) throw new Failure("not_found", "http.route", "there is nothing here");
      reply
        .header("cache-control", file.isImmutable ? `public, max-age=${yearSeconds}, immutable` : "no-cache")
        .header("etag", file.etag)
        .type(file.type);
      return headers["if-none-match"] === file.etag ? reply.status(304).send() : reply.send(file.bytes);
    },
  );
}
