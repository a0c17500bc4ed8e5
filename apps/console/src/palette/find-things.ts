import { devicesReplySchema } from "@casaforte/contract/devices";
import { mailAccountListSchema } from "@casaforte/contract/mail";
import { ticketListSchema } from "@casaforte/contract/tickets";
import { callChecked } from "@casaforte/ui-kit/console";
import { matchEntries, type PaletteEntry, type PaletteGroup } from "@casaforte/ui-kit/palette";
import type { QueryClient } from "@tanstack/react-query";
import { invoicesQuery } from "../billing/billing-queries.ts";
import { domainsQuery } from "../mail/domains-query.ts";
import { spacesQuery } from "../queries.ts";

/** Of each kind; more are found on its page. */
const shownMax = 5;
/** How old a list that comes whole may be. */
const staleMs = 60_000;

export interface FindWith {
  /** Only what stands on one of these is looked for. */
  readonly pages: readonly { readonly to: string; readonly label: string }[];
  readonly client: QueryClient;
  readonly signal: AbortSignal;
  readonly go: (path: string) => void;
}

/**
 * Devices, mailboxes and tickets by the server's own searches, a page of a few; spaces, domains and invoices in the lists that
 * their pages show whole. Each kind under the name of its page.
 */
export async function findThings(text: string, { pages, client, signal, go }: FindWith): Promise<PaletteGroup[]> {
  const to = (path: string) => () => go(path);
  const within = (entries: readonly PaletteEntry[]) =>
    matchEntries([{ label: "", entries }], text).flatMap((group) => group.entries.slice(0, shownMax));
  const finders: Readonly<Record<string, () => Promise<readonly PaletteEntry[]>>> = {
    "/devices": async () => {
      const query = { q: text, limit: shownMax };
      const { devices } = await callChecked("/api/devices", { query, reply: devicesReplySchema, signal });
      return devices.map(({ id, name, hostname }) => ({ id, label: name, hint: hostname, go: to(`/devices/${id}`) }));
    },
    "/mail": async () => {
      const query = { search: text, state: "live", limit: shownMax };
      const { accounts } = await callChecked("/api/mail-accounts", { query, reply: mailAccountListSchema, signal });
      return accounts.map(({ id, address, displayName: hint }) => ({
        ...{ id, label: address, hint, go: to(`/mail/accounts/${id}`) },
      }));
    },
    "/tickets": async () => {
      const query = { search: text, state: "all", count: shownMax };
      const { tickets } = await callChecked("/api/tickets", { query, reply: ticketListSchema, signal });
      return tickets.map(({ id, number, subject }) => ({
        ...{ id, label: subject, hint: `#${number}`, go: to(`/tickets/${id}`) },
      }));
    },
    "/spaces": async () => {
      const { spaces } = await client.fetchQuery({ ...spacesQuery, staleTime: staleMs });
      return within(spaces.map(({ id, name }) => ({ id, label: name, go: to("/spaces") })));
    },
    "/domains": async () => {
      const { domains } = await client.fetchQuery({ ...domainsQuery, staleTime: staleMs });
      return within(domains.map(({ id, name }) => ({ id, label: name, go: to(`/domains/${id}`) })));
    },
    "/invoices": async () => {
      const { invoices } = await client.fetchQuery({ ...invoicesQuery, staleTime: staleMs });
      const numbered = invoices.flatMap(({ id, number }) => (number === null ? [] : [{ id, label: number }]));
      return within(numbered.map((invoice) => ({ ...invoice, go: to(`/invoices/${invoice.id}`) })));
    },
  };
  const groups = await Promise.all(
    pages.map(async (page) => ({ label: page.label, entries: (await finders[page.to]?.()) ?? [] })),
  );
  return groups.filter(({ entries }) => entries.length > 0);
}
