import { Button, Stack, Text, Title } from "@mantine/core";
import { useState } from "react";
import { ProblemAlert } from "../components/states.tsx";
import type { ForgottenPasswordProps } from "./forgotten-password.tsx";
import { links } from "./link-api.ts";
import { LinkNote, useLinkText } from "./link-frame.tsx";
import { NewPassword } from "./new-password.tsx";
import type { TokenPageProps } from "./token-page-props.ts";
import { useLinkForm } from "./use-link-form.ts";

/** Sets a new password with a mailed link. It opens no session: the sign-in page follows (R76). */
export function ResetPassword({ token, realm, onLeave }: TokenPageProps & Pick<ForgottenPasswordProps, "realm">) {
  const t = useLinkText();
  const [password, setPassword] = useState("");
  const [login, setLogin] = useState<string | null>(null);
  const form = useLinkForm(async () => setLogin((await links.confirmReset(token, password)).login));
  if (form.isDead)
    return (
      <LinkNote
        title={t("links.dead")}
        action={t("links.reset.again")}
        onAction={() => location.assign("/forgot-password")}
      >
        {t("links.reset.dead")}
      </LinkNote>
    );
  if (login !== null)
    return (
      <LinkNote title={t("links.reset.done")} action={t("links.toSignIn")} onAction={onLeave}>
        {t(realm === "mail" ? "links.reset.mailboxDoneHint" : "links.reset.doneHint", { login })}
      </LinkNote>
    );
  return (
    <form onSubmit={(event) => void form.submit(event)}>
      <Stack>
        <div>
          <Title order={1}>{t("links.reset.title")}</Title>
          <Text mt={4}>{t(realm === "mail" ? "links.reset.mailboxIntro" : "links.reset.intro")}</Text>
        </div>
        <NewPassword value={password} onChange={setPassword} error={form.passwordError} autoFocus />
        <ProblemAlert error={form.error} />
        <Button type="submit" loading={form.isBusy} fullWidth>
          {t("links.reset.submit")}
        </Button>
      </Stack>
    </form>
  );
}
