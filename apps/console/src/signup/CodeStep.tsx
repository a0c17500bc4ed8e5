import { askedSignUpSchema, type SignUpProgress, signUpProgressSchema } from "@casaforte/contract/sign-up";
import { ApiProblem, ProblemAlert, useProblemSentence } from "@casaforte/ui-kit";
import { callChecked } from "@casaforte/ui-kit/console";
import { Anchor, Button, Group, Stack, Text, TextInput, Title } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { useSignUpText } from "./sign-up-text.tsx";

export interface CodeStepProps {
  readonly progress: SignUpProgress;
  readonly onProven: (progress: SignUpProgress) => void;
  /** Back to the fields, filled as they were. */
  readonly onRestart: () => void;
}

const codeDigits = 6;
const secondMs = 1000;

/** Seconds until a moment, counted down; never below nought. */
function useSecondsUntil(moment: string): number {
  const until = Date.parse(moment);
  const left = () => Math.max(0, Math.ceil((until - Date.now()) / secondMs));
  const [seconds, setSeconds] = useState(left);
  useEffect(() => {
    const tick = () => setSeconds(Math.max(0, Math.ceil((until - Date.now()) / secondMs)));
    tick();
    const timer = setInterval(tick, secondMs);
    return () => clearInterval(timer);
  }, [until]);
  return seconds;
}

/** The code from the mail; the last digit typed sends it. */
export function CodeStep({ progress, onProven, onRestart }: CodeStepProps) {
  const t = useSignUpText();
  const sentence = useProblemSentence();
  const [code, setCode] = useState("");
  const [resendAt, setResendAt] = useState(progress.resendAt);
  const seconds = useSecondsUntil(resendAt);
  const prove = useMutation({
    mutationFn: (typed: string) =>
      callChecked("/api/auth/sign-up/code", { body: { code: typed }, reply: signUpProgressSchema }),
    onSuccess: onProven,
  });
  const resend = useMutation({
    mutationFn: () => callChecked("/api/auth/sign-up/resend", { body: {}, reply: askedSignUpSchema }),
    onSuccess: (sent) => {
      setResendAt(sent.resendAt);
      prove.reset();
    },
  });
  const error = prove.error ?? resend.error;
  const isOver = error instanceof ApiProblem && error.code === "identity.sign_up_expired";
  const isWrong = error instanceof ApiProblem && error.code === "identity.sign_up_code";
  const type = (text: string): void => {
    const digits = text.replace(/\D/g, "").slice(0, codeDigits);
    setCode(digits);
    if (digits.length === codeDigits && digits !== code) prove.mutate(digits);
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (!prove.isPending) prove.mutate(code);
      }}
    >
      <Stack>
        <div>
          <Title order={1}>{t("signUp.code.title")}</Title>
          <Text mt={4}>{t("signUp.code.intro", { login: progress.login })}</Text>
        </div>
        <TextInput
          label={t("signUp.code.label")}
          name="one-time-code"
          autoComplete="one-time-code"
          inputMode="numeric"
          required
          withAsterisk={false}
          value={code}
          onChange={(event) => type(event.currentTarget.value)}
          error={isWrong ? sentence(error) : null}
          autoFocus
        />
        <ProblemAlert error={isWrong ? null : error} />
        {isOver ? (
          <Button onClick={onRestart} fullWidth>
            {t("signUp.again")}
          </Button>
        ) : (
          <Button type="submit" loading={prove.isPending} fullWidth>
            {t("signUp.code.submit")}
          </Button>
        )}
        <Text size="sm" role="status">
          {resend.isSuccess ? t("signUp.code.resent") : t("signUp.code.missing")}
        </Text>
        <Group justify="space-between">
          {seconds > 0 ? (
            <Text size="sm" c="dimmed">
              {t("signUp.code.resendIn", { seconds })}
            </Text>
          ) : (
            <Anchor component="button" type="button" size="sm" onClick={() => resend.mutate()}>
              {t("signUp.code.resend")}
            </Anchor>
          )}
          <Anchor component="button" type="button" size="sm" onClick={onRestart}>
            {t("signUp.code.change")}
          </Anchor>
        </Group>
      </Stack>
    </form>
  );
}
