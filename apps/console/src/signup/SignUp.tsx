import type { SignUpProgress, SignUpReply } from "@casaforte/contract/sign-up";
import { useLanguage } from "@casaforte/ui-kit";
import { LinkFrame, LinkTexts } from "@casaforte/ui-kit/account";
import { Loaded } from "@casaforte/ui-kit/console";
import { Button, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { BillingTexts } from "../billing/billing-text.tsx";
import { CodeStep } from "./CodeStep.tsx";
import { type FirmDraft, FirmStep } from "./FirmStep.tsx";
import { PasswordStep } from "./PasswordStep.tsx";
import { SignUpTexts, signUpQuery, useSignUpText } from "./sign-up-text.tsx";

/** A firm makes its own account: data, the code from the mail, a password (C1; R73). No sign-in. */
export function SignUp() {
  return (
    <LinkTexts>
      <BillingTexts>
        <SignUpTexts>
          <SignUpPage />
        </SignUpTexts>
      </BillingTexts>
    </LinkTexts>
  );
}

function SignUpPage() {
  const t = useSignUpText();
  const state = useQuery(signUpQuery);
  useEffect(() => {
    document.title = t("signUp.title");
  }, [t]);
  return (
    <LinkFrame product="Console" withLanguage={state.data?.isOpen !== true || state.data.progress !== null}>
      <Loaded query={state}>{(reply) => (reply.isOpen ? <Steps reply={reply} /> : <Closed />)}</Loaded>
    </LinkFrame>
  );
}

/** Resumes where this browser stands, so that a reload on the way to the mailbox loses nothing. */
function Steps({ reply }: { readonly reply: SignUpReply }) {
  const language = useLanguage();
  const [progress, setProgress] = useState<SignUpProgress | null>(reply.progress);
  const [draft, setDraft] = useState<FirmDraft>({
    login: reply.progress?.login ?? "",
    company: reply.progress?.company ?? "",
    vatNumber: "",
  });
  const restart = (): void => setProgress(null);
  if (progress === null)
    return (
      <FirmStep
        draft={draft}
        onChange={setDraft}
        language={language}
        onAsked={(resendAt) =>
          setProgress({ login: draft.login.trim(), company: draft.company.trim(), isProven: false, resendAt })
        }
      />
    );
  if (!progress.isProven)
    return <CodeStep key={progress.login} progress={progress} onProven={setProgress} onRestart={restart} />;
  return <PasswordStep progress={progress} documents={reply.documents} onRestart={restart} />;
}

function Closed() {
  const t = useSignUpText();
  return (
    <Stack>
      <Title order={1}>{t("signUp.closed")}</Title>
      <Text>{t("signUp.closedHint")}</Text>
      <Button component="a" href="/" fullWidth>
        {t("signUp.toSignIn")}
      </Button>
    </Stack>
  );
}
