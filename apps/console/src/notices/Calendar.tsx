import { calendarReplySchema } from "@casaforte/contract/notices";
import { CopyField, ProblemAlert, useLanguage } from "@casaforte/ui-kit";
import { callChecked, Loaded, useSession } from "@casaforte/ui-kit/console";
import { Button, Group, Stack, Text, Title } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { z } from "zod";
import { calendarQuery } from "./notice-queries.ts";
import { useNoticeText } from "./notice-text.ts";

/** An address that calendar programs fetch: maintenance that concerns this customer (R25). */
export function Calendar() {
  const { session } = useSession();
  if (session.role !== "owner" && session.role !== "admin") return null;
  return <OwnCalendar />;
}

function OwnCalendar() {
  const t = useNoticeText();
  const language = useLanguage();
  const client = useQueryClient();
  const path = "/api/notices/calendar";
  const onSuccess = () => client.invalidateQueries({ queryKey: calendarQuery.queryKey });
  const make = useMutation({
    mutationFn: () => callChecked(path, { method: "POST", reply: calendarReplySchema }),
    onSuccess,
  });
  const revoke = useMutation({
    mutationFn: () => callChecked(path, { method: "DELETE", reply: z.undefined() }),
    onSuccess,
  });
  return (
    <section aria-labelledby="notices-calendar">
      <Title order={2} size="h4" id="notices-calendar">
        {t("notices.calendar")}
      </Title>
      <Text size="sm" c="dimmed" mb="sm">
        {t("notices.calendarHint")}
      </Text>
      <Loaded query={useQuery(calendarQuery)}>
        {({ url }) => (
          <Stack gap="xs">
            {url === null ? null : (
              <div style={{ overflowWrap: "anywhere" }}>
                <CopyField label={t("notices.calendarAddress")} value={`${url}?lang=${language}`} />
              </div>
            )}
            <ProblemAlert error={make.error ?? revoke.error} />
            <Group>
              <Button variant="default" loading={make.isPending} onClick={() => make.mutate()}>
                {t(url === null ? "notices.calendarMake" : "notices.calendarRenew")}
              </Button>
              {url === null ? null : (
                <Button variant="default" loading={revoke.isPending} onClick={() => revoke.mutate()}>
                  {t("notices.calendarRevoke")}
                </Button>
              )}
            </Group>
          </Stack>
        )}
      </Loaded>
    </section>
  );
}
