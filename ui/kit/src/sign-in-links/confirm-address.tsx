import { Button, Stack, Text, Title } from "@mantine/core";
import { useState } from "react";
import { ProblemAlert } from "../components/states.tsx";
import { links } from "./link-api.ts";
import { LinkNote, useLinkText } from "./link-frame.tsx";
import type { TokenPageProps } from "./token-page-props.ts";
import { useLinkForm } from "./use-link-form.ts";

/** Confirms a new sign-in address, by a click and not by opening alone: programs that look at mails open links too. */
export function ConfirmAddress({ token, onLeave }: TokenPageProps) {
  const t = useLinkText();
  const [login, setLogin] = useState<string | null>(null);
  const form = useLinkForm(async () => setLogin((await links.confirmAddress(token)).login));
  if (form.isDead)
    return (
      <LinkNote title={t("links.dead")} action={t("links.toSignIn")} onAction={onLeave}>
        {t("links.address.dead")}
      </LinkNote>
    );
  if (login !== null)
    return (
      <LinkNote title={t("links.address.done")} action={t("kit.continue")} onAction={onLeave}>
        {t("links.address.doneHint", { login })}
      </LinkNote>
    );
  return (
    <form onSubmit={(event) => void form.submit(event)}>
      <Stack>
        <Title order={1}>{t("links.address.title")}</Title>
        <Text>{t("links.address.intro")}</Text>
        <ProblemAlert error={form.error} />
        <Button type="submit" loading={form.isBusy} fullWidth autoFocus>
          {t("links.address.submit")}
        </Button>
      </Stack>
    </form>
  );
}
