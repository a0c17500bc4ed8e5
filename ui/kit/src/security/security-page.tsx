import { Button, Divider, Group, Stack, Text, Title } from "@mantine/core";
import { useEffect, useState } from "react";
import { auth } from "../auth-api.ts";
import { LoadingState, ProblemAlert } from "../components/states.tsx";
import { useTranslate } from "../i18n/i18n.ts";
import { AppPasswordSection } from "./app-password-section.tsx";
import { LoginSection } from "./login-section.tsx";
import { PasskeySection } from "./passkey-section.tsx";
import { PasswordSection } from "./password-section.tsx";
import { PersonSection } from "./person-section.tsx";
import { ProgramSection } from "./program-section.tsx";
import { RecoveryAddressSection } from "./recovery-address-section.tsx";
import { RecoveryCodes } from "./recovery-codes.tsx";
import { security } from "./security-api.ts";
import { SessionSection } from "./session-section.tsx";
import { TotpSection } from "./totp-section.tsx";
import { useGuarded } from "./use-guarded.tsx";
import { useReread } from "./use-reread.ts";

export interface SecurityPageProps {
  /** Mail accounts have passwords for mail programs; console users have not. */
  readonly withAppPasswords?: boolean;
  /** Called once the session may do everything, after the recovery codes were saved. */
  readonly onUnrestricted?: () => void;
}

/** Everything about how this person signs in, the same in every app. */
export function SecurityPage({ withAppPasswords = false, onUnrestricted }: SecurityPageProps) {
  const t = useTranslate();
  const [session, reread] = useReread(auth.session);
  const { run, dialog } = useGuarded();
  const [codes, setCodes] = useState<readonly string[] | null>(null);
  const [error, setError] = useState<unknown>(null);
  const isFree = session !== null && !session.mustEnrol && codes === null;
  useEffect(() => {
    if (isFree) onUnrestricted?.();
  }, [isFree, onUnrestricted]);
  if (session === null) return <LoadingState />;
  const factor = {
    session,
    run,
    onChanged: reread,
    onFactorOn: (on: { readonly recoveryCodes: readonly string[] | null }) => {
      if (on.recoveryCodes !== null) setCodes(on.recoveryCodes);
      reread();
    },
  };
  const renew = async (): Promise<void> => {
    setError(null);
    try {
      setCodes((await run(security.newRecoveryCodes)).recoveryCodes);
    } catch (problem) {
      setError(problem);
    }
  };
  return (
    <section>
      <Title order={2} mb={4}>
        {t("security.title")}
      </Title>
      <Text c="dimmed" mb="md">
        {t("security.intro")}
      </Text>
      <Stack gap="lg">
        <TotpSection {...factor} />
        <Divider />
        <PasskeySection {...factor} />
        {session.hasTotp || session.hasPasskey ? (
          <>
            <Divider />
            <Group justify="space-between">
              <Text fw={600}>{t("security.recovery.title")}</Text>
              <Button variant="default" onClick={() => void renew()}>
                {t("security.recovery.new")}
              </Button>
            </Group>
            <ProblemAlert error={error} />
          </>
        ) : null}
        <Divider />
        {withAppPasswords ? (
          <>
            <AppPasswordSection run={run} />
            <Divider />
            <ProgramSection run={run} />
            <Divider />
          </>
        ) : null}
        <PasswordSection run={run} withAppPasswords={withAppPasswords} />
        {session.realm !== "mail" || session.mustEnrol ? null : (
          <>
            <Divider />
            <RecoveryAddressSection run={run} />
          </>
        )}
        {session.realm === "mail" || session.mustEnrol ? null : (
          <>
            <Divider />
            <LoginSection run={run} login={session.login} />
          </>
        )}
        <Divider />
        <SessionSection />
        {session.mustEnrol ? null : (
          <>
            <Divider />
            <PersonSection session={session} run={run} onChanged={reread} />
          </>
        )}
      </Stack>
      {codes === null ? null : <RecoveryCodes codes={codes} onDone={() => setCodes(null)} />}
      {dialog}
    </section>
  );
}
