import { signInReplySchema } from "@casaforte/contract/auth";
import type { AcceptedDocument, DocumentReply } from "@casaforte/contract/catalogue";
import type { SignUpProgress } from "@casaforte/contract/sign-up";
import { ApiProblem, ProblemAlert, useLanguage } from "@casaforte/ui-kit";
import { NameField, NewPassword } from "@casaforte/ui-kit/account";
import { callChecked } from "@casaforte/ui-kit/console";
import { Button, Stack, Text, TextInput, Title } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { AcceptDocuments, allAccepted } from "../billing/accept-documents.tsx";
import { useSignUpText } from "./sign-up-text.tsx";

export interface PasswordStepProps {
  readonly progress: SignUpProgress;
  /** In both languages. */
  readonly documents: readonly DocumentReply[];
  readonly onRestart: () => void;
}

/** Name, password and the terms; then the account is there and its owner inside. */
export function PasswordStep({ progress, documents, onRestart }: PasswordStepProps) {
  const t = useSignUpText();
  const language = useLanguage();
  const [displayName, setDisplayName] = useState("");
  const [password, setPassword] = useState("");
  const [accepted, setAccepted] = useState<readonly AcceptedDocument[]>([]);
  const shown = documents.filter((document) => document.language === language);
  const finish = useMutation({
    mutationFn: () =>
      callChecked("/api/auth/sign-up/finish", {
        body: { password, displayName: displayName.trim(), accepted },
        reply: signInReplySchema,
      }),
    // A page of its own begins: nothing of the way here is left in it.
    onSuccess: () => location.replace("/"),
  });
  const code = finish.error instanceof ApiProblem ? finish.error.code : "";
  const isPassword = code.startsWith("identity.password_");
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        finish.mutate();
      }}
    >
      <Stack>
        <div>
          <Title order={1}>{t("signUp.finish.title")}</Title>
          <Text mt={4}>{t("signUp.finish.intro", { company: progress.company })}</Text>
        </div>
        <TextInput
          label={t("signUp.login")}
          type="email"
          name="username"
          autoComplete="username"
          readOnly
          variant="filled"
          value={progress.login}
        />
        <NameField value={displayName} onChange={setDisplayName} />
        <NewPassword value={password} onChange={setPassword} error={isPassword ? finish.error : null} autoFocus />
        {shown.length === 0 ? null : (
          <Stack gap="xs" role="group" aria-label={t("signUp.finish.terms")}>
            <AcceptDocuments documents={documents} accepted={accepted} onChange={setAccepted} />
          </Stack>
        )}
        <ProblemAlert error={isPassword ? null : finish.error} />
        {code === "identity.sign_up_expired" ? (
          <Button onClick={onRestart} fullWidth>
            {t("signUp.again")}
          </Button>
        ) : (
          <Button
            type="submit"
            loading={finish.isPending || finish.isSuccess}
            disabled={!allAccepted(shown, accepted)}
            fullWidth
          >
            {t("signUp.finish.submit")}
          </Button>
        )}
      </Stack>
    </form>
  );
}
