import type { AcceptedDocument, DocumentReply, OfferReply } from "@casaforte/contract/catalogue";
import { type ServiceReply, serviceSchema } from "@casaforte/contract/orders";
import {
  ConfirmName,
  EmptyState,
  isUnanswered,
  ProblemAlert,
  ScrollTable,
  useFormat,
  useLanguage,
} from "@casaforte/ui-kit";
import { callChecked, Loaded, Tag, useSession } from "@casaforte/ui-kit/console";
import { useGuarded } from "@casaforte/ui-kit/security";
import { Alert, Button, Card, Group, Stack, Table, Text, Title } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { z } from "zod";
import { AcceptDocuments, allAccepted } from "../billing/accept-documents.tsx";
import { Applied } from "../billing/applied.tsx";
import { documentsQuery, offersQuery } from "../billing/billing-queries.ts";
import { BillingTexts, useBillingText, useMoney } from "../billing/billing-text.tsx";
import { PlanFacts } from "../billing/plan-facts.tsx";
import { servicesQuery } from "../billing/services-query.ts";
import { sitesQuery } from "../queries.ts";

/** What was ordered, under which plan and price; mail is ordered here (C15, R14). */
export function Services() {
  return (
    <BillingTexts>
      <ServicesPage />
    </BillingTexts>
  );
}

const mayOrder = (role: string | null) => role === "owner" || role === "admin";

function ServicesPage() {
  const t = useBillingText();
  const { session } = useSession();
  const services = useQuery(servicesQuery);
  const offers = useQuery(offersQuery);
  const hasMail = services.data?.services.some((each) => each.product === "mail" && each.state === "active") ?? true;
  const mail = offers.data?.offers.find((offer) => offer.product === "mail");
  return (
    <Stack>
      <Group justify="space-between">
        <Title order={1} size="h2">
          {t("services.title")}
        </Title>
        {mayOrder(session.role) ? (
          <Button renderRoot={(props) => <Link {...props} to="/spaces/new" />}>{t("services.newSpace")}</Button>
        ) : null}
      </Group>
      <Loaded query={services}>
        {(data) =>
          data.services.length === 0 ? (
            <EmptyState title={t("services.none")} text={t("services.noneHint")} />
          ) : (
            <>
              <PriceChanges services={data.services} />
              <ServiceTable services={data.services} />
            </>
          )
        }
      </Loaded>
      <Applied />
      {mail && !hasMail && mayOrder(session.role) ? <OrderMail offer={mail} /> : null}
    </Stack>
  );
}

/** The price of all that a service has, by its unit. */
function usePriceOf() {
  const t = useBillingText();
  const money = useMoney();
  return ({ unit, product, quantity }: ServiceReply, micros: number | null) => {
    if (micros === null) return "–";
    const price = money.micros(micros * (product === "mail" ? 1 : quantity));
    return t(unit === "hour" ? "billing.perHour" : "billing.perMonth", { price });
  };
}

/** What was announced for what runs, and what one can do about it until then (R43). */
function PriceChanges({ services }: { readonly services: readonly ServiceReply[] }) {
  const t = useBillingText();
  const format = useFormat();
  const priceOf = usePriceOf();
  const changing = services.flatMap((service) =>
    service.state === "active" && service.nextPrice ? [{ service, next: service.nextPrice }] : [],
  );
  if (changing.length === 0) return null;
  return (
    <Alert color="blue" variant="light" title={t("services.priceChanges")}>
      <Stack gap={4}>
        {changing.map(({ service, next }) => (
          <Text size="sm" key={service.id}>
            {t("services.priceChange", {
              label: service.label,
              date: format.date(Date.parse(next.validFrom)),
              before: priceOf(service, service.priceMicros),
              after: priceOf(service, next.priceMicros),
            })}
          </Text>
        ))}
        <Text size="sm">{t("services.priceLeave")}</Text>
      </Stack>
    </Alert>
  );
}

function ServiceTable({ services }: { readonly services: readonly ServiceReply[] }) {
  const t = useBillingText();
  const format = useFormat();
  const language = useLanguage();
  const { session } = useSession();
  const sites = useQuery(sitesQuery);
  const siteName = (id: string) => sites.data?.sites.find((site) => site.id === id)?.name ?? id;
  const priceOf = usePriceOf();
  return (
    <ScrollTable label={t("services.title")} minWidth={720} verticalSpacing="sm">
      <Table.Thead>
        <Table.Tr>
          <Table.Th>{t("services.name")}</Table.Th>
          <Table.Th>{t("services.plan")}</Table.Th>
          <Table.Th>{t("services.site")}</Table.Th>
          <Table.Th>{t("services.price")}</Table.Th>
          <Table.Th>{t("services.since")}</Table.Th>
          <Table.Th>{t("invoices.state")}</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {services.map((service) => (
          <Table.Tr key={service.id}>
            <Table.Th scope="row">{service.label}</Table.Th>
            <Table.Td>
              {service.name[language]}
              {service.quantity > 1 ? ` × ${service.quantity}` : ""}
            </Table.Td>
            <Table.Td>{siteName(service.siteId)}</Table.Td>
            <Table.Td>
              {priceOf(service, service.priceMicros)}
              {service.nextPrice ? (
                <Text size="xs" c="dimmed">
                  {t("billing.priceChange", {
                    date: format.date(Date.parse(service.nextPrice.validFrom)),
                    price: priceOf(service, service.nextPrice.priceMicros),
                  })}
                </Text>
              ) : null}
            </Table.Td>
            <Table.Td>{format.dateTime(Date.parse(service.startedAt))}</Table.Td>
            <Table.Td>
              {service.endedAt ? (
                <Tag color="gray">{t("services.ended", { date: format.date(Date.parse(service.endedAt)) })}</Tag>
              ) : (
                <Group gap="xs">
                  <Tag color="green">{t("services.active")}</Tag>
                  {service.product === "mail" && mayOrder(session.role) ? <EndMail service={service} /> : null}
                </Group>
              )}
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </ScrollTable>
  );
}

function EndMail({ service }: { readonly service: ServiceReply }) {
  const t = useBillingText();
  const client = useQueryClient();
  const { run, dialog } = useGuarded();
  const [opened, { open, close }] = useDisclosure(false);
  return (
    <>
      <Button size="compact-xs" variant="default" onClick={open}>
        {t("services.end")}
      </Button>
      <ConfirmName
        opened={opened}
        onClose={close}
        title={t("services.end")}
        name={service.label}
        action={t("services.end")}
        onConfirm={async () => {
          await run(() =>
            callChecked(`/api/services/${service.id}/end`, {
              body: { confirmation: service.label },
              reply: z.undefined(),
            }),
          );
          await client.invalidateQueries({ queryKey: servicesQuery.queryKey });
        }}
      >
        <Text>{t("services.endHint")}</Text>
      </ConfirmName>
      {dialog}
    </>
  );
}

function OrderMail({ offer }: { readonly offer: OfferReply }) {
  const t = useBillingText();
  const money = useMoney();
  const language = useLanguage();
  const client = useQueryClient();
  const documents = useQuery(documentsQuery);
  const [key, setKey] = useState(() => crypto.randomUUID());
  const [accepted, setAccepted] = useState<readonly AcceptedDocument[]>([]);
  const [price] = offer.prices;
  const isNew = (document: DocumentReply) =>
    !documents.data?.acceptances.some((each) => each.documentId === document.id && each.version === document.version);
  // The site is the provider's choice, so its law is told by the server when it is missing.
  const needed = (documents.data?.documents ?? []).filter(
    (document) => isNew(document) && (document.product === null || document.product === "mail"),
  );
  const order = useMutation({
    mutationFn: () =>
      callChecked("/api/orders", {
        body: {
          key,
          sku: offer.sku,
          skuVersion: offer.version,
          quantity: 1,
          unit: price?.unit,
          priceMicros: price?.priceMicros,
          label: t("services.mailLabel"),
          accepted,
        },
        reply: serviceSchema,
      }),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: servicesQuery.queryKey });
      await client.invalidateQueries({ queryKey: documentsQuery.queryKey });
    },
    // Without an answer it is not known whether the order was carried out: the next try is the same one.
    onError: (error) => {
      if (!isUnanswered(error)) setKey(crypto.randomUUID());
    },
  });
  return (
    <Card withBorder padding="lg" maw={720}>
      <Stack gap="sm">
        <Title order={2} size="h4">
          {t("services.mail")}: {offer.name[language]}
        </Title>
        <Text size="sm">{t("services.mailHint")}</Text>
        <PlanFacts offer={offer} />
        <Text fw={600}>{t("services.mailPer", { price: money.micros(price?.priceMicros ?? 0) })}</Text>
        <Text size="sm">
          {t("billing.monthRule")} {t("services.mailSite")}
        </Text>
        <AcceptDocuments documents={needed} accepted={accepted} onChange={setAccepted} />
        <ProblemAlert error={order.error} />
        <Group>
          <Button
            loading={order.isPending}
            disabled={price === undefined || !allAccepted(needed, accepted)}
            onClick={() => order.mutate()}
          >
            {t("services.mailOrder")}
          </Button>
        </Group>
      </Stack>
    </Card>
  );
}
