import { Button, Stack, Text, Title } from "@mantine/core";
import { useState } from "react";
import { ProblemAlert } from "../components/states.tsx";
import { links } from "./link-api.ts";
import { LinkNote, useLinkText } from "./link-frame.tsx";
import type { TokenPageProps } from "./token-page-props.ts";
import { useLinkForm } from "./use-link-form.ts";

/** Confirms a new sign-in address. */
export const ConfirmAddress = (props: TokenPageProps) => <Confirm {...props} what="address" />;

/** Confirms the address that a mailbox's link for a forgotten password goes to. */
export const ConfirmRecovery = (props: TokenPageProps) => <Confirm {...props} what="recovery" />;

const confirmers = { address: links.confirmAddress, recovery: links.confirmRecovery };

/** By a click and not by opening alone: programs that look at mails open links too. */
function Confirm({ token, onLeave, what }: TokenPageProps & { readonly what: keyof typeof confirmers }) {
  const t = useLinkText();
  const [login, setLogin] = useState<string | null>(null);
  const form = useLinkForm(async () => setLogin((await confirmers[what](token)).login));
  if (form.isDead)
    return (
      <LinkNote title={t("links.dead")} action={t("links.toSignIn")} onAction={onLeave}>
        {t(`links.${what}.dead`)}
      </LinkNote>
    );
  if (login !== null)
    return (
      <LinkNote title={t(`links.${what}.done`)} action={t("kit.continue")} onAction={onLeave}>
        {t(`links.${what}.doneHint`, { login })}
      </LinkNote>
    );
  return (
    <form onSubmit={(event) => void form.submit(event)}>
      <Stack>
        <Title order={1}>{t(`links.${what}.title`)}</Title>
        <Text>{t(`links.${what}.intro`)}</Text>
        <ProblemAlert error={form.error} />
        <Button type="submit" loading={form.isBusy} fullWidth autoFocus>
          {t(`links.${what}.submit`)}
        </Button>
      </Stack>
    </form>
  );
}
