import { Text } from "@mantine/core";
import { Icon } from "../icons.tsx";
import type { MailClient } from "../jmap/client.ts";
import { go } from "../route.ts";
import { useT } from "../translate.ts";

export interface SharedAccountsProps {
  readonly client: MailClient;
  readonly onEnter: (client: MailClient) => void;
  readonly onTrouble: (error: unknown) => void;
}

/** One's own mail and what others share, to change between them; nothing where nothing is shared. */
export function SharedAccounts({ client, onEnter, onTrouble }: SharedAccountsProps) {
  const t = useT();
  const accounts = Object.entries(client.transport.session.accounts);
  const others = accounts.filter(([, { isPersonal }]) => !isPersonal);
  if (others.length === 0) return null;
  const own = accounts.filter(([id]) => id === client.home.accountId);
  const enter = async (accountId: string): Promise<void> => {
    try {
      const entered = await client.enter(accountId);
      // What the address bar names lies in the account that is left.
      go({});
      onEnter(entered);
    } catch (error) {
      onTrouble(error);
    }
  };
  return (
    <section aria-labelledby="wm-shared">
      <Text id="wm-shared" component="h2" size="xs" fw={600} c="dimmed" mt="md" mb={4} px="xs">
        {t("mail.shared")}
      </Text>
      <ul className="wm-mailboxes">
        {[...own, ...others].map(([id, { name, isPersonal }]) => (
          <li key={id}>
            <button
              type="button"
              className="wm-mailbox wm-account"
              aria-current={id === client.accountId ? "true" : undefined}
              title={name}
              onClick={() => void enter(id)}
            >
              <Icon name={isPersonal ? "inbox" : "people"} />
              <span className="wm-mailbox-name">{isPersonal ? t("mail.shared.own") : name}</span>
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
