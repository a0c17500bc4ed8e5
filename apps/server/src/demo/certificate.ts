import { existsSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { CertificatePair } from "@casaforte/platform/net";

/** The demo's own certificate for `localhost`, made once; mail programs will ask whether to trust it. */
export async function demoCertificate(directory: string): Promise<CertificatePair> {
  const folder = join(directory, "tls");
  const [keyFile, certFile] = [join(folder, "key.pem"), join(folder, "cert.pem")];
  if (!existsSync(certFile)) {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const { generate } = await import("selfsigned");
    const notAfterDate = new Date();
    notAfterDate.setFullYear(notAfterDate.getFullYear() + 5);
    const pem = await generate([{ name: "commonName", value: "localhost" }], {
      keyType: "ec",
      curve: "P-256",
      algorithm: "sha256",
      notAfterDate,
      extensions: [
        { name: "basicConstraints", cA: false },
        { name: "keyUsage", digitalSignature: true, keyEncipherment: true },
        { name: "extKeyUsage", serverAuth: true },
        {
          name: "subjectAltName",
          altNames: [
            { type: 2, value: "localhost" },
            { type: 7, ip: "127.0.0.1" },
          ],
        },
      ],
    });
    await writeFile(keyFile, pem.private, { mode: 0o600 });
    await writeFile(certFile, pem.cert);
  }
  return { key: await readFile(keyFile, "utf8"), cert: await readFile(certFile, "utf8") };
}
