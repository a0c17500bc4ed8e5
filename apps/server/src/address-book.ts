import type { Actor, TenantId } from "@casaforte/kernel";
import type { Card } from "@casaforte/modules/departure";
import { type Address, pageAddresses } from "@casaforte/modules/domains";
import { listPrincipals, type Principal } from "@casaforte/modules/identity";
import { listMailAccounts } from "@casaforte/modules/mailbox";
import { readTenant } from "@casaforte/modules/tenancy";
import type { Db, TenantTx } from "@casaforte/platform/db";

const actor: Actor = { kind: "system", name: "departure" };
const limit = 200;

interface Page<T> {
  readonly items: readonly T[];
  /** Of the page behind it; null at the end. */
  readonly next: string | null;
}

const spelled = ({ localPart, domainName }: Address) => `${localPart}@${domainName}`;

/**
 * An organisation's address book, read a page at a time: itself, its mailboxes with their aliases, its people who have no
 * mailbox under their login, and its groups (R63).
 */
export async function* addressBook(db: Db, tenantId: TenantId, signal: AbortSignal): AsyncGenerator<Card> {
  const read = <T>(work: (tx: TenantTx) => Promise<T>) => db.tenant(tenantId, work, { readOnly: true });
  async function* all<T>(page: (tx: TenantTx, after: string | undefined) => Promise<Page<T>>): AsyncGenerator<T> {
    for (let after: string | null | undefined; after !== null; ) {
      signal.throwIfAborted();
      const from: string | undefined = after;
      const { items, next } = await read((tx) => page(tx, from));
      yield* items;
      after = next;
    }
  }
  const { name } = await read((tx) => readTenant(tx, tenantId));
  yield { kind: "org", id: tenantId, name, addresses: [] };

  const people = new Map<string, Principal>();
  for await (const person of all(async (tx, cursor) => {
    const page = await listPrincipals(tx, { tenantId, realm: "user", count: limit, ...(cursor ? { cursor } : {}) });
    return { items: page.people, next: page.nextCursor };
  }))
    people.set(person.login, person);

  const groups: Address[] = [];
  const aliases = new Map<string, string[]>();
  for await (const address of all(async (tx, after) => {
    const page = await pageAddresses(tx, { kinds: ["alias", "group"], limit, ...(after ? { after } : {}) });
    return { items: page.addresses, next: page.next };
  })) {
    if (address.kind === "group") groups.push(address);
    else if (address.mailAccountId !== null)
      aliases.set(address.mailAccountId, [...(aliases.get(address.mailAccountId) ?? []), spelled(address)]);
  }

  /** Which card an address is on. */
  const cardOf = new Map<string, string>(groups.map((group) => [spelled(group), group.id]));
  for await (const { id, address, displayName } of all(async (tx, cursor) => {
    const page = await listMailAccounts(tx, actor, { limit, ...(cursor ? { cursor } : {}) });
    return { items: page.accounts, next: page.next };
  })) {
    const addresses = [address, ...(aliases.get(id) ?? [])];
    for (const each of addresses) cardOf.set(each, id);
    yield { kind: "individual", id, name: displayName || (people.get(address)?.displayName ?? ""), addresses };
  }

  for (const { id, login, displayName } of people.values()) {
    if (cardOf.has(login)) continue;
    cardOf.set(login, id);
    yield { kind: "individual", id, name: displayName, addresses: [login] };
  }

  for (const group of groups)
    yield {
      ...{ kind: "group", id: group.id, name: "", addresses: [spelled(group)] },
      members: [...new Set(group.forwardTo.flatMap((address) => cardOf.get(address.toLowerCase()) ?? []))],
      memberAddresses: group.forwardTo.filter((address) => !cardOf.has(address.toLowerCase())),
    };
}
