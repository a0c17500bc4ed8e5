import { type OfferReply, type PriceList as Prices, priceListSchema } from "@casaforte/contract/catalogue";
import { Brand, EmptyState, LanguageSwitch, ScrollTable, useFormat, useLanguage } from "@casaforte/ui-kit";
import { callChecked, Loaded } from "@casaforte/ui-kit/console";
import { Anchor, Container, Group, Stack, Table, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useEffect } from "react";
import { BillingTexts, useBillingText, useMoney } from "../billing/billing-text.tsx";
import { PlanFacts } from "../billing/plan-facts.tsx";
import { SignUpLink } from "../signup/SignUpLink.tsx";

/** The public price list: no sign-in (R1, R38). */
export function PriceList() {
  return (
    <BillingTexts>
      <PriceListPage />
    </BillingTexts>
  );
}

function PriceListPage() {
  const t = useBillingText();
  const prices = useQuery({
    queryKey: ["price-list"],
    queryFn: ({ signal }) => callChecked("/api/price-list", { reply: priceListSchema, signal }),
  });
  useEffect(() => {
    document.title = t("list.title");
  });
  return (
    <Container component="main" id="main" size="lg" py="lg">
      <Stack>
        <Group justify="space-between">
          <Brand product="Console" />
          <Group>
            <LanguageSwitch />
            <Anchor href="/">{t("list.signIn")}</Anchor>
            <SignUpLink />
          </Group>
        </Group>
        <Title order={1} size="h2">
          {t("list.title")}
          {prices.data ? `: ${prices.data.provider}` : ""}
        </Title>
        <Loaded query={prices}>{(list) => <List list={list} />}</Loaded>
      </Stack>
    </Container>
  );
}

function List({ list }: { readonly list: Prices }) {
  const t = useBillingText();
  const format = useFormat();
  const language = useLanguage();
  const money = useMoney();
  if (list.offers.length === 0) return <EmptyState title={t("list.none")} />;
  const priceOf = (offer: OfferReply, unit: "hour" | "month") => {
    const price = offer.prices.find((each) => each.unit === unit);
    return price ? money.micros(price.priceMicros) : "–";
  };
  return (
    <>
      <Text>
        {list.taxBasisPoints === null
          ? t("list.taxUnknown")
          : t("list.taxNote", { rate: format.number(list.taxBasisPoints / 100) })}
      </Text>
      <ScrollTable label={t("list.title")} minWidth={680} verticalSpacing="md">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t("list.offer")}</Table.Th>
            <Table.Th>{t("list.site")}</Table.Th>
            <Table.Th ta="right">{t("list.hour")}</Table.Th>
            <Table.Th ta="right">{t("list.month")}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {list.offers.map((offer) => {
            const site = list.sites.find((each) => each.id === offer.siteId);
            return (
              <Table.Tr key={offer.sku}>
                <Table.Td>
                  <Text fw={600}>{offer.name[language]}</Text>
                  <PlanFacts offer={offer} />
                </Table.Td>
                <Table.Td>
                  {site ? `${site.name}, ${site.country}` : t("list.siteProvider")}
                  <Text size="sm" c="dimmed">
                    {site?.jurisdiction[language]}
                  </Text>
                </Table.Td>
                <Table.Td ta="right">{priceOf(offer, "hour")}</Table.Td>
                <Table.Td ta="right">{priceOf(offer, "month")}</Table.Td>
              </Table.Tr>
            );
          })}
        </Table.Tbody>
      </ScrollTable>
      <Text size="sm">{t("billing.hourRule")}</Text>
      <Text size="sm">{t("billing.monthRule")}</Text>
    </>
  );
}
