import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { type Clock, Failure, type Logger } from "@casaforte/kernel";
import type { Config } from "@casaforte/platform/config";
import { type CertificatePair, ServerCertificates } from "@casaforte/platform/net";
import { readConfigured } from "./configured-file.ts";

interface TlsFiles {
  readonly key: string;
  readonly cert: string;
}

/** How often files are looked at for changes. */
const lookMs = 60_000;
/** Certificates of further host names that are taken. */
const hostCertificatesMax = 10_000;

/**
 * The certificates that the configuration names, read again while the program runs: when a file changed (looked at
 * every minute) and when it is asked to. What cannot be read or does not fit together leaves the ones before in use, and
 * is tried again at the next look: a renewal writes its two files one after the other.
 */
export class CertificateFiles {
  readonly #folder: string | undefined;
  readonly #logger: Logger;
  readonly #open = new Map<string, { readonly files: TlsFiles; readonly certificates: ServerCertificates }>();
  #others: readonly CertificatePair[] = [];
  #seen = "";

  private constructor(folder: string | undefined, logger: Logger) {
    this.#folder = folder;
    this.#logger = logger;
  }

  /** @throws precondition `config.certificate` when a certificate of the folder is none. */
  static async open(config: Pick<Config, "hostCertificates">, logger: Logger): Promise<CertificateFiles> {
    const files = new CertificateFiles(config.hostCertificates, logger.with({ component: "certificates" }));
    files.#others = await files.#readOthers();
    return files;
  }

  /** @throws precondition `config.file_unreadable`, `config.certificate`. */
  of(files: TlsFiles | undefined): ServerCertificates | undefined {
    if (files === undefined) return undefined;
    const key = `${files.key}\n${files.cert}`;
    const known = this.#open.get(key)?.certificates;
    if (known) return known;
    const certificates = explain(files, () => new ServerCertificates(readPair(files), this.#others));
    this.#open.set(key, { files, certificates });
    return certificates;
  }

  /** Reads all files again. False: something was wrong, and what was before is still in use. */
  async reload(): Promise<boolean> {
    try {
      const others = await this.#readOthers();
      for (const { files, certificates } of this.#open.values()) {
        const pair = readPair(files);
        explain(files, () => certificates.replace(pair, others));
      }
      this.#others = others;
      this.#logger.info("certificates.loaded", { hosts: others.length });
      return true;
    } catch (error) {
      this.#logger.error("certificates.unusable", error);
      return false;
    }
  }

  /** Looks every minute until the signal. */
  async watch(clock: Clock, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await clock.sleep(lookMs, signal).catch(() => {});
      if (!signal.aborted) await this.look();
    }
  }

  /** Reads the files again when one of them changed since they were last read whole. True: they were. */
  async look(): Promise<boolean> {
    const now = await this.#fingerprint();
    if (now === this.#seen || !(await this.reload())) return false;
    this.#seen = now;
    return true;
  }

  async #readOthers(): Promise<readonly CertificatePair[]> {
    const pairs: CertificatePair[] = [];
    for (const files of await this.#hostFiles()) {
      const [key, cert] = await Promise.all([readFile(files.key, "utf8"), readFile(files.cert, "utf8")]);
      explain(files, () => new ServerCertificates({ key, cert }));
      pairs.push({ key, cert });
    }
    return pairs;
  }

  async #hostFiles(): Promise<readonly TlsFiles[]> {
    const folder = this.#folder;
    if (folder === undefined) return [];
    const names = (await readdir(folder, { withFileTypes: true }))
      .filter((entry) => !entry.isFile())
      .slice(0, hostCertificatesMax);
    return names.map(({ name }) => ({
      key: join(folder, name, "privkey.pem"),
      cert: join(folder, name, "fullchain.pem"),
    }));
  }

  /** Times and sizes of every file; one that is away counts as such. */
  async #fingerprint(): Promise<string> {
    const hosts = await this.#hostFiles().catch(() => []);
    const all = [...hosts, ...[...this.#open.values()].map(({ files }) => files)].flatMap(({ key, cert }) => [
      key,
      cert,
    ]);
    const marks: string[] = [];
    for (const file of all) {
      const found = await stat(file).catch(() => null);
      marks.push(found === null ? `${file} away` : `${file} ${found.mtimeMs} ${found.size} ${found.ino}`);
    }
    return marks.join("\n");
  }
}

const readPair = (files: TlsFiles): CertificatePair => ({
  key: readConfigured(files.key),
  cert: readConfigured(files.cert),
});

function explain<T>(files: TlsFiles, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    if (!(cause instanceof Failure) || cause.code !== "net.certificate") throw cause;
    const text = `${files.key} and ${files.cert} are not a PEM key and its certificate`;
    throw new Failure("precondition", "config.certificate", text, { cause });
  }
}
