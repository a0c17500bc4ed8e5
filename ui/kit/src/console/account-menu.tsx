import { Menu, Stack, UnstyledButton } from "@mantine/core";
import { auth, type SessionReply } from "../auth-api.ts";
import { LanguageSwitch, SchemeSwitch } from "../components/preference-switches.tsx";
import { useTranslate } from "../i18n/i18n.ts";

/** Behind the person's name in the corner: language, appearance, the way out. */
export function AccountMenu({
  session,
  onSignedOut,
}: {
  readonly session: SessionReply;
  readonly onSignedOut: () => void;
}) {
  const t = useTranslate();
  const leave = async (): Promise<void> => {
    await auth.signOut();
    onSignedOut();
  };
  return (
    <Menu position="bottom-end" width={300} closeOnItemClick={false}>
      <Menu.Target>
        <UnstyledButton px="sm" py={6} className="cf-account">
          {session.displayName || session.login} <span aria-hidden>▾</span>
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
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
