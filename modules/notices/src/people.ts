import { type Actor, Failure, newId, providerTenantId } from "@casaforte/kernel";
import { recordAudit } from "@casaforte/modules/audit";
import type { TenantTx } from "@casaforte/platform/db";
import { noticeLimits } from "./limits.ts";
import { linkToken, linkUrl, openLink } from "./links.ts";
import { partName } from "./part-name.ts";
import type { NoticeServices } from "./services.ts";
import {
  confirmContact,
  confirmSubscriber,
  countSubscribers,
  deleteContact,
  deleteSubscriber,
  deleteUnconfirmed,
  insertAsk,
  insertContact,
  selectContacts,
  upsertSubscriber,
} from "./store-people.ts";
import type { Contact, ContactId, ContactPurpose, Recipient, SubscribedPart, SubscriberId } from "./types.ts";

const program: Actor = { kind: "system", name: "notices" };

const asks = {
  it: {
    contact: (provider: string) => [
      `Conferma: avvisi di ${provider}`,
      `Questo indirizzo è stato indicato per ricevere avvisi di ${provider}. Per confermare apri la pagina e premi il pulsante; se non te l'aspettavi, ignora questo messaggio.`,
    ],
    subscribe: (provider: string, part: string) => [
      `Conferma: stato dei servizi di ${provider}`,
      `Qualcuno, forse tu, ha chiesto di ricevere qui gli avvisi sullo stato dei servizi di ${provider}.\n\nDi che cosa: ${part}\n\nSe li ricevi già, questa scelta prende il posto di quella di prima. Per confermare apri la pagina e premi il pulsante; altrimenti ignora questo messaggio.`,
    ],
  },
  en: {
    contact: (provider: string) => [
      `Confirm: notices of ${provider}`,
      `This address was named to receive notices of ${provider}. To confirm, open the page and press the button; if you did not expect this, ignore the message.`,
    ],
    subscribe: (provider: string, part: string) => [
      `Confirm: status of ${provider}`,
      `Somebody, perhaps you, asked to receive notices about the services of ${provider} here.\n\nAbout: ${part}\n\nIf you receive them already, this choice takes the place of the one before. To confirm, open the page and press the button; otherwise ignore the message.`,
    ],
  },
} as const;

async function ask(
  tx: TenantTx,
  to: Recipient & { readonly id: ContactId | SubscriberId; readonly part?: SubscribedPart },
  services: NoticeServices,
): Promise<void> {
  const { address, language, id, part } = to;
  const said = asks[language];
  const [subject = "", text = ""] = part
    ? said.subscribe(services.providerName, partName(part, language, services))
    : said.contact(services.providerName);
  const about = { tenantId: tx.tenantId, id, ...(part ? { part } : {}) };
  const url = linkUrl(services, linkToken(services, part ? "subscribe" : "contact", about));
  await services.mail(tx, { to: address, language, subject, text: `${text}\n\n${url}` });
}

/**
 * Names whom to write to for a purpose; he is asked first, and written to only when he has said yes (R102).
 * @throws conflict `notices.contact_exists`, `notices.contacts_full`, rate_limited `notices.too_many_asks`.
 */
export async function addContact(
  tx: TenantTx,
  actor: Actor,
  input: Recipient & { readonly purpose: ContactPurpose },
  services: NoticeServices,
): Promise<Contact> {
  const { clock, random } = services;
  if ((await selectContacts(tx)).length >= noticeLimits.contactsMax)
    throw new Failure("conflict", "notices.contacts_full", "there are as many contacts as there may be");
  const contact: Contact = {
    ...input,
    tenantId: tx.tenantId,
    id: newId<ContactId>(clock, random),
    askedAt: new Date(clock.nowMs()),
    confirmedAt: null,
    bouncedAt: null,
    bounceReply: null,
  };
  if (!(await insertContact(tx, contact)))
    throw new Failure("conflict", "notices.contact_exists", "this address serves this purpose already");
  await recordAudit(tx, actor, {
    action: "notices.contact_added",
    object: { kind: "contact", id: contact.id },
    details: { purpose: input.purpose, address: input.address },
  });
  const since = new Date(clock.nowMs() - noticeLimits.dayMs);
  if (!(await insertAsk(tx, contact, { since, max: noticeLimits.contactAsksMax })))
    throw new Failure("rate_limited", "notices.too_many_asks", "too many were asked today; try tomorrow");
  await ask(tx, contact, services);
  return contact;
}

/** @throws not_found `notices.not_found`. */
export async function removeContact(tx: TenantTx, actor: Actor, id: ContactId): Promise<void> {
  if (!(await deleteContact(tx, id))) throw new Failure("not_found", "notices.not_found", "there is no such contact");
  await recordAudit(tx, actor, { action: "notices.contact_removed", object: { kind: "contact", id } });
}

/**
 * A stranger asks for the status page's mails; the answer is the same whoever is known, and one address is asked at most
 * once a day, also by requests that come together (R29). Where too many wait, the one asked first is forgotten: a full list
 * shuts nobody out. `part`: the one to hear of; every part when absent. It counts once it is confirmed: who is subscribed
 * already keeps until then what he chose before.
 */
export async function askToSubscribe(
  services: NoticeServices,
  input: Recipient & { readonly part?: SubscribedPart },
): Promise<void> {
  const { db, clock, random } = services;
  const { part = { service: null, siteId: null }, ...recipient } = input;
  await db.tenant(providerTenantId, async (tx) => {
    const nowMs = clock.nowMs();
    await deleteUnconfirmed(tx, new Date(nowMs - noticeLimits.unconfirmedKeptMs));
    if ((await countSubscribers(tx)) >= noticeLimits.subscribersMax) return;
    const known = { id: newId<SubscriberId>(clock, random), askedAt: new Date(nowMs), confirmedAt: null };
    const wanted = { ...recipient, ...part, ...known };
    const id = await upsertSubscriber(tx, wanted, new Date(nowMs - noticeLimits.askedAgainAfterMs));
    if (id !== null) await ask(tx, { ...recipient, id, part }, services);
  });
}

/** Does what a mailed link is for. @throws not_found `notices.link`. */
export async function followLink(
  services: NoticeServices,
  token: string,
): Promise<"contact" | "subscribe" | "unsubscribe"> {
  const link = openLink(services, token);
  const gone = () => new Failure("not_found", "notices.link", "this link is not valid any more");
  if (link === null) throw gone();
  const { kind, tenantId, id, part } = link;
  const at = new Date(services.clock.nowMs());
  await services.db.tenant(tenantId, async (tx) => {
    if (kind === "unsubscribe") return deleteSubscriber(tx, id as SubscriberId);
    const isKnown =
      kind === "contact"
        ? await confirmContact(tx, id as ContactId, at)
        : await confirmSubscriber(tx, id as SubscriberId, { at, part });
    if (!isKnown) throw gone();
    if (kind === "contact")
      await recordAudit(tx, program, { action: "notices.contact_confirmed", object: { kind: "contact", id } });
  });
  return kind;
}

/** For other modules: the confirmed contacts of a purpose that mail reaches. */
export { selectConfirmed as confirmedContacts } from "./store-people.ts";
