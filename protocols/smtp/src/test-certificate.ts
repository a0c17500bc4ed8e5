import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** A self-signed pair for tests, made by the openssl command. `altName`: such as `IP:127.0.0.1`. */
export async function selfSigned(name = "localhost", altName = ""): Promise<{ key: string; cert: string }> {
  const directory = await mkdtemp(join(tmpdir(), "cf-cert-"));
  try {
    const key = join(directory, "key.pem");
    const cert = join(directory, "cert.pem");
    await run("openssl", [
      "req",
      "-x509",
      "-newkey",
      "ec",
      "-pkeyopt",
      "ec_paramgen_curve:P-256",
      "-nodes",
      "-days",
      "2",
      "-subj",
      `/CN=${name}`,
      ...(altName === "" ? [] : ["-addext", `subjectAltName=${altName}`]),
      "-keyout",
      key,
      "-out",
      cert,
    ]);
    return { key: await readFile(key, "utf8"), cert: await readFile(cert, "utf8") };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
