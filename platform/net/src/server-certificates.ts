import { X509Certificate } from "node:crypto";
import { createSecureContext, type SecureContext } from "node:tls";
import { Failure } from "@casaforte/kernel";

/** A PEM key and its certificate with its chain. */
export interface CertificatePair {
  readonly key: string;
  readonly cert: string;
}

/** What a server socket of Node needs to choose by the name that a client asks for (SNI, RFC 6066 §3). */
export interface ServerTls {
  readonly isServer: true;
  readonly secureContext: SecureContext;
  readonly SNICallback: (name: string, done: (error: Error | null, context?: SecureContext) => void) => void;
}

/** What is shown for each host name, or wildcard, in lower case. */
export type HostContexts = ReadonlyMap<string, SecureContext>;

interface Loaded {
  readonly main: CertificatePair;
  readonly context: SecureContext;
  readonly byName: HostContexts;
}

/**
 * The certificates of a listener: a main one, and further ones for host names of their own. They can be replaced while
 * the listener runs: handshakes from then on use the new ones, sessions under way go on.
 */
export class ServerCertificates {
  #loaded: Loaded;
  readonly #listeners = new Set<(main: CertificatePair) => void>();

  /** @throws precondition `net.certificate` when a pair is none. */
  constructor(main: CertificatePair, others: HostContexts = new Map()) {
    this.#loaded = { main, context: contextOf(main), byName: others };
  }

  get main(): CertificatePair {
    return this.#loaded.main;
  }

  /** The certificate for a name: its own, that of its wildcard, else the main one. */
  readonly contextFor = (name: string): SecureContext => {
    const { byName, context } = this.#loaded;
    const asked = name.toLowerCase().replace(/\.$/, "");
    return byName.get(asked) ?? byName.get(asked.replace(/^[^.]+/, "*")) ?? context;
  };

  socketOptions(): ServerTls {
    return {
      isServer: true,
      secureContext: this.#loaded.context,
      SNICallback: (name, done) => done(null, this.contextFor(name)),
    };
  }

  /** All or nothing. @throws precondition `net.certificate`; then the ones before stay. */
  replace(main: CertificatePair, others: HostContexts): void {
    this.#loaded = { main, context: contextOf(main), byName: others };
    for (const listener of this.#listeners) listener(main);
  }

  /** For listeners that keep the main pair themselves. */
  onReplace(listener: (main: CertificatePair) => void): void {
    this.#listeners.add(listener);
  }
}

/** The host names of a certificate, with what is shown for them. @throws precondition `net.certificate`. */
export function hostContextsOf(pair: CertificatePair): HostContexts {
  const context = contextOf(pair);
  return new Map(namesOf(pair).map((name) => [name, context]));
}

function contextOf(pair: CertificatePair): SecureContext {
  try {
    return createSecureContext({ key: pair.key, cert: pair.cert, minVersion: "TLSv1.2" });
  } catch (cause) {
    throw new Failure("precondition", "net.certificate", "this is not a PEM key and its certificate", { cause });
  }
}

/** Host names that a certificate is for. */
function namesOf({ cert }: CertificatePair): readonly string[] {
  const names = new X509Certificate(cert).subjectAltName ?? "";
  return names.split(/,\s*/).flatMap((entry) => (entry.startsWith("DNS:") ? [entry.slice(4).toLowerCase()] : []));
}
