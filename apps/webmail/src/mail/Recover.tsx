import { RecoverMessages } from "@casaforte/ui-kit/recover";
import { Button, Group, Title } from "@mantine/core";
import { Icon } from "../icons.tsx";
import type { MailClient } from "../jmap/client.ts";
import { go } from "../route.ts";
import { useT } from "../translate.ts";

/** What was deleted for good and can still be brought back. */
export function Recover({ client }: { readonly client: MailClient }) {
  const t = useT();
  return (
    <main className="wm-settings" id="wm-list" tabIndex={-1}>
      <Group mb="md">
        <Button variant="subtle" leftSection={<Icon name="back" />} onClick={() => go({})}>
          {t("settings.back")}
        </Button>
      </Group>
      <Title order={1} mb="lg">
        {t("kit.recover.title")}
      </Title>
      <RecoverMessages url="/api/deleted-messages" onRecovered={() => void client.sync()} />
    </main>
  );
}
