import type { archiveReplySchema } from "@casaforte/contract/billing";
import { EmptyState, useFormat } from "@casaforte/ui-kit";
import { Loaded } from "@casaforte/ui-kit/console";
import { Alert, Button, Stack, Table, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { z } from "zod";
import { archiveQuery } from "./billing-queries.ts";
import { useBillingText } from "./billing-text.tsx";

type Check = z.infer<typeof archiveReplySchema>["lastCheck"];

/** Nothing, unless the last look found something wrong. */
export function ArchiveWarning() {
  const check = useQuery(archiveQuery).data?.lastCheck ?? null;
  return check === null || check.isSound ? null : <LastCheck check={check} />;
}

/** Issued invoices by year, to hand over for legal conservation, and what the last look at them found (R49). */
export function Archive({ mayExport }: { readonly mayExport: boolean }) {
  const t = useBillingText();
  const archive = useQuery(archiveQuery);
  return (
    <Stack>
      <Text size="sm" c="dimmed">
        {t("billing.archiveHint")}
      </Text>
      <Loaded query={archive}>
        {({ years, lastCheck }) => (
          <>
            <LastCheck check={lastCheck} />
            {years.length === 0 ? (
              <EmptyState title={t("billing.archiveNone")} text={t("billing.archiveNoneHint")} />
            ) : (
              <Table>
                <Table.Thead>
                  <Table.Tr>
                    <Table.Th>{t("billing.year")}</Table.Th>
                    <Table.Th ta="right">{t("billing.documents")}</Table.Th>
                    <Table.Th>{t("billing.actions")}</Table.Th>
                  </Table.Tr>
                </Table.Thead>
                <Table.Tbody>
                  {years.map(({ year, invoices }) => (
                    <Table.Tr key={year}>
                      <Table.Th scope="row">{year}</Table.Th>
                      <Table.Td ta="right">{invoices}</Table.Td>
                      <Table.Td>
                        {mayExport ? (
                          <Button
                            size="xs"
                            variant="default"
                            aria-label={t("billing.exportOf", { year: String(year) })}
                            renderRoot={(props) => (
                              <a {...props} href={`/api/billing/archive/export?year=${year}`} download />
                            )}
                          >
                            {t("billing.export")}
                          </Button>
                        ) : null}
                      </Table.Td>
                    </Table.Tr>
                  ))}
                </Table.Tbody>
              </Table>
            )}
          </>
        )}
      </Loaded>
    </Stack>
  );
}

function LastCheck({ check }: { readonly check: Check }) {
  const t = useBillingText();
  const format = useFormat();
  if (check === null) return <Text size="sm">{t("billing.archiveUnchecked")}</Text>;
  const values = { date: format.date(Date.parse(check.at)), count: check.documents };
  return check.isSound ? (
    <Alert color="green" variant="light">
      {t("billing.archiveSound", values)}
    </Alert>
  ) : (
    <Alert color="red" variant="light">
      <Text size="sm">{t("billing.archiveDamaged", { ...values, count: check.damaged })}</Text>
      {check.isListKept === false ? <Text size="sm">{t("billing.archiveListChanged")}</Text> : null}
      <Text size="sm">{t("billing.archiveNext")}</Text>
    </Alert>
  );
}
