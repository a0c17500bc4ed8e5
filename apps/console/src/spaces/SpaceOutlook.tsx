import type { Space } from "@casaforte/contract/spaces";
import { useFormat } from "@casaforte/ui-kit";
import { useSession } from "@casaforte/ui-kit/console";
import { SimpleGrid, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { costsQuery } from "../billing/billing-queries.ts";
import { BillingTexts, useBillingText, useMoney } from "../billing/billing-text.tsx";
import { usageOfDaysQuery } from "../queries.ts";
import { fullInDays } from "./full-in-days.ts";

interface SpaceOutlookProps {
  readonly space: Space;
  /** Null where the space was not ordered. */
  readonly serviceId: string | null;
}

/** What a space has cost this month and when it will be full as it grows now (C4). */
export const SpaceOutlook = (props: SpaceOutlookProps) => (
  <BillingTexts>
    <Outlook {...props} />
  </BillingTexts>
);

const lookBackDays = 30;
const dayMs = 86_400_000;
const payers = ["owner", "admin", "billing", "read_only"];

function Outlook({ space, serviceId }: SpaceOutlookProps) {
  const t = useBillingText();
  const format = useFormat();
  const money = useMoney();
  const { session } = useSession();
  const maySeeCosts = serviceId !== null && payers.includes(session.role ?? "");
  const costs = useQuery({ ...costsQuery, enabled: maySeeCosts });
  const usage = useQuery(usageOfDaysQuery(lookBackDays));
  const rows = (usage.data?.days ?? []).filter((row) => row.spaceId === space.id);
  const days = fullInDays(rows, space.quotaBytes);
  const micros = costs.data?.days.reduce((sum, day) => sum + (day.serviceId === serviceId ? day.micros : 0), 0);
  return (
    <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="xs">
      <div>
        <Text size="sm" c="dimmed">
          {t("outlook.full")}
        </Text>
        <Text size="sm">
          {usage.data === undefined
            ? "…"
            : days === null
              ? t("outlook.notGrowing")
              : days === 0
                ? t("outlook.isFull")
                : t("outlook.fullOn", { date: format.date(Date.now() + days * dayMs), days })}
        </Text>
      </div>
      {micros === undefined ? null : (
        <div>
          <Text size="sm" c="dimmed">
            {t("outlook.cost")}
          </Text>
          <Text size="sm">{money.micros(micros)}</Text>
        </div>
      )}
    </SimpleGrid>
  );
}
