import { Button, Stack, Text, TextInput, Title } from "@mantine/core";
import { useCallback, useEffect, useState } from "react";
import { ErrorState, LoadingState, ProblemAlert } from "../components/states.tsx";
import { useLanguage } from "../i18n/i18n.ts";
import { LanguageField, NameField } from "./account-fields.tsx";
import { type Invitation, links } from "./link-api.ts";
import { LinkNote, useLinkText } from "./link-frame.tsx";
import { NewPassword } from "./new-password.tsx";
import type { TokenPageProps } from "./token-page-props.ts";
import { deadLink, useLinkForm } from "./use-link-form.ts";

/** Reads an invitation, takes name, language and password, and signs in (R75). */
export function AcceptInvitation({ token, onLeave }: TokenPageProps) {
  const [invitation, setInvitation] = useState<Invitation | null>(null);
  const [error, setError] = useState<unknown>(null);
  const read = useCallback(() => {
    setError(null);
    links.readInvitation(token).then(setInvitation, setError);
  }, [token]);
  useEffect(read, [read]);
  if (deadLink(error)) return <DeadInvitation onLeave={onLeave} />;
  if (error !== null) return <ErrorState error={error} onRetry={read} />;
  if (invitation === null) return <LoadingState />;
  return <AcceptForm token={token} invitation={invitation} onLeave={onLeave} />;
}

function AcceptForm({ token, invitation, onLeave }: TokenPageProps & { readonly invitation: Invitation }) {
  const t = useLinkText();
  const language = useLanguage();
  const [displayName, setDisplayName] = useState(invitation.displayName);
  const [password, setPassword] = useState("");
  const form = useLinkForm(async () => {
    await links.acceptInvitation({ token, password, displayName: displayName.trim(), language });
    onLeave();
  });
  if (form.isDead) return <DeadInvitation onLeave={onLeave} />;
  return (
    <form onSubmit={(event) => void form.submit(event)}>
      <Stack>
        <div>
          <Title order={1}>{t("links.invitation.title")}</Title>
          <Text mt={4}>{t("links.invitation.intro", { tenant: invitation.tenant })}</Text>
        </div>
        <TextInput
          label={t("links.login")}
          type="email"
          name="username"
          autoComplete="username"
          readOnly
          variant="filled"
          value={invitation.login}
        />
        <NameField value={displayName} onChange={setDisplayName} />
        <LanguageField />
        <NewPassword value={password} onChange={setPassword} error={form.passwordError} autoFocus />
        <ProblemAlert error={form.error} />
        <Button type="submit" loading={form.isBusy} fullWidth>
          {t("links.invitation.accept")}
        </Button>
      </Stack>
    </form>
  );
}

function DeadInvitation({ onLeave }: Pick<TokenPageProps, "onLeave">) {
  const t = useLinkText();
  return (
    <LinkNote title={t("links.dead")} action={t("links.toSignIn")} onAction={onLeave}>
      {t("links.invitation.dead")}
    </LinkNote>
  );
}
