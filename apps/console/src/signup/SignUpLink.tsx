import type { KitKey } from "@casaforte/ui-kit";
import { useTranslate } from "@casaforte/ui-kit";
import { Anchor, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { signUpQuery } from "./sign-up-text.tsx";

/** Below the sign-in, where the provider lets firms make their own account; otherwise nothing. */
export function SignUpLink() {
  const t = useTranslate<KitKey>();
  const state = useQuery(signUpQuery);
  if (state.data?.isOpen !== true) return null;
  return (
    <Text size="sm" ta="center">
      {t("signIn.noAccount")}{" "}
      <Anchor href="/sign-up" td="underline">
        {t("signIn.openAccount")}
      </Anchor>
    </Text>
  );
}
