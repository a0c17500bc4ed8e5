import { ApiProblem } from "@casaforte/ui-kit";
import { useMemo } from "react";
import type { MailClient } from "../jmap/client.ts";
import { changeEmails, destroyEmails, type EmailPatch } from "../jmap/mutations.ts";
import type { MessageId } from "../translate.ts";
import { mailboxOfRole, targetIds } from "./targets.ts";

/** Something to say at the foot of the page, perhaps with a way back. */
export interface Toast {
  readonly id: MessageId;
  readonly values?: Readonly<Record<string, string | number>>;
  readonly undo?: () => Promise<void>;
  readonly error?: unknown;
}

export interface ActionContext {
  readonly client: MailClient;
  readonly mailboxId: string | null;
  readonly isWhole: boolean;
  readonly notify: (toast: Toast | null) => void;
}

/** What can be done to rows of a list. Each shows at once; a refusal puts it back and says why. */
export function useActions({ client, mailboxId, isWhole, notify }: ActionContext) {
  return useMemo(() => {
    const { store } = client;
    const run = async (
      rows: readonly string[],
      patch: EmailPatch,
      done: { readonly id: MessageId; readonly name?: string } | null,
    ): Promise<void> => {
      const ids = targetIds(store.state, rows, mailboxId, isWhole);
      if (ids.length === 0) return;
      const isQuiet = done === null;
      try {
        const settled = changeEmails(client, ids, patch);
        if (!isQuiet) {
          notify({
            id: done.id,
            values: { count: rows.length, name: done.name ?? "" },
            undo: async () => {
              await (await settled).undo();
            },
          });
        }
        await settled;
      } catch (error) {
        notify({ id: "kit.error.title", error });
      }
    };
    const moveToRole = async (rows: readonly string[], role: string, id: MessageId): Promise<void> => {
      const target = mailboxOfRole(store.state, role);
      if (target !== undefined) return run(rows, { mailboxIds: { [target.id]: true } }, { id });
      notify({ id: "kit.error.title", error: new ApiProblem(404, "mailbox.not_found", `no mailbox of role ${role}`) });
    };
    return {
      archive: (rows: readonly string[]) => moveToRole(rows, "archive", "mail.done.archived"),
      trash: (rows: readonly string[]) => moveToRole(rows, "trash", "mail.done.trashed"),
      junk: (rows: readonly string[]) => moveToRole(rows, "junk", "mail.done.junked"),
      notJunk: (rows: readonly string[]) => moveToRole(rows, "inbox", "mail.done.moved"),
      move: (rows: readonly string[], target: string, name: string) =>
        run(rows, { mailboxIds: { [target]: true } }, { id: "mail.done.moved", name }),
      setKeyword: (rows: readonly string[], keyword: string, isSet: boolean) =>
        run(rows, { keywords: { [keyword]: isSet } }, null),
      destroy: async (rows: readonly string[]): Promise<void> => {
        const ids = targetIds(store.state, rows, mailboxId, isWhole);
        try {
          if (ids.length === 0) throw new ApiProblem(404, "mailbox.message_not_found", "none of them is here any more");
          await destroyEmails(client, ids);
          notify({ id: "mail.done.destroyed", values: { count: rows.length } });
        } catch (error) {
          client.lists.refresh();
          notify({ id: "kit.error.title", error });
        }
      },
    };
  }, [client, mailboxId, isWhole, notify]);
}

export type MailActions = ReturnType<typeof useActions>;
