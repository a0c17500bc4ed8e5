import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import type { SecureContext } from "node:tls";
import { assert, type Clock, Failure, type Logger } from "@casaforte/kernel";
import type { Config } from "@casaforte/platform/config";
import { type CertificatePair, type HostContexts, hostContextsOf, ServerCertificates } from "@casaforte/platform/net";
import { readConfigured } from "./configured-file.ts";
import { ownListeners, type TlsFiles } from "./own-names.ts";

interface Host extends CertificatePair {
  readonly contexts: HostContexts;
}

interface Listener {
  readonly certificates: ServerCertificates;
  /** Null: its certificate comes from the authority. */
  readonly files: TlsFiles | null;
  readonly ownName: string;
}

/** Where certificates are looked for in files. */
export interface CertificateSources {
  /** With a folder for each further host name. */
  readonly folder?: string | undefined;
  /** Of every listener in the configuration, whichever process opens it. */
  readonly listeners: readonly TlsFiles[];
  /** Whether a listener's own comes from the authority instead. */
  readonly isAnyIssued: boolean;
}

export const certificateSources = (config: Config): CertificateSources => ({
  folder: config.hostCertificates,
  listeners: ownListeners(config).flatMap(({ tls }) => (tls === undefined || tls === "acme" ? [] : [tls])),
  isAnyIssued: ownListeners(config).some(({ tls }) => tls === "acme"),
});

/** How often files are looked at for changes. */
const lookMs = 60_000;
/** Certificates of further host names that are taken. */
const hostCertificatesMax = 10_000;
/** Where there is nothing to read. */
const noPair = new Set(["ENOENT", "ENOTDIR", "ELOOP", "EACCES"]);

/**
 * What listeners show: the certificates that the configuration names, and those of the authority where no file holds one
 * for the same name. For a name come first the folder, then the listener's own files, then those of other listeners: also
 * in a process that opens none of them. Files are read again while the program runs: when a file changed (looked at
 * every minute) and when it is asked to. A pair that cannot be read or does not fit together leaves the one before in use,
 * and is tried again at the next look: a renewal writes its two files one after the other. It hinders no other pair.
 * A listener whose certificate the authority issues shows one that nobody signed until the first has come.
 */
export class CertificateFiles {
  readonly #folder: string | undefined;
  readonly #listeners: readonly TlsFiles[];
  readonly #logger: Logger;
  readonly #open = new Map<string, Listener>();
  /** Null where no listener awaits the authority's. */
  readonly #unsigned: CertificatePair | null;
  /** The last good pairs, by the certificate's file: first those of listeners, then those of the folder. */
  #hosts: ReadonlyMap<string, Host> = new Map();
  /** What the folder holds, and what any file holds, by host name or wildcard. */
  #ofFolder: HostContexts = new Map();
  #filed: ReadonlyMap<string, Host> = new Map();
  /** The authority's, by host name. */
  #issued: ReadonlyMap<string, Host> = new Map();
  /** What was wrong with a pair at the last look: told once. */
  #troubles: ReadonlyMap<string, string> = new Map();
  #seen = "";
  /** What the folder held when it was last read. */
  #listed: readonly TlsFiles[] = [];

  private constructor({ folder, listeners }: CertificateSources, unsigned: CertificatePair | null, logger: Logger) {
    this.#folder = folder;
    this.#listeners = listeners;
    this.#unsigned = unsigned;
    this.#logger = logger;
  }

  /** A pair that is none is left out, with a warning. Rejects when the folder itself cannot be read. */
  static async open(sources: CertificateSources, logger: Logger): Promise<CertificateFiles> {
    const unsigned = sources.isAnyIssued ? await makeUnsigned() : null;
    const files = new CertificateFiles(sources, unsigned, logger.with({ component: "certificates" }));
    files.#listed = await files.#hostFiles();
    await files.#readHosts();
    return files;
  }

  /** `ownName`: the listener's, when its certificate is the authority's. @throws precondition `config.file_unreadable`, `config.certificate`. */
  of(tls: Config["mail"]["tls"], ownName: string): ServerCertificates | undefined {
    if (tls === undefined) return undefined;
    const files = tls === "acme" ? null : tls;
    const key = files === null ? ownName : `${files.key}\n${files.cert}`;
    const known = this.#open.get(key)?.certificates;
    if (known) return known;
    const certificates = explain(
      files,
      () => new ServerCertificates(files ? readPair(files) : this.#pairFor(ownName), this.#contextsOf({ files })),
    );
    this.#open.set(key, { files, ownName, certificates });
    return certificates;
  }

  /** Whether a file holds a certificate for that name. */
  isFiled(name: string): boolean {
    return this.#filedFor(name) !== undefined;
  }

  /** What is shown to those who ask for that name; undefined: a listener's own. */
  shownFor(name: string): CertificatePair | undefined {
    return this.#filedFor(name) ?? this.#issued.get(name);
  }

  #filedFor(name: string): Host | undefined {
    return this.#filed.get(name) ?? this.#filed.get(wildcardOf(name));
  }

  /** Shows these of the authority from now on, by host name. One that is none is left out, with a warning. */
  showIssued(pairs: ReadonlyMap<string, CertificatePair>): void {
    const issued = new Map<string, Host>();
    for (const [name, { key, cert }] of pairs) {
      const before = this.#issued.get(name);
      try {
        const isSame = before?.key === key && before.cert === cert;
        issued.set(name, isSame ? before : { key, cert, contexts: hostContextsOf({ key, cert }) });
      } catch (error) {
        this.#logger.error("certificates.unusable", error, { name });
      }
    }
    this.#issued = issued;
    this.#show();
  }

  /** From now on, at every listener. */
  #show(): void {
    for (const listener of this.#open.values())
      listener.certificates.replace(this.#mainOf(listener), this.#contextsOf(listener));
  }

  /** What a listener shows to those who ask for no name, or for one that nobody knows. */
  #mainOf({ files, ownName, certificates }: Listener): CertificatePair {
    return files === null ? this.#pairFor(ownName) : (this.#hosts.get(files.cert) ?? certificates.main);
  }

  #pairFor(ownName: string): CertificatePair {
    const pair = this.shownFor(ownName) ?? this.#unsigned;
    assert(pair !== null, "a listener of the authority's certificates is among the sources");
    return pair;
  }

  #contextsOf({ files }: Pick<Listener, "files">): HostContexts {
    const contexts = new Map<string, SecureContext>();
    const add = (of: HostContexts = new Map()): void => {
      for (const [name, context] of of) contexts.set(name, context);
    };
    for (const [name, { contexts: issued }] of this.#issued) {
      const context = issued.get(name);
      if (context !== undefined && !this.isFiled(name)) contexts.set(name, context);
    }
    for (const { cert } of this.#listeners) add(this.#hosts.get(cert)?.contexts);
    if (files !== null) add(this.#hosts.get(files.cert)?.contexts);
    add(this.#ofFolder);
    return contexts;
  }

  /** Reads all files again. False: something was wrong, and what was before is still in use in its place. */
  async reload(): Promise<boolean> {
    const isWhole = await this.#readHosts();
    this.#show();
    if (isWhole) this.#logger.info("certificates.loaded", { hosts: this.#hosts.size });
    return isWhole;
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

  /** False: a pair is wrong, or one that was there cannot be read. */
  async #readHosts(): Promise<boolean> {
    const hosts = new Map<string, Host>();
    const troubles = new Map<string, string>();
    let isWhole = true;
    // A folder that is away hinders no listener's own pair, and its pairs stay in use.
    await this.#hostFiles().then(
      (listed) => {
        this.#listed = listed;
      },
      (error) => {
        isWhole = false;
        this.#logger.error("certificates.unusable", error);
      },
    );
    const ofFolder = this.#listed;
    for (const files of [...this.#listeners, ...ofFolder]) {
      const before = this.#hosts.get(files.cert);
      try {
        hosts.set(files.cert, await readHost(files, before));
      } catch (error) {
        if (before) hosts.set(files.cert, before);
        // A folder that never held a pair, such as lost+found, is no reason to look again and again.
        if (before || !noPair.has((error as { code?: string }).code ?? "")) isWhole = false;
        const reason = error instanceof Error ? error.message : String(error);
        troubles.set(files.cert, reason);
        if (this.#troubles.get(files.cert) !== reason)
          this.#logger.warn("certificates.unusable", { file: files.cert, reason, isOldInUse: Boolean(before) });
      }
    }
    this.#hosts = hosts;
    this.#troubles = troubles;
    this.#ofFolder = new Map(ofFolder.flatMap(({ cert }) => [...(hosts.get(cert)?.contexts ?? [])]));
    this.#filed = new Map([...hosts.values()].flatMap((host) => [...host.contexts.keys()].map((name) => [name, host])));
    return isWhole;
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
    const all = [...this.#listeners, ...hosts].flatMap(({ key, cert }) => [key, cert]);
    const marks: string[] = [];
    for (const file of all) {
      const found = await stat(file).catch(() => null);
      marks.push(found === null ? `${file} away` : `${file} ${found.mtimeMs} ${found.size} ${found.ino}`);
    }
    return marks.join("\n");
  }
}

/** Loaded for those alone that need it: it is a fifth of what a start loads. */
async function makeUnsigned(): Promise<CertificatePair> {
  const { generate } = await import("selfsigned");
  const { private: key, cert } = await generate([{ name: "commonName", value: "casaforte" }], { keyType: "ec" });
  return { key, cert };
}

const wildcardOf = (name: string): string => name.replace(/^[^.]+/, "*");

/** @throws precondition `config.certificate`; whatever reading throws. */
async function readHost(files: TlsFiles, before: Host | undefined): Promise<Host> {
  const [key, cert] = await Promise.all([readFile(files.key, "utf8"), readFile(files.cert, "utf8")]);
  if (before?.key === key && before.cert === cert) return before;
  return { key, cert, contexts: explain(files, () => hostContextsOf({ key, cert })) };
}

const readPair = (files: TlsFiles): CertificatePair => ({
  key: readConfigured(files.key),
  cert: readConfigured(files.cert),
});

function explain<T>(files: TlsFiles | null, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    if (!(cause instanceof Failure) || cause.code !== "net.certificate" || files === null) throw cause;
    const text = `${files.key} and ${files.cert} are not a PEM key and its certificate`;
    throw new Failure("precondition", "config.certificate", text, { cause });
  }
}
