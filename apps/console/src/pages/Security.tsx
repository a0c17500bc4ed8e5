import { useSession } from "@casaforte/ui-kit/console";
import { SecurityPage } from "@casaforte/ui-kit/security";
import { Stack, Title } from "@mantine/core";
import { useEffect } from "react";
import { useT } from "../translate.ts";

/** Password, second factors and sessions of the person who is signed in. What changed is read again on leaving. */
export function Security() {
  const t = useT();
  const { refresh } = useSession();
  useEffect(() => () => void refresh(), [refresh]);
  return (
    <Stack maw={760}>
      <Title order={1} size="h2">
        {t("nav.security")}
      </Title>
      <SecurityPage />
    </Stack>
  );
}
