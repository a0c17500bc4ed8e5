import { createHash, type KeyObject } from "node:crypto";
import { setImmediate } from "node:timers/promises";
import { instantSchema } from "@casaforte/contract/time";
import { type Bytes, Failure, utf8 } from "@casaforte/kernel";
import { type ChainExportCheck, checkChainExport } from "@casaforte/modules/audit";
import { keyFingerprint, signCertificate, verifyCertificate } from "@casaforte/modules/departure";
import { type AsyncZippable, unzipSync, zip } from "fflate";
import { z } from "zod";
import type { GatheredEvidence } from "./evidence.ts";
import { inspectionLimits } from "./limits.ts";
import { packPage } from "./pack-page.ts";

const manifestSchema = z.object({
  v: z.literal(1),
  kind: z.literal("casaforte.evidence-pack"),
  provider: z.string(),
  customer: z.object({ id: z.uuid(), name: z.string() }),
  madeAt: instantSchema,
  /** SHA-256 of the key that signs, to tell keys apart. */
  key: z.string(),
  files: z.array(z.object({ path: z.string(), bytes: z.int(), sha256: z.string() })).max(inspectionLimits.packFilesMax),
});
export type PackManifest = z.infer<typeof manifestSchema>;

const manifestName = "manifest.json";
const signatureName = "manifest.json.sig";
const chainName = "audit-chain.jsonl";

const howToCheck = `How to check this evidence pack
================================

casaforte charter check FILE.zip --key provider.pem

It needs no network and no account. It checks the provider's signature (Ed25519) over manifest.json, the SHA-256 of every
file named there, that no other file is in the archive, and each link of the audit chain in audit-chain.jsonl:
SHA-256(link before || entry). provider.pem is the provider's public key; get it from the provider by another way than
this archive. manifest.json.sig is the signature in Base64, so other tools can check it too.
`;

export const packTooLarge = () =>
  new Failure("over_quota", "inspections.pack_too_large", "the evidence does not fit into one archive");

/**
 * A customer's evidence as one archive: JSON for programs, pages for people, a manifest that is signed (R67, R69). Others
 * are served meanwhile. @throws over_quota `inspections.pack_too_large`.
 */
export async function makePack(input: GatheredEvidence, key: KeyObject): Promise<Bytes> {
  const { provider, customer, madeAt, evidence } = input;
  const files: Record<string, Bytes> = { "READ-ME.txt": utf8(howToCheck) };
  for (const part of evidence) files[`evidence/${part.name}.json`] = utf8(`${JSON.stringify(part, null, 2)}\n`);
  for (const language of ["it", "en"] as const) files[`index.${language}.html`] = utf8(packPage(input, language));
  files[chainName] = input.chain;
  const listed: PackManifest["files"] = [];
  for (const [path, bytes] of Object.entries(files))
    listed.push({ path, bytes: bytes.length, sha256: await sha256InTurns(bytes) });
  const manifest: PackManifest = {
    v: 1,
    kind: "casaforte.evidence-pack",
    provider,
    customer,
    madeAt: madeAt.toISOString(),
    key: keyFingerprint(key),
    files: listed,
  };
  const { text, signature } = signCertificate(manifest, key);
  files[manifestName] = utf8(text);
  files[signatureName] = utf8(`${signature}\n`);
  const total = Object.values(files).reduce((sum, bytes) => sum + bytes.length, 0);
  if (total > inspectionLimits.packBytesMax) throw packTooLarge();
  return pack(files, madeAt);
}

/** Large files are deflated in threads of their own. */
const pack = (files: AsyncZippable, mtime: Date): Promise<Bytes> =>
  new Promise((resolve, reject) => zip(files, { mtime }, (error, bytes) => (error ? reject(error) : resolve(bytes))));

const turnBytes = 4 * 1024 * 1024;

/** SHA-256 a few megabytes at a time, so that nobody waits for the whole. */
async function sha256InTurns(bytes: Bytes): Promise<string> {
  const hash = createHash("sha256");
  for (let from = 0; from < bytes.length; from += turnBytes) {
    if (from > 0) await setImmediate();
    hash.update(bytes.subarray(from, from + turnBytes));
  }
  return hash.digest("hex");
}

const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

const damaged = (why: string, cause?: unknown) => new Failure("corrupt", "inspections.pack", why, { cause });

export interface PackCheck {
  readonly manifest: PackManifest;
  readonly chain: ChainExportCheck;
}

/**
 * Checks an evidence pack without the program that made it: signature, every file, no file beside them, and each link of
 * the log (R67). @throws corrupt `departure.signature`, `inspections.pack`, `audit.chain_export`.
 */
export function checkPack(bytes: Uint8Array, key: KeyObject): PackCheck {
  const files = unpack(bytes);
  const read = (name: string): string => {
    const file = files[name];
    if (file === undefined) throw damaged(`${name} is missing`);
    return new TextDecoder().decode(file);
  };
  const parsed = manifestSchema.safeParse(verifyCertificate(read(manifestName), read(signatureName), key));
  if (!parsed.success) throw damaged("the manifest is not one of an evidence pack", parsed.error);
  const manifest = parsed.data;
  const named = new Set([manifestName, signatureName, ...manifest.files.map(({ path }) => path)]);
  const stranger = Object.keys(files).find((name) => !named.has(name));
  if (stranger !== undefined) throw damaged(`${stranger} is not in the manifest`);
  for (const { path, sha256: wanted } of manifest.files) {
    const file = files[path];
    if (file === undefined) throw damaged(`${path} is missing`);
    if (sha256(file) !== wanted) throw damaged(`${path} is not the file that was signed`);
  }
  const chain = checkChainExport(read(chainName));
  if (chain.tenantId !== manifest.customer.id) throw damaged("the log is another customer's");
  return { manifest, chain };
}

function unpack(bytes: Uint8Array): Record<string, Uint8Array> {
  let [total, count] = [0, 0];
  const assertRoom = (size: number) => {
    total += size;
    if (total > inspectionLimits.packBytesMax || ++count > inspectionLimits.packFilesMax)
      throw damaged("it is larger than any evidence pack");
  };
  try {
    return unzipSync(bytes, {
      filter({ originalSize }) {
        assertRoom(originalSize);
        return true;
      },
    });
  } catch (cause) {
    if (cause instanceof Failure) throw cause;
    throw damaged("it is not a ZIP archive", cause);
  }
}
