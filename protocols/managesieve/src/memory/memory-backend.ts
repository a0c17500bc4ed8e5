import { Failure, isBearerMechanism } from "@casaforte/kernel";
import type { AuthenticateRequest, ManageSieveBackend, ScriptName, ScriptStore } from "../backend.ts";

/** Accounts with scripts, for tests. A script that contains `nonsense` cannot run. */
export class MemoryManageSieveBackend implements ManageSieveBackend {
  readonly extensions = ["fileinto", "vacation"];
  readonly redirectsMax = 4;
  readonly #accounts = new Map<
    string,
    { readonly password: string; readonly token: string; readonly scripts: MemoryScripts }
  >();

  /** Nobody can be let in or refused while this is set, as with a database that is away. */
  isAway = false;

  addAccount(name: string, password: string, token = ""): void {
    this.#accounts.set(name, { password, token, scripts: new MemoryScripts(name) });
  }

  async authenticate({ mechanism, user, password, authorizeAs }: AuthenticateRequest): Promise<ScriptStore> {
    if (this.isAway) throw new Failure("unavailable", "db.unavailable", "the database cannot be reached");
    if (isBearerMechanism(mechanism)) {
      for (const [name, { token, scripts }] of this.#accounts)
        if (token !== "" && token === password && (user === "" || user === name)) return scripts;
      throw new Failure("unauthenticated", "memory.token", "the token is not valid");
    }
    const account = this.#accounts.get(user);
    if (account?.password !== password || authorizeAs !== undefined)
      throw new Failure("unauthenticated", "memory.credentials", "name or password is wrong");
    return account.scripts;
  }
}

const missing = (): Failure => new Failure("not_found", "sieve.missing", "there is no such script");

class MemoryScripts implements ScriptStore {
  readonly name: string;
  readonly #scripts = new Map<string, string>();
  #active: string | null = null;

  constructor(name: string) {
    this.name = name;
  }

  async list(): Promise<readonly ScriptName[]> {
    return [...this.#scripts.keys()].sort().map((name) => ({ name, isActive: name === this.#active }));
  }

  async read(name: string): Promise<string> {
    const script = this.#scripts.get(name);
    if (script === undefined) throw missing();
    return script;
  }

  async check(script: string): Promise<void> {
    if (script.includes("nonsense")) throw new Failure("invalid", "sieve.script", "line 1: nonsense is not known");
  }

  async assertRoom(name: string, sizeBytes: number): Promise<void> {
    if (sizeBytes > 10_000) throw new Failure("too_large", "sieve.too_large", "the script is too long");
    if (this.#scripts.size >= 3 && !this.#scripts.has(name))
      throw new Failure("over_quota", "sieve.too_many", "there are too many scripts");
  }

  async put(name: string, script: string): Promise<void> {
    await this.check(script);
    await this.assertRoom(name, script.length);
    this.#scripts.set(name, script);
  }

  async activate(name: string | null): Promise<void> {
    if (name !== null && !this.#scripts.has(name)) throw missing();
    this.#active = name;
  }

  async remove(name: string): Promise<void> {
    if (name === this.#active) throw new Failure("conflict", "sieve.active", "the script is active");
    if (!this.#scripts.delete(name)) throw missing();
  }

  async rename(from: string, to: string): Promise<void> {
    const script = await this.read(from);
    if (this.#scripts.has(to)) throw new Failure("conflict", "sieve.name_taken", "there is such a script already");
    this.#scripts.delete(from);
    this.#scripts.set(to, script);
    if (this.#active === from) this.#active = to;
  }

  async close(): Promise<void> {}
}
