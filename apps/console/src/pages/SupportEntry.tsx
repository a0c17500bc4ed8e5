import { callApi, ErrorState, LoadingState } from "@casaforte/ui-kit";
import { Container, Stack, Title } from "@mantine/core";
import { useEffect, useRef, useState } from "react";
import { GrantTexts, useGrantText } from "../grants/grant-text.tsx";

/** Where an operator's link leads: its code becomes a session of this browser, once (R90). */
export function SupportEntry() {
  return (
    <GrantTexts>
      <Entry />
    </GrantTexts>
  );
}

function Entry() {
  const t = useGrantText();
  const [error, setError] = useState<unknown>(null);
  const isSent = useRef(false);
  useEffect(() => {
    document.title = t("grants.enter.title");
    if (isSent.current) return;
    isSent.current = true;
    const code = location.hash.slice(1);
    // Neither history nor a shoulder keeps it.
    history.replaceState(null, "", location.pathname);
    callApi("/api/support-access/entry", { body: { code } }).then(() => location.replace("/"), setError);
  }, [t]);
  return (
    <Container component="main" id="main" size="sm" py="xl">
      <Stack>
        <Title order={1} size="h2">
          {t("grants.enter.title")}
        </Title>
        {error === null ? <LoadingState /> : <ErrorState error={error} />}
      </Stack>
    </Container>
  );
}
