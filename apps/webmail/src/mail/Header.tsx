import { auth, Brand } from "@casaforte/ui-kit";
import { ActionIcon, Menu } from "@mantine/core";
import type { RefObject } from "react";
import { Icon } from "../icons.tsx";
import type { MailClient } from "../jmap/client.ts";
import { forgetPush } from "../push/push-address.ts";
import { go } from "../route.ts";
import { useT } from "../translate.ts";
import { SearchBox } from "./SearchBox.tsx";

export interface HeaderProps {
  readonly client: MailClient;
  readonly search: string | null;
  readonly searchInput: RefObject<HTMLInputElement | null>;
  readonly onSearch: (text: string | null) => void;
  readonly isMenuOpen: boolean;
  readonly onMenu: () => void;
  readonly onHelp: () => void;
  readonly onSignedOut: () => void;
}

/** Brand, search, help and the person's menu. */
export function Header(props: HeaderProps) {
  const t = useT();
  const signOut = async (): Promise<void> => {
    await auth.signOut().catch(() => undefined);
    // Not waited for: a push service that is away keeps nobody signed in.
    void forgetPush();
    props.onSignedOut();
  };
  return (
    <header className="wm-header">
      <ActionIcon
        variant="subtle"
        color="gray"
        className="wm-menu"
        aria-label={t("kit.menu")}
        aria-expanded={props.isMenuOpen}
        onClick={props.onMenu}
      >
        <Icon name="menu" />
      </ActionIcon>
      <Brand product="Mail" />
      <SearchBox value={props.search} inputRef={props.searchInput} onSearch={props.onSearch} />
      <div className="wm-header-end">
        <ActionIcon variant="subtle" color="gray" aria-label={t("help.title")} onClick={props.onHelp}>
          <Icon name="help" />
        </ActionIcon>
        <Menu position="bottom-end">
          <Menu.Target>
            <ActionIcon variant="subtle" color="gray" aria-label={t("settings.account")}>
              <Icon name="settings" />
            </ActionIcon>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Label>{props.client.transport.session.username}</Menu.Label>
            <Menu.Item leftSection={<Icon name="settings" />} onClick={() => go({ screen: "settings" })}>
              {t("settings.title")}
            </Menu.Item>
            <Menu.Item leftSection={<Icon name="trash" />} onClick={() => go({ screen: "recover" })}>
              {t("kit.recover.title")}
            </Menu.Item>
            <Menu.Item leftSection={<Icon name="out" />} onClick={() => void signOut()}>
              {t("signIn.signOut")}
            </Menu.Item>
          </Menu.Dropdown>
        </Menu>
      </div>
    </header>
  );
}
