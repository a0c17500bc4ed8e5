// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these strings are pieces of source.
import type { Sabotage } from "./sabotage.ts";

/** Sign-in, second factors, invitations, approvals, the audit chain. */
export const access: readonly Sabotage[] = [
  {
    rows: [76],
    what: "a recovery address outlives the password that an administrator set",
    file: "modules/identity/src/manage-principal.ts",
    find: "  await forgetRecoveryAddress(ctx, tx, before, actor);\n",
    replace: "",
    test: {
      file: "modules/identity/src/recovery-address.test.ts",
      name: "R76: a password set by an administrator",
    },
  },
  {
    rows: [50],
    what: "a policy compares with nothing",
    file: "platform/db/sql/0001_base.sql",
    find: "create policy tenant on %s to cf_app using (tenant_id = (select nullif(current_setting(''app.tenant_id'', true), '''')::uuid)) '",
    replace: "create policy tenant on %s to cf_app using (true) '",
    test: { file: "modules/identity/src/tenant-matrix.test.ts", name: "R50: no statement of one tenant" },
  },
  {
    rows: [52],
    what: "a used step may be used again",
    file: "modules/identity/src/store-factors.ts",
    find: "and principal_id = ${principalId} and last_step < ${step} returning principal_id",
    replace: "and principal_id = ${principalId} returning principal_id",
    test: { file: "modules/identity/src/second-factor.test.ts", name: "R52: a code works once" },
  },
  {
    rows: [53],
    what: "the main password works beside a second factor",
    file: "modules/identity/src/mail-login.ts",
    find: 'if (row.hasSecondFactor || row.appPasswordsOnly) return { kind: "app_password_required" };',
    replace: "",
    test: { file: "modules/identity/src/mail-login.test.ts", name: "R53: with a second factor" },
  },
  {
    rows: [59],
    what: "ten times as many guesses are free",
    file: "modules/identity/src/limits.ts",
    find: "brakeFreeTries: 10,",
    replace: "brakeFreeTries: 100,",
    test: { file: "modules/identity/src/brake.test.ts", name: "R59: sixty parallel tries" },
  },
  {
    rows: [76],
    what: "a link of the past is as good as a fresh one",
    file: "modules/identity/src/store-tokens.ts",
    find: "return row && row.expiresAt > now ? row : null;\n}\n\n/** Counts one try",
    replace: "return row ?? null;\n}\n\n/** Counts one try",
    test: { file: "modules/identity/src/account.test.ts", name: "R76: it lapses after thirty minutes" },
  },
  {
    rows: [75],
    what: "an invitation of the past is as good as a fresh one",
    file: "modules/identity/src/store-tokens.ts",
    find: "return row && row.expiresAt > now ? row : null;\n}\n\n/** Counts one try",
    replace: "return row ?? null;\n}\n\n/** Counts one try",
    test: { file: "modules/identity/src/account.test.ts", name: "R75: an invitation works once" },
  },
  {
    rows: [77],
    what: "a password change leaves the other sessions open",
    file: "modules/identity/src/password-change.ts",
    find: "    await deleteSessions(tx, session.principalId, session.sessionId);\n",
    replace: "",
    test: { file: "modules/identity/src/account.test.ts", name: "R77: a password change ends" },
  },
  {
    rows: [89],
    what: "a changed entry is not compared with its link",
    file: "modules/audit/src/store.ts",
    find: "when c.hash <> sha256(coalesce(lag(c.hash) over w, cut.hash, '\\\\x'::bytea) || audit_canonical(e)) then 'altered'",
    replace: "when false then 'altered'",
    test: { file: "modules/audit/src/audit.test.ts", name: "R89: one altered row" },
  },
  {
    rows: [91],
    what: "one operator may approve his own request",
    file: "modules/approvals/src/decide-approval.ts",
    find: 'if (isOwn !== (input.decision === "withdraw"))',
    replace: 'if (isOwn && input.decision === "refuse")',
    test: { file: "modules/approvals/src/approvals.test.ts", name: "R91: one person cannot complete it" },
  },
];
