import { type ServiceDeparturesReply, serviceDepartureRequestedSchema } from "@casaforte/contract/departure";
import { ConfirmName } from "@casaforte/ui-kit";
import { callChecked, Loaded, RowButton } from "@casaforte/ui-kit/console";
import { useGuarded } from "@casaforte/ui-kit/security";
import { Group, Stack, Text, Title } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { domainsQuery } from "../mail/domains-query.ts";
import { spacesQuery } from "../queries.ts";
import { serviceEndsQuery, useLeavingText } from "./leaving-text.tsx";
import { ServiceEnd } from "./ServiceEnd.tsx";

/** What may end alone. */
type Service = Pick<ServiceDeparturesReply["departures"][number], "kind" | "name"> & { readonly id: string };

/** Ending one space or one mail domain for good while everything else goes on (R61–R63). */
export function ServiceEnds() {
  const t = useLeavingText();
  const ends = useQuery(serviceEndsQuery);
  return (
    <Stack>
      <Title order={2} size="h3">
        {t("leaving.oneTitle")}
      </Title>
      <Text maw={720}>{t("leaving.oneHint")}</Text>
      <Loaded query={ends}>
        {({ departures }) => (
          <>
            {departures.map((each) => (
              <ServiceEnd key={each.id} end={each} />
            ))}
            <Open standing={departures.filter(({ state }) => state !== "erased").map(({ subjectId }) => subjectId)} />
          </>
        )}
      </Loaded>
    </Stack>
  );
}

/** Services whose end nobody asked for. */
function Open({ standing }: { readonly standing: readonly string[] }) {
  const t = useLeavingText();
  const client = useQueryClient();
  const { run, dialog } = useGuarded();
  const spaces = useQuery(spacesQuery);
  const domains = useQuery(domainsQuery);
  const [asking, setAsking] = useState<Service | null>(null);
  const open: Service[] = [
    ...(spaces.data?.spaces ?? []).map(({ id, name }) => ({ kind: "space" as const, id, name })),
    ...(domains.data?.domains ?? []).map(({ id, name }) => ({ kind: "mail_domain" as const, id, name })),
  ].filter(({ id }) => !standing.includes(id));
  const isKnown = spaces.data !== undefined && domains.data !== undefined;
  return (
    <>
      {isKnown && open.length === 0 && standing.length === 0 ? <Text>{t("leaving.oneNone")}</Text> : null}
      {open.map((service) => (
        <Group key={service.id} justify="space-between" maw={720}>
          <div>
            <Text style={{ overflowWrap: "anywhere" }}>{service.name}</Text>
            <Text size="sm" c="dimmed">
              {t(`leaving.kind.${service.kind}`)}
            </Text>
          </div>
          <RowButton
            name={`${t(`leaving.oneEnd.${service.kind}`)}: ${service.name}`}
            onClick={() => setAsking(service)}
          >
            {t(`leaving.oneEnd.${service.kind}`)}
          </RowButton>
        </Group>
      ))}
      <ConfirmName
        isFinal={false}
        opened={asking !== null}
        onClose={() => setAsking(null)}
        title={t(`leaving.oneEnd.${asking?.kind ?? "space"}`)}
        name={asking?.name ?? ""}
        action={t(`leaving.oneEnd.${asking?.kind ?? "space"}`)}
        onConfirm={async () => {
          const body = { kind: asking?.kind, subjectId: asking?.id, confirmation: asking?.name };
          await run(() => callChecked("/api/departure/services", { body, reply: serviceDepartureRequestedSchema }));
          await client.invalidateQueries({ queryKey: serviceEndsQuery.queryKey });
        }}
      >
        <Text>{t(`leaving.oneConfirm.${asking?.kind ?? "space"}`)}</Text>
      </ConfirmName>
      {dialog}
    </>
  );
}
