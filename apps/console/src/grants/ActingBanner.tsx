import { auth, useFormat } from "@casaforte/ui-kit";
import { useSession } from "@casaforte/ui-kit/console";
import { Alert, Button, Group, Text } from "@mantine/core";
import { useT } from "../translate.ts";

/** On every page while somebody of support is there in the customer's name (R90). */
export function ActingBanner() {
  const t = useT();
  const format = useFormat();
  const { session, signedOut } = useSession();
  if (session.acting === null) return null;
  const leave = () => void auth.signOut().finally(signedOut);
  return (
    <Alert color="red" mb="md" role="status">
      <Group justify="space-between">
        <Text size="sm">
          {t(session.acting.scope === "read" ? "acting.read" : "acting.act", {
            name: session.acting.operatorName,
            customer: session.tenantName,
            until: format.dateTime(Date.parse(session.expiresAt)),
          })}
        </Text>
        <Button size="xs" variant="default" onClick={leave}>
          {t("acting.leave")}
        </Button>
      </Group>
    </Alert>
  );
}
