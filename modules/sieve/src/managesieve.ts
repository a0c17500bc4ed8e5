import { type Actor, Failure, type MailAccountId, type TenantId } from "@casaforte/kernel";
import type { AuthenticateRequest, ManageSieveBackend, ScriptStore } from "@casaforte/managesieve";
import {
  type MailboxEdgeServices,
  type OpenDoor,
  OpenDoors,
  openMailAccount,
  type VerifyMailLogin,
} from "@casaforte/modules/mailbox";
import { parseSieve, sieveCapabilities, sieveLimits } from "@casaforte/sieve";
import {
  activateScript,
  assertScriptRoom,
  listScripts,
  putScript,
  readScript,
  removeScript,
  renameScript,
} from "./scripts.ts";

/**
 * ManageSieve over the account's scripts. Who may read the mail over IMAP may say where it goes: the login asks for the
 * protocol `imap`, so the same brake, switches and app passwords hold (R53, R59).
 */
export function manageSieveBackend(services: MailboxEdgeServices, verifyLogin: VerifyMailLogin): ManageSieveBackend {
  const doors = new OpenDoors(services);
  return {
    extensions: sieveCapabilities,
    redirectsMax: sieveLimits.redirectsMax,
    async authenticate(request: AuthenticateRequest): Promise<ScriptStore> {
      const login = await openMailAccount(services, verifyLogin, doors, { ...request, protocol: "imap" });
      const { account, actor, tenantId, door } = login;
      return new StoredScripts(services, { tenantId, actor, accountId: account.id, name: account.address, door });
    },
  };
}

interface Owner {
  readonly tenantId: TenantId;
  readonly actor: Actor;
  readonly accountId: MailAccountId;
  readonly name: string;
  readonly door: OpenDoor;
}

class StoredScripts implements ScriptStore {
  readonly name: string;
  readonly ended: AbortSignal;
  readonly #services: MailboxEdgeServices;
  readonly #owner: Owner;

  constructor(services: MailboxEdgeServices, owner: Owner) {
    this.name = owner.name;
    this.ended = owner.door.ended;
    this.#services = services;
    this.#owner = owner;
  }

  async close(): Promise<void> {
    this.#owner.door[Symbol.dispose]();
  }

  async list() {
    const { tenantId, accountId } = this.#owner;
    const scripts = await this.#services.db.tenant(tenantId, (tx) => listScripts(tx, accountId), { readOnly: true });
    return scripts.map(({ name, isActive }) => ({ name, isActive }));
  }

  async read(name: string): Promise<string> {
    const { tenantId, accountId } = this.#owner;
    const read = await this.#services.db.tenant(tenantId, (tx) => readScript(tx, { accountId, name }), {
      readOnly: true,
    });
    return read.content;
  }

  async check(script: string): Promise<void> {
    parseSieve(script);
  }

  assertRoom(name: string, sizeBytes: number): Promise<void> {
    const { tenantId, accountId } = this.#owner;
    return this.#services.db.tenant(tenantId, (tx) => assertScriptRoom(tx, { accountId, name }, sizeBytes), {
      readOnly: true,
    });
  }

  put(name: string, content: string): Promise<void> {
    const { tenantId, actor, accountId } = this.#owner;
    if (content.includes("\0")) throw new Failure("invalid", "sieve.script", "line 1: a script has no NUL");
    return this.#services.db.tenant(tenantId, (tx) =>
      putScript(tx, actor, { accountId, name, content }, this.#services),
    );
  }

  activate(name: string | null): Promise<void> {
    const { tenantId, actor, accountId } = this.#owner;
    return this.#services.db.tenant(tenantId, (tx) => activateScript(tx, actor, { accountId, name }));
  }

  remove(name: string): Promise<void> {
    const { tenantId, actor, accountId } = this.#owner;
    return this.#services.db.tenant(tenantId, (tx) => removeScript(tx, actor, { accountId, name }));
  }

  rename(name: string, to: string): Promise<void> {
    const { tenantId, actor, accountId } = this.#owner;
    return this.#services.db.tenant(tenantId, (tx) => renameScript(tx, actor, { accountId, name, to }));
  }
}
