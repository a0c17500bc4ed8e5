import { PasswordInput } from "@mantine/core";
import { useProblemSentence } from "../components/states.tsx";
import { useLinkText } from "./link-frame.tsx";

/** As the server counts them (identityLimits.passwordCharsMin). */
const charactersMin = 12;

export interface NewPasswordProps {
  readonly value: string;
  readonly onChange: (password: string) => void;
  /** The server's objection; null when there is none. */
  readonly error: unknown;
  readonly autoFocus?: boolean;
}

/** A password to be chosen: its length is told while typing, and it can be looked at. */
export function NewPassword({ value, onChange, error, autoFocus = false }: NewPasswordProps) {
  const t = useLinkText();
  const sentence = useProblemSentence();
  const missing = charactersMin - [...value].length;
  const hint =
    missing > 0
      ? value === ""
        ? t("links.passwordHint")
        : t("links.passwordMissing", { missing })
      : t("links.passwordLong");
  return (
    <PasswordInput
      label={t("links.newPassword")}
      description={hint}
      inputWrapperOrder={["label", "input", "description", "error"]}
      name="new-password"
      autoComplete="new-password"
      minLength={charactersMin}
      maxLength={512}
      required
      withAsterisk={false}
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
      error={error === null || error === undefined ? null : sentence(error)}
      visibilityToggleFocusable
      visibilityToggleButtonProps={{ "aria-label": t("links.showPassword") }}
      autoFocus={autoFocus}
    />
  );
}
