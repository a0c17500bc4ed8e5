import type { PersonData } from "@casaforte/contract/person";
import type { MailAccountId } from "@casaforte/kernel";
import { type AuditEntry, csvCell, listAudit } from "@casaforte/modules/audit";
import { listAcceptances } from "@casaforte/modules/catalogue";
import { type Identity, readPrincipal, type Session } from "@casaforte/modules/identity";
import { readMailAccount } from "@casaforte/modules/mailbox";
import { listNotesBy } from "@casaforte/modules/tenancy";
import { ticketsOfPerson } from "@casaforte/modules/tickets";
import type { TenantTx } from "@casaforte/platform/db";

type Value = string | number | boolean | null;
type Fields = Readonly<Record<string, Value | Date | undefined>>;

/** Log entries of one person in one file; the newest count. */
const logEntriesMax = 10_000;
const pageCount = 500;

const plain = (fields: Fields): Record<string, Value> =>
  Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [
      name,
      value instanceof Date ? value.toISOString() : (value ?? null),
    ]),
  );

/** Entries by the person, and by others about the account: then who that was and from where is not told (R80). */
async function logOf(tx: TenantTx, id: string): Promise<Fields[]> {
  const found = new Map<string, AuditEntry>();
  for (const filter of [{ actorId: id }, { objectKind: "principal", objectId: id }]) {
    let cursor: string | null = null;
    do {
      const at: string | null = cursor;
      const page = await listAudit(tx, {
        ...{ tenantId: tx.tenantId, count: pageCount, ...filter },
        ...(at === null ? {} : { cursor: at }),
      });
      for (const entry of page.entries) found.set(entry.id, entry);
      cursor = page.nextCursor;
    } while (cursor !== null && found.size < logEntriesMax);
  }
  return [...found.values()]
    .sort((one, other) => other.at.getTime() - one.at.getTime())
    .map((entry) => {
      const isOwn = entry.actorId === id;
      return {
        at: entry.at,
        action: entry.action,
        by: isOwn ? "you" : entry.actorKind,
        from: isOwn ? entry.actorIp : null,
        about: entry.objectId === id ? "you" : entry.objectKind,
      };
    });
}

/**
 * What is kept about the person of a session, section by section: account, ways to sign in, sessions, log, tickets, what was
 * accepted, and an operator's notes about customers (GDPR, art. 15 and 20). Of nobody else: row by row it is chosen by this person's id (R80).
 */
export async function personData(identity: Identity, session: Session, nowMs: number): Promise<PersonData> {
  const { db } = identity.context;
  const sessions = await identity.listSessions(session);
  const passkeys = await identity.listPasskeys(session);
  const isMailbox = session.realm === "mail";
  const appPasswords = isMailbox ? await identity.listAppPasswords(session) : [];
  const programs = isMailbox ? await identity.listPrograms(session) : [];
  const recoveryAddress = isMailbox ? await identity.readRecoveryAddress(session) : null;
  const notes =
    session.realm === "operator"
      ? await db.operator((tx) => listNotesBy(tx, session.principalId), { readOnly: true })
      : [];
  return db.tenant(
    session.tenantId,
    async (tx) => {
      const id = session.principalId;
      const account = await readPrincipal(tx, id);
      const tickets =
        session.realm === "operator" ? [] : await ticketsOfPerson(tx, { principalId: id, address: account.login });
      const box = isMailbox
        ? await readMailAccount(tx, session.actor, { accountId: id as string as MailAccountId })
        : null;
      const sections: Record<string, readonly Fields[]> = {
        account: [
          {
            ...{ id, login: account.login, name: account.displayName, language: account.language },
            ...{ role: account.role, roles: account.operatorRoles.join(" ") || null, status: account.status },
            ...{ createdAt: account.createdAt, lastSignInAt: account.lastSignInAt, endsAt: account.endsAt },
            ...{ organisation: session.tenantName, recoveryAddress },
            hasAuthenticatorApp: session.hasTotp,
          },
        ],
        mailbox: box
          ? [
              {
                address: box.address,
                name: box.displayName,
                usedBytes: Number(box.usedBytes),
                quotaBytes: box.quotaBytes === null ? null : Number(box.quotaBytes),
                messages: "see “Export” in the settings of webmail",
              },
            ]
          : [],
        passkeys: passkeys.map(({ name, createdAt, lastUsedAt }) => ({ name, createdAt, lastUsedAt })),
        appPasswords: appPasswords.map(({ name, createdAt, lastUsedAt }) => ({ name, createdAt, lastUsedAt })),
        connectedPrograms: programs.map(({ name, protocols, connectedAt, lastUsedAt, lastUsedIp }) => ({
          ...{ name, protocols: protocols.join(" "), connectedAt, lastUsedAt, lastUsedIp },
        })),
        sessions: sessions.map(({ createdAt, lastSeenAt, expiresAt, ip, userAgent }) => ({
          ...{ createdAt, lastSeenAt, expiresAt, ip, userAgent },
        })),
        acceptances: (await listAcceptances(tx))
          .filter(({ principalId }) => principalId === id)
          .map(({ documentId, version, sha256, language, ip, at }) => ({
            ...{ document: documentId, version, sha256, language, ip, at },
          })),
        tickets: tickets.flatMap(({ ticket, isOwn, entries }) =>
          entries.map(({ author, authorId, body, at }) => ({
            ...{ number: Number(ticket.number), subject: isOwn ? ticket.subject : null, state: ticket.state, at },
            by: author === "customer" && (authorId === null || authorId === id) ? "you" : author,
            text: body,
          })),
        ),
        notes: notes.map(({ tenantId, text, writtenAt, changedAt }) => ({
          ...{ customer: tenantId, text, writtenAt, changedAt },
        })),
        log: await logOf(tx, id),
      };
      return {
        madeAt: new Date(nowMs).toISOString(),
        sections: Object.fromEntries(
          Object.entries(sections).map(([name, records]) => [name, records.map((record) => plain(record))]),
        ),
      };
    },
    { readOnly: true },
  );
}

/** The same as a table: section, number of the record, field, value. RFC 4180; formulas are defused. */
export function personCsv({ sections }: PersonData): string {
  const rows = [["section", "record", "field", "value"]];
  for (const [section, records] of Object.entries(sections))
    for (const [index, record] of records.entries())
      for (const [field, value] of Object.entries(record))
        if (value !== null) rows.push([section, String(index + 1), field, String(value)]);
  return rows.map((row) => `${row.map(csvCell).join(",")}\r\n`).join("");
}
