import { type OperatorCatalogue, versionReplySchema } from "@casaforte/contract/catalogue";
import { Dialog, EmptyState, ProblemAlert, ScrollTable, useFormat, useLanguage } from "@casaforte/ui-kit";
import { callChecked, Loaded, RowButton, Tag, useSession } from "@casaforte/ui-kit/console";
import {
  Alert,
  Button,
  Checkbox,
  Group,
  NumberInput,
  Select,
  Stack,
  Table,
  Text,
  TextInput,
  Title,
} from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { AskPrice } from "../billing/AskPrice.tsx";
import { catalogueQuery, inventoryQuery } from "../billing/billing-queries.ts";
import { BillingTexts, useBillingText, useMoney } from "../billing/billing-text.tsx";

type Version = OperatorCatalogue["versions"][number];

/** O5: versions, prices with their dates, rates, documents. A price is asked for here and approved by another. */
export function Catalogue() {
  return (
    <BillingTexts>
      <CataloguePage />
    </BillingTexts>
  );
}

function CataloguePage() {
  const t = useBillingText();
  const { session } = useSession();
  const [publishing, publish] = useDisclosure(false);
  const [pricing, setPricing] = useState<Version | null>(null);
  const [hasAsked, setAsked] = useState(false);
  const mayChange = session.operatorRoles.includes("billing");
  return (
    <Stack gap="lg">
      <Group justify="space-between">
        <Title order={1} size="h2">
          {t("catalogue.title")}
        </Title>
        {mayChange ? <Button onClick={publish.open}>{t("catalogue.publish")}</Button> : null}
      </Group>
      <div aria-live="polite">
        {hasAsked ? <Alert color="green" variant="light" title={t("catalogue.asked")} /> : null}
      </div>
      <Loaded query={useQuery(catalogueQuery)}>
        {(catalogue) => (
          <>
            {catalogue.versions.length === 0 ? (
              <EmptyState title={t("catalogue.none")} text={t("catalogue.noneHint")} />
            ) : (
              <Versions catalogue={catalogue} {...(mayChange ? { onPrice: setPricing } : {})} />
            )}
            <Rest catalogue={catalogue} />
          </>
        )}
      </Loaded>
      <Dialog opened={publishing} onClose={publish.close} title={t("catalogue.publish")} size="lg">
        <PublishPlan onDone={publish.close} />
      </Dialog>
      <Dialog opened={pricing !== null} onClose={() => setPricing(null)} title={t("catalogue.setPrice")} size="xl">
        {pricing ? (
          <AskPrice
            version={pricing}
            onDone={() => {
              setPricing(null);
              setAsked(true);
            }}
          />
        ) : null}
      </Dialog>
    </Stack>
  );
}

function Versions({
  catalogue,
  onPrice,
}: {
  readonly catalogue: OperatorCatalogue;
  readonly onPrice?: (version: Version) => void;
}) {
  const t = useBillingText();
  const format = useFormat();
  const language = useLanguage();
  const money = useMoney();
  const now = Date.now();
  const pricesOf = (version: Version, isNow: boolean) =>
    version.units.flatMap((unit) => {
      const own = catalogue.prices.filter((price) => price.sku === version.sku && price.unit === unit);
      const past = own.filter((price) => Date.parse(price.validFrom) <= now);
      return (isNow ? past.slice(-1) : own.filter((price) => Date.parse(price.validFrom) > now)).map((price) => ({
        ...price,
        text: t(unit === "hour" ? "catalogue.perHour" : "catalogue.perMonth", {
          price: money.micros(price.priceMicros),
        }),
      }));
    });
  const newest = (version: Version) =>
    catalogue.versions.every((other) => other.sku !== version.sku || other.version <= version.version);
  const stateOf = (version: Version) => {
    if (version.soldUntil !== null) return <Tag color="gray">{t("catalogue.withdrawn")}</Tag>;
    if (!newest(version)) return <Tag color="gray">{t("catalogue.old")}</Tag>;
    const hasPrice = pricesOf(version, true).length > 0;
    return <Tag color={hasPrice ? "green" : "orange"}>{t(hasPrice ? "catalogue.onSale" : "catalogue.noPrice")}</Tag>;
  };
  return (
    <ScrollTable label={t("catalogue.title")} minWidth={820} verticalSpacing="sm">
      <Table.Thead>
        <Table.Tr>
          <Table.Th>{t("catalogue.plan")}</Table.Th>
          <Table.Th>{t("catalogue.version")}</Table.Th>
          <Table.Th>{t("catalogue.site")}</Table.Th>
          <Table.Th>{t("catalogue.price")}</Table.Th>
          <Table.Th>{t("catalogue.next")}</Table.Th>
          <Table.Th>{t("catalogue.state")}</Table.Th>
          <Table.Th>{t("billing.actions")}</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {catalogue.versions.map((version) => (
          <Table.Tr key={`${version.sku}${version.version}`}>
            <Table.Th scope="row">
              {version.name[language]}
              <Text size="xs" c="dimmed">
                {version.sku}
                {version.capacityBytes === null ? "" : ` · ${format.bytes(version.capacityBytes)}`}
              </Text>
            </Table.Th>
            <Table.Td>{version.version}</Table.Td>
            <Table.Td>{version.siteId ?? "–"}</Table.Td>
            <Table.Td>
              {pricesOf(version, true).map((price) => (
                <div key={price.text}>{price.text}</div>
              ))}
            </Table.Td>
            <Table.Td>
              {pricesOf(version, false).map((price) => (
                <div key={price.text + price.validFrom}>
                  {t("catalogue.from", { price: price.text, date: format.date(Date.parse(price.validFrom)) })}
                  <Text size="xs" c="dimmed">
                    {t("catalogue.told", { count: price.customersTold })}
                  </Text>
                </div>
              ))}
            </Table.Td>
            <Table.Td>{stateOf(version)}</Table.Td>
            <Table.Td>
              {onPrice && version.soldUntil === null && newest(version) ? (
                <RowButton name={`${t("catalogue.setPrice")}: ${version.sku}`} onClick={() => onPrice(version)}>
                  {t("catalogue.setPrice")}
                </RowButton>
              ) : null}
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </ScrollTable>
  );
}

function Rest({ catalogue }: { readonly catalogue: OperatorCatalogue }) {
  const t = useBillingText();
  const format = useFormat();
  const language = useLanguage();
  return (
    <>
      <Stack gap={4}>
        <Title order={2} size="h4">
          {t("catalogue.tax")}
        </Title>
        {catalogue.taxRates.map((rate) => (
          <Text key={rate.country + rate.validFrom} size="sm">
            {t("catalogue.taxLine", {
              country: rate.country,
              rate: format.number(rate.basisPoints / 100),
              date: format.date(Date.parse(rate.validFrom)),
            })}
          </Text>
        ))}
      </Stack>
      <Stack gap={4}>
        <Title order={2} size="h4">
          {t("catalogue.documents")}
        </Title>
        {catalogue.documents
          .filter((document) => document.language === language)
          .map((document) => (
            <Text key={document.id} size="sm">
              {t("catalogue.documentLine", { title: document.title, version: document.version })}
            </Text>
          ))}
      </Stack>
    </>
  );
}

const textFields = ["nameIt", "nameEn", "descriptionIt", "descriptionEn"] as const;

function PublishPlan({ onDone }: { readonly onDone: () => void }) {
  const t = useBillingText();
  const client = useQueryClient();
  const inventory = useQuery(inventoryQuery);
  const [sku, setSku] = useState("");
  const [product, setProduct] = useState<"backup" | "mail">("backup");
  const [siteId, setSite] = useState<string | null>(null);
  const [gigabytes, setGigabytes] = useState<number | string>(100);
  const [hasReplica, setReplica] = useState(false);
  const [isReserved, setReserved] = useState(false);
  const [words, setWords] = useState({ nameIt: "", nameEn: "", descriptionIt: "", descriptionEn: "" });
  const publish = useMutation({
    mutationFn: () =>
      callChecked("/api/catalogue/versions", {
        body: {
          sku: sku.trim(),
          product,
          name: { it: words.nameIt, en: words.nameEn },
          description: { it: words.descriptionIt, en: words.descriptionEn },
          siteId: product === "mail" ? null : siteId,
          capacityBytes: product === "mail" ? null : Math.round(Number(gigabytes) * 1e9),
          bandwidthBytesPerSecond: null,
          replicaPlan: product === "backup" && hasReplica ? "second_location" : "none",
          hostUse: isReserved ? "reserved" : "shared",
          ipAddresses: 0,
          quantityMax: product === "mail" ? 1 : 100,
          units: product === "mail" ? ["month"] : ["hour", "month"],
        },
        reply: versionReplySchema,
      }),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: catalogueQuery.queryKey });
      onDone();
    },
  });
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        publish.mutate();
      }}
    >
      <Stack>
        <TextInput
          label={t("catalogue.sku")}
          value={sku}
          onChange={(event) => setSku(event.currentTarget.value)}
          pattern="[a-z0-9\-]+"
          required
          maxLength={40}
        />
        <Select
          label={t("catalogue.product")}
          data={[
            { value: "backup", label: t("catalogue.product.backup") },
            { value: "mail", label: t("catalogue.product.mail") },
          ]}
          value={product}
          onChange={(value) => setProduct(value === "mail" ? "mail" : "backup")}
          allowDeselect={false}
        />
        {product === "backup" ? (
          <>
            <Select
              label={t("catalogue.site")}
              data={(inventory.data?.sites ?? []).map((site) => ({ value: site.siteId, label: site.name }))}
              value={siteId}
              onChange={setSite}
              required
            />
            <NumberInput
              label={t("catalogue.capacityGb")}
              value={gigabytes}
              onChange={setGigabytes}
              min={1}
              max={1_000_000}
              required
            />
            <Checkbox
              label={t("catalogue.replica")}
              description={t("catalogue.replicaHint")}
              checked={hasReplica}
              onChange={(event) => setReplica(event.currentTarget.checked)}
            />
            <Checkbox
              label={t("catalogue.reserved")}
              checked={isReserved}
              onChange={(event) => setReserved(event.currentTarget.checked)}
            />
          </>
        ) : null}
        {textFields.map((field) => (
          <TextInput
            key={field}
            label={t(`catalogue.${field}`)}
            value={words[field]}
            onChange={(event) => {
              const { value } = event.currentTarget;
              setWords((before) => ({ ...before, [field]: value }));
            }}
            required
            maxLength={field.startsWith("name") ? 100 : 1000}
          />
        ))}
        <ProblemAlert error={publish.error} />
        <Group justify="flex-end">
          <Button type="submit" loading={publish.isPending}>
            {t("catalogue.publish")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
