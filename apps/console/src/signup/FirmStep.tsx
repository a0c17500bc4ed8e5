import { askedSignUpSchema } from "@casaforte/contract/sign-up";
import { ApiProblem, type Language, ProblemAlert, useProblemSentence } from "@casaforte/ui-kit";
import { LanguageField } from "@casaforte/ui-kit/account";
import { callChecked } from "@casaforte/ui-kit/console";
import { Anchor, Button, Stack, Text, TextInput, Title } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useSignUpText } from "./sign-up-text.tsx";

export interface FirmDraft {
  readonly login: string;
  readonly company: string;
  readonly vatNumber: string;
}

export interface FirmStepProps {
  readonly draft: FirmDraft;
  readonly onChange: (draft: FirmDraft) => void;
  readonly language: Language;
  readonly onAsked: (resendAt: string) => void;
}

/** Whose objection stands below which field. */
const fieldOf: Readonly<Record<string, keyof FirmDraft>> = {
  "identity.login": "login",
  "tenancy.name": "company",
  "tenancy.vat_number": "vatNumber",
};

/** The four fields. */
export function FirmStep({ draft, onChange, language, onAsked }: FirmStepProps) {
  const t = useSignUpText();
  const sentence = useProblemSentence();
  const ask = useMutation({
    mutationFn: () =>
      callChecked("/api/auth/sign-up", {
        body: {
          login: draft.login.trim(),
          company: draft.company.trim(),
          vatNumber: draft.vatNumber.trim(),
          language,
        },
        reply: askedSignUpSchema,
      }),
    onSuccess: ({ resendAt }) => onAsked(resendAt),
  });
  const wrong = ask.error instanceof ApiProblem ? fieldOf[ask.error.code] : undefined;
  const field = (name: keyof FirmDraft) => ({
    value: draft[name],
    onChange: (event: { readonly currentTarget: { readonly value: string } }) =>
      onChange({ ...draft, [name]: event.currentTarget.value }),
    error: wrong === name ? sentence(ask.error) : null,
    required: true,
    withAsterisk: false,
  });
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        ask.mutate();
      }}
    >
      <Stack>
        <div>
          <Title order={1}>{t("signUp.title")}</Title>
          <Text mt={4}>{t("signUp.intro")}</Text>
        </div>
        <TextInput
          {...field("login")}
          label={t("signUp.login")}
          type="email"
          name="username"
          autoComplete="username"
          maxLength={320}
          autoFocus
        />
        <TextInput
          {...field("company")}
          label={t("signUp.company")}
          name="organization"
          autoComplete="organization"
          maxLength={200}
        />
        <TextInput
          {...field("vatNumber")}
          label={t("signUp.vatNumber")}
          description={t("signUp.vatNumberHint")}
          inputWrapperOrder={["label", "input", "description", "error"]}
          name="vat-number"
          autoComplete="off"
          minLength={2}
          maxLength={30}
        />
        <LanguageField />
        <ProblemAlert error={wrong === undefined ? ask.error : null} />
        <Button type="submit" loading={ask.isPending} fullWidth>
          {t("signUp.send")}
        </Button>
        <Text size="sm" ta="center">
          {t("signUp.known")}{" "}
          <Anchor href="/" td="underline">
            {t("signUp.signIn")}
          </Anchor>
        </Text>
      </Stack>
    </form>
  );
}
