import type { Actor, Clock, MailAccountId } from "@casaforte/kernel";
import type { TenantTx } from "@casaforte/platform/db";
import { formatRules, parseRules, type Rule } from "@casaforte/sieve/rules";
import { activateScript, listScripts, putScript } from "./scripts.ts";

/** What the rule editor shows. */
export interface RulesView {
  /** Null: the active script was written by hand; `script` shows it. */
  readonly rules: readonly Rule[] | null;
  readonly activeScript: { readonly name: string; readonly content: string } | null;
}

const editorScript = "rules";

/** The active script as rules; without an active one, the editor's rules as last saved. */
export async function readRules(tx: TenantTx, accountId: MailAccountId): Promise<RulesView> {
  const scripts = await listScripts(tx, accountId);
  const active = scripts.find(({ isActive }) => isActive) ?? null;
  const activeScript = active && { name: active.name, content: active.content };
  if (active) return { rules: parseRules(active.content), activeScript };
  const saved = scripts.find(({ content }) => parseRules(content) !== null);
  return { rules: saved ? parseRules(saved.content) : [], activeScript: null };
}

/**
 * Stores rules and makes them the active script. A script that was written or changed by hand is never overwritten: the
 * rules then take another name beside it. @throws as `putScript`.
 */
export async function saveRules(
  tx: TenantTx,
  actor: Actor,
  input: { readonly accountId: MailAccountId; readonly rules: readonly Rule[] },
  services: { readonly clock: Clock },
): Promise<void> {
  const { accountId, rules } = input;
  const scripts = await listScripts(tx, accountId);
  const isFree = (name: string): boolean => {
    const known = scripts.find((script) => script.name === name);
    return known === undefined || parseRules(known.content) !== null;
  };
  let name = editorScript;
  for (let number = 2; !isFree(name); number++) name = `${editorScript} ${number}`;
  await putScript(tx, actor, { accountId, name, content: formatRules(rules) }, services);
  await activateScript(tx, actor, { accountId, name });
}
