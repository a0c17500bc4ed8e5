import { Menu, Stack, UnstyledButton } from "@mantine/core";
import { auth } from "../auth-api.ts";
import { LanguageSwitch, SchemeSwitch } from "../components/preference-switches.tsx";
import { useTranslate } from "../i18n/i18n.ts";
import type { AccountMenuProps } from "./account-menu-props.ts";

/** The menu itself, open from the start; in a chunk of its own, because what places it on the page is heavy. */
export function AccountMenuOpen({ session, onSignedOut }: AccountMenuProps) {
  const t = useTranslate();
  const leave = async (): Promise<void> => {
    await auth.signOut();
    onSignedOut();
  };
  return (
    <Menu position="bottom-end" width={300} closeOnItemClick={false} defaultOpened>
      <Menu.Target>
        <UnstyledButton px="sm" py={6} className="cf-account">
          <span>{session.displayName || session.login}</span>
          <span aria-hidden>▾</span>
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        {session.displayName ? <Menu.Label pb={0}>{session.displayName}</Menu.Label> : null}
        <Menu.Label>{session.login}</Menu.Label>
        <Stack gap="xs" p="xs">
          <LanguageSwitch />
          <SchemeSwitch />
        </Stack>
        <Menu.Divider />
        <Menu.Item onClick={() => void leave()}>{t("signIn.signOut")}</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
