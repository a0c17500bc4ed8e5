import type { TenantTx } from "@casaforte/platform/db";

type Finding = { finding: string };
const texts = (rows: readonly Finding[]): readonly string[] => rows.map((row) => row.finding);

export async function findBrokenPlaces(tx: TenantTx): Promise<readonly string[]> {
  return texts(
    await tx.sql<Finding[]>`
    select format('mailbox %s has UID %s but UIDNEXT %s', p.mailbox_id, p.uid, b.uidnext) as finding
    from mailbox_memberships p join mailbox_mailboxes b on b.tenant_id = p.tenant_id and b.id = p.mailbox_id
    where p.tenant_id = ${tx.tenantId} and (p.uid >= b.uidnext or p.uid < 1)
    union all select format('mailbox %s has UID %s both present and expunged', p.mailbox_id, p.uid)
    from mailbox_memberships p join mailbox_expunged e on e.tenant_id = p.tenant_id and e.mailbox_id = p.mailbox_id and e.uid = p.uid
    where p.tenant_id = ${tx.tenantId}
    union all select format('mailbox %s has UIDVALIDITY %s above its account''s %s', b.id, b.uidvalidity, a.uidvalidity)
    from mailbox_mailboxes b join mailbox_accounts a on a.tenant_id = b.tenant_id and a.id = b.account_id
    where b.tenant_id = ${tx.tenantId} and b.uidvalidity > a.uidvalidity limit 100`,
  );
}

export async function findMailboxCounts(tx: TenantTx): Promise<readonly string[]> {
  return texts(
    await tx.sql<Finding[]>`
    select format('mailbox %s says %s messages, %s unseen, %s bytes; its rows say %s, %s, %s',
      b.id, b.total, b.unseen, b.size_bytes, r.total, r.unseen, r.bytes) as finding
    from mailbox_mailboxes b cross join lateral (
      select count(*) as total, count(*) filter (where p.flags & 1 = 0) as unseen, coalesce(sum(p.size_bytes), 0) as bytes
      from mailbox_memberships p where p.tenant_id = b.tenant_id and p.mailbox_id = b.id) r
    where b.tenant_id = ${tx.tenantId} and (b.total <> r.total or b.unseen <> r.unseen or b.size_bytes <> r.bytes) limit 100`,
  );
}

export async function findAccountSums(tx: TenantTx): Promise<readonly string[]> {
  return texts(
    await tx.sql<Finding[]>`
    select format('mail account %s says %s bytes in %s messages; its rows say %s in %s', a.id, a.used_bytes, a.messages, r.bytes, r.messages) as finding
    from mailbox_accounts a cross join lateral (
      select coalesce(sum(m.size_bytes), 0) as bytes, count(*) as messages from mailbox_messages m
      where m.tenant_id = a.tenant_id and m.account_id = a.id) r
    where a.tenant_id = ${tx.tenantId} and (a.used_bytes <> r.bytes or a.messages <> r.messages) limit 100`,
  );
}

export async function findModseqFaults(tx: TenantTx): Promise<readonly string[]> {
  return texts(
    await tx.sql<Finding[]>`
    select format('mailbox %s is at modseq %s, its account at %s', b.id, greatest(b.highest_modseq, b.properties_modseq), a.modseq) as finding
    from mailbox_mailboxes b join mailbox_accounts a on a.tenant_id = b.tenant_id and a.id = b.account_id
    where b.tenant_id = ${tx.tenantId} and greatest(b.highest_modseq, b.properties_modseq) > a.modseq
    union all select format('mailbox %s is at modseq %s, a message in it at %s', b.id, b.highest_modseq, p.modseq)
    from mailbox_memberships p join mailbox_mailboxes b on b.tenant_id = p.tenant_id and b.id = p.mailbox_id
    where p.tenant_id = ${tx.tenantId} and p.modseq > b.highest_modseq
    union all select format('mailbox %s has UID %s at modseq %s, of which its log of changes knows nothing', b.id, p.uid, p.modseq)
    from mailbox_memberships p join mailbox_mailboxes b on b.tenant_id = p.tenant_id and b.id = p.mailbox_id
    join mailbox_accounts a on a.tenant_id = b.tenant_id and a.id = b.account_id
    left join (select c.mailbox_id, c.modseq, u.uid from mailbox_changes c cross join lateral unnest(c.uids) as u (uid)
      where c.tenant_id = ${tx.tenantId}) l on l.mailbox_id = p.mailbox_id and l.modseq = p.modseq and l.uid = p.uid
    where p.tenant_id = ${tx.tenantId} and p.modseq > a.pruned_modseq and l.uid is null
    union all select format('mailbox %s is at modseq %s, a tombstone of it at %s', b.id, b.highest_modseq, e.modseq)
    from mailbox_expunged e join mailbox_mailboxes b on b.tenant_id = e.tenant_id and b.id = e.mailbox_id
    where e.tenant_id = ${tx.tenantId} and e.modseq > b.highest_modseq limit 100`,
  );
}

export async function findStrayRows(tx: TenantTx): Promise<readonly string[]> {
  return texts(
    await tx.sql<Finding[]>`
    select format('mailbox %s has UID %s of message %s, which is not there', p.mailbox_id, p.uid, p.message_id) as finding
    from mailbox_memberships p where p.tenant_id = ${tx.tenantId}
      and not exists (select 1 from mailbox_messages m where m.tenant_id = p.tenant_id and m.id = p.message_id)
    union all select format('UID %s lies in mailbox %s, which is not there', p.uid, p.mailbox_id)
    from mailbox_memberships p where p.tenant_id = ${tx.tenantId}
      and not exists (select 1 from mailbox_mailboxes b where b.tenant_id = p.tenant_id and b.id = p.mailbox_id)
    union all select format('message %s lies in no mailbox', m.id)
    from mailbox_messages m where m.tenant_id = ${tx.tenantId}
      and not exists (select 1 from mailbox_memberships p where p.tenant_id = m.tenant_id and p.message_id = m.id)
    union all select format('message %s belongs to mail account %s, which is not there', m.id, m.account_id)
    from mailbox_messages m where m.tenant_id = ${tx.tenantId}
      and not exists (select 1 from mailbox_accounts a where a.tenant_id = m.tenant_id and a.id = m.account_id)
    union all select format('message %s of account %s lies in a mailbox of account %s', m.id, m.account_id, b.account_id)
    from mailbox_memberships p join mailbox_messages m on m.tenant_id = p.tenant_id and m.id = p.message_id
      join mailbox_mailboxes b on b.tenant_id = p.tenant_id and b.id = p.mailbox_id
    where p.tenant_id = ${tx.tenantId} and b.account_id <> m.account_id limit 100`,
  );
}

export async function findContentFaults(tx: TenantTx): Promise<readonly string[]> {
  return texts(
    await tx.sql<Finding[]>`
    select format('message %s has no content row for blob %s', m.id, m.blob_id) as finding
    from mailbox_messages m where m.tenant_id = ${tx.tenantId}
      and not exists (select 1 from mailbox_contents c where c.tenant_id = m.tenant_id and c.blob_id = m.blob_id)
    union all select format('message %s of %s bytes has a blob of %s bytes', m.id, m.size_bytes, c.size_bytes)
    from mailbox_messages m join mailbox_contents c on c.tenant_id = m.tenant_id and c.blob_id = m.blob_id
    where m.tenant_id = ${tx.tenantId} and c.size_bytes <> m.size_bytes
    union all select format('blob %s waits for the collector but message %s uses it', c.blob_id, m.id)
    from mailbox_contents c join mailbox_messages m on m.tenant_id = c.tenant_id and m.blob_id = c.blob_id
    where c.tenant_id = ${tx.tenantId} and c.unreferenced_at is not null
    union all select format('blob %s has no search text', c.blob_id)
    from mailbox_contents c where c.tenant_id = ${tx.tenantId}
      and not exists (select 1 from mailbox_search s where s.tenant_id = c.tenant_id and s.blob_id = c.blob_id) limit 100`,
  );
}

export async function findUnequalFlags(tx: TenantTx): Promise<readonly string[]> {
  return texts(
    await tx.sql<Finding[]>`
    select format('message %s has different flags in different mailboxes', p.message_id) as finding
    from mailbox_memberships p where p.tenant_id = ${tx.tenantId}
    group by p.message_id having count(distinct (p.flags, p.keywords)) > 1 limit 100`,
  );
}

export async function findHeldWithoutBytes(tx: TenantTx): Promise<readonly string[]> {
  return texts(
    await tx.sql<Finding[]>`
    select format('submission %s waits to be sent, and nothing is known of its blob %s', s.id, s.blob_id) as finding
    from mailbox_submissions s where s.tenant_id = ${tx.tenantId} and s.state = 'pending' and s.blob_id is not null
      and not exists (select 1 from mailbox_contents c where c.tenant_id = s.tenant_id and c.blob_id = s.blob_id) limit 100`,
  );
}
