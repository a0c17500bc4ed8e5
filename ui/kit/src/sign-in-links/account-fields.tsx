import { SegmentedControl, Stack, Text, TextInput } from "@mantine/core";
import { useId } from "react";
import { useLanguage } from "../i18n/i18n.ts";
import { useSwitchLanguage } from "../i18n/language-context.ts";
import type { Language } from "../preferences.ts";
import { useLinkText } from "./link-frame.tsx";

export interface NameFieldProps {
  readonly value: string;
  readonly onChange: (name: string) => void;
}

/** What the others will see. */
export function NameField({ value, onChange }: NameFieldProps) {
  const t = useLinkText();
  return (
    <TextInput
      label={t("links.name")}
      name="name"
      autoComplete="name"
      required
      withAsterisk={false}
      maxLength={200}
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
    />
  );
}

/** The language of the account, tried out at once on this page. */
export function LanguageField() {
  const t = useLinkText();
  const language = useLanguage();
  const switchLanguage = useSwitchLanguage();
  const label = useId();
  return (
    <Stack gap={4}>
      <Text size="sm" fw={600} id={label}>
        {t("links.language")}
      </Text>
      <SegmentedControl
        aria-labelledby={label}
        fullWidth
        value={language}
        onChange={(value) => void switchLanguage(value as Language)}
        data={[
          { value: "it", label: t("kit.language.it") },
          { value: "en", label: t("kit.language.en") },
        ]}
      />
    </Stack>
  );
}
