import { createPublicKey, type KeyObject } from "node:crypto";
import { readFile } from "node:fs/promises";
import { Failure } from "@casaforte/kernel";
import { keyFingerprint, verifyCertificate } from "@casaforte/modules/departure";
import { systemClock, systemRandom } from "@casaforte/platform/telemetry";
import { certificateKey } from "../audit-anchors.ts";
import { openStores } from "../stores.ts";
import { type InstallationOptions, openInstallation } from "./open-installation.ts";

/** The installation's public key for certificates and evidence, as PEM (SPKI): to be given to customers and auditors. */
export async function certificatePublicKey(options: InstallationOptions): Promise<string> {
  const { config } = await openInstallation(options);
  const key = certificateKey(await openStores(config, systemClock, systemRandom));
  return createPublicKey(key).export({ format: "pem", type: "spki" }).toString();
}

/** Checks a signed document by the provider's public key. @throws corrupt `departure.signature`, invalid `departure.key`. */
export async function verifySignedFile(
  file: string,
  options: { readonly signature?: string; readonly key: string },
): Promise<string> {
  const [text, signature, pem] = await Promise.all(
    [file, options.signature ?? `${file}.sig`, options.key].map((path) => readFile(path, "utf8")),
  );
  const key = readKey(pem ?? "");
  const document = verifyCertificate(text ?? "", signature ?? "", key) as { readonly kind?: string };
  return `The signature is right: ${document.kind ?? "a document"}, signed by the key ${keyFingerprint(key)}.\n`;
}

function readKey(pem: string): KeyObject {
  try {
    return createPublicKey(pem);
  } catch (cause) {
    throw new Failure("invalid", "departure.key", "the key file is not a public key in PEM form", { cause });
  }
}
