import { Alert, Button, Group, Stack, Text, Title } from "@mantine/core";
import { auth, type SessionReply } from "../auth-api.ts";
import { Brand } from "../components/brand.tsx";
import { LanguageSwitch } from "../components/preference-switches.tsx";
import { useTranslate } from "../i18n/i18n.ts";
import { SecurityPage } from "./security-page.tsx";

export interface MustEnrolProps {
  /** Beside the brand: `Console`. */
  readonly product: string;
  readonly session: SessionReply;
  /** The session is no longer restricted and the recovery codes were saved. */
  readonly onEnrolled: () => void;
  readonly onSignedOut: () => void;
}

/** In place of the app while the session may do nothing but set up a second step (R52). */
export function MustEnrol({ product, session, onEnrolled, onSignedOut }: MustEnrolProps) {
  const t = useTranslate();
  const leave = async (): Promise<void> => {
    await auth.signOut();
    onSignedOut();
  };
  return (
    <div className="cf-enrol">
      <Group component="header" justify="space-between" mb="xl">
        <Brand product={product} />
        <Group gap="sm">
          <LanguageSwitch />
          <Button variant="default" size="xs" onClick={() => void leave()}>
            {t("signIn.signOut")}
          </Button>
        </Group>
      </Group>
      <Stack component="main">
        <Title order={1}>{t("security.mustEnrol.title")}</Title>
        <Alert color="orange" variant="light">
          <Text c="var(--mantine-color-text)">
            {session.realm === "operator"
              ? t("security.mustEnrol.operator")
              : t("security.mustEnrol.tenant", { tenant: session.tenantName })}
          </Text>
        </Alert>
        <SecurityPage onUnrestricted={onEnrolled} />
      </Stack>
    </div>
  );
}
