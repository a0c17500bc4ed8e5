import { Anchor, Button, Stack, Text, TextInput, Title } from "@mantine/core";
import { useState } from "react";
import { ProblemAlert } from "../components/states.tsx";
import { links } from "./link-api.ts";
import { LinkNote, useLinkText } from "./link-frame.tsx";
import { useLinkForm } from "./use-link-form.ts";

export interface ForgottenPasswordProps {
  readonly realm: "user" | "operator" | "mail";
  readonly onLeave: () => void;
}

/** Asks for the mail with the reset link; the answer is the same whether or not there is such a person (R73). */
export function ForgottenPassword({ realm, onLeave }: ForgottenPasswordProps) {
  const t = useLinkText();
  const [login, setLogin] = useState("");
  const [isSent, setSent] = useState(false);
  const form = useLinkForm(async () => {
    await links.requestReset(login.trim());
    setSent(true);
  });
  if (isSent)
    return (
      <LinkNote title={t("links.forgotten.sent")} action={t("links.toSignIn")} onAction={onLeave}>
        {t(realm === "mail" ? "links.forgotten.mailboxSentHint" : "links.forgotten.sentHint", { login: login.trim() })}
      </LinkNote>
    );
  return (
    <form onSubmit={(event) => void form.submit(event)}>
      <Stack>
        <div>
          <Title order={1}>{t("links.forgotten.title")}</Title>
          <Text mt={4}>{t(realm === "mail" ? "links.forgotten.mailboxIntro" : "links.forgotten.intro")}</Text>
        </div>
        <TextInput
          label={t("links.login")}
          type="email"
          name="username"
          autoComplete="username"
          required
          withAsterisk={false}
          maxLength={320}
          value={login}
          onChange={(event) => setLogin(event.currentTarget.value)}
          autoFocus
        />
        <ProblemAlert error={form.error} />
        <Button type="submit" loading={form.isBusy} fullWidth>
          {t("links.forgotten.send")}
        </Button>
        <Anchor component="button" type="button" size="sm" ta="start" onClick={onLeave}>
          {t("links.toSignIn")}
        </Anchor>
      </Stack>
    </form>
  );
}
