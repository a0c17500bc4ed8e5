import type { AcceptedDocument, DocumentReply, OfferReply } from "@casaforte/contract/catalogue";
import { serviceSchema } from "@casaforte/contract/orders";
import type { Site } from "@casaforte/contract/spaces";
import { ApiProblem, EmptyState, isUnanswered, ProblemAlert, useFormat, useLanguage } from "@casaforte/ui-kit";
import { callChecked, Loaded } from "@casaforte/ui-kit/console";
import { Alert, Anchor, Button, Card, Group, NumberInput, Radio, Stack, Text, TextInput, Title } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { AcceptDocuments, allAccepted } from "../billing/accept-documents.tsx";
import { documentsQuery, offersQuery } from "../billing/billing-queries.ts";
import { BillingTexts, useBillingText, useMoney } from "../billing/billing-text.tsx";
import { PlanFacts } from "../billing/plan-facts.tsx";
import { PlanPrice } from "../billing/plan-price.tsx";
import { sitesQuery, spacesQuery } from "../queries.ts";

/** C5: datacentre and law, plan, price by the hour and by the month, documents, order. */
export function OrderSpace() {
  return (
    <BillingTexts>
      <OrderPage />
    </BillingTexts>
  );
}

function OrderPage() {
  const t = useBillingText();
  const offers = useQuery(offersQuery);
  const sites = useQuery(sitesQuery);
  const documents = useQuery(documentsQuery);
  const spaces = useQuery(spacesQuery);
  return (
    <Stack maw={820}>
      <Anchor renderRoot={(props) => <Link {...props} to="/spaces" />} size="sm">
        ← {t("nav.spaces")}
      </Anchor>
      <Title order={1} size="h2">
        {t("order.title")}
      </Title>
      <Loaded query={offers}>
        {(sold) => (
          <Loaded query={sites}>
            {(places) => (
              <Loaded query={documents}>
                {(read) => {
                  const backup = sold.offers.filter((offer) => offer.product === "backup");
                  if (backup.length === 0)
                    return (
                      <EmptyState
                        title={t("order.nothing")}
                        text={t("order.nothingHint")}
                        action={
                          <Button renderRoot={(props) => <Link {...props} to="/spaces" />}>{t("nav.spaces")}</Button>
                        }
                      />
                    );
                  const isNew = (document: DocumentReply) =>
                    !read.acceptances.some(
                      (each) => each.documentId === document.id && each.version === document.version,
                    );
                  return (
                    <Loaded query={spaces}>
                      {(had) => (
                        <OrderForm
                          offers={backup}
                          sites={places.sites}
                          documents={read.documents.filter(isNew)}
                          isFirst={had.spaces.length === 0}
                        />
                      )}
                    </Loaded>
                  );
                }}
              </Loaded>
            )}
          </Loaded>
        )}
      </Loaded>
    </Stack>
  );
}

interface OrderFormProps {
  readonly offers: readonly OfferReply[];
  readonly sites: readonly Site[];
  /** Those in force that were not accepted yet. */
  readonly documents: readonly DocumentReply[];
  /** A first space has a name at once and leads on to a first device. */
  readonly isFirst: boolean;
}

const concerns = (document: DocumentReply, offer: OfferReply) =>
  document.kind === "jurisdiction"
    ? document.siteId === offer.siteId
    : document.product === null || document.product === offer.product;

function OrderForm({ offers, sites, documents, isFirst: isFirstNow }: OrderFormProps) {
  const t = useBillingText();
  const format = useFormat();
  const client = useQueryClient();
  const navigate = useNavigate();
  const [key, setKey] = useState(() => crypto.randomUUID());
  const [sku, setSku] = useState<string | null>(null);
  const [quantity, setQuantity] = useState<number | string>(1);
  const [unit, setUnit] = useState<"hour" | "month">("hour");
  // As it was when the form was opened: the order itself makes the space that is there afterwards.
  const [isFirst] = useState(isFirstNow);
  const [name, setName] = useState(() => (isFirst ? t("order.firstName") : ""));
  const [lockDays, setLockDays] = useState<number | string>(14);
  const [accepted, setAccepted] = useState<readonly AcceptedDocument[]>([]);
  const offer = offers.find((each) => each.sku === sku);
  const needed = offer ? documents.filter((document) => concerns(document, offer)) : [];
  const price = offer?.prices.find((each) => each.unit === unit) ?? offer?.prices[0];
  const count = Math.max(1, Math.round(Number(quantity) || 1));
  const order = useMutation({
    mutationFn: () =>
      callChecked("/api/orders", {
        body: {
          key,
          sku: offer?.sku,
          skuVersion: offer?.version,
          quantity: count,
          unit: price?.unit,
          priceMicros: price?.priceMicros,
          siteId: offer?.siteId,
          label: name.trim(),
          lockDays: Number(lockDays),
          accepted: accepted.filter((each) => needed.some((document) => document.id === each.documentId)),
        },
        reply: serviceSchema,
      }),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: spacesQuery.queryKey });
      await client.invalidateQueries({ queryKey: ["services"] });
      await client.invalidateQueries({ queryKey: ["documents"] });
      await navigate(isFirst ? { to: "/devices", search: { add: true } } : { to: "/spaces" });
    },
    onError: async (error) => {
      // Without an answer the next try is the same order; with one nothing was made, and what is tried next is another.
      if (isUnanswered(error)) return;
      setKey(crypto.randomUUID());
      if (error instanceof ApiProblem && error.code !== "orders.no_capacity") {
        await client.invalidateQueries({ queryKey: offersQuery.queryKey });
        await client.invalidateQueries({ queryKey: documentsQuery.queryKey });
      }
    },
  });
  const isReady = offer !== undefined && name.trim() !== "" && needed.length === neededTicked(needed, accepted);
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (isReady) order.mutate();
      }}
    >
      <Stack gap="lg">
        <Sites offers={offers} sites={sites} sku={sku} onChange={setSku} />
        <TextInput
          label={t("spaces.name")}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          required
          maxLength={100}
          maw={420}
        />
        <Group align="end">
          <NumberInput
            label={t("order.quantity", { size: format.bytes(offer?.capacityBytes ?? 100e9) })}
            value={quantity}
            onChange={setQuantity}
            min={1}
            max={offer?.quantityMax ?? 100}
            allowDecimal={false}
            required
            w={220}
          />
          <Text pb={8}>{t("order.quota", { size: format.bytes((offer?.capacityBytes ?? 100e9) * count) })}</Text>
        </Group>
        <NumberInput
          label={t("spaces.lock")}
          description={t("spaces.lockHint")}
          value={lockDays}
          onChange={setLockDays}
          min={1}
          max={365}
          required
          maw={420}
        />
        {offer && price ? <PlanPrice offer={offer} unit={price.unit} quantity={count} onUnit={setUnit} /> : null}
        {offer ? (
          <Stack gap="xs">
            <Title order={2} size="h4">
              {t("order.documents")}
            </Title>
            {needed.length === 0 ? <Text size="sm">{t("order.documentsDone")}</Text> : null}
            <AcceptDocuments documents={needed} accepted={accepted} onChange={setAccepted} />
          </Stack>
        ) : null}
        {order.isError ? <Refused error={order.error} offers={offers} onChoose={setSku} /> : null}
        <Group>
          <Button type="submit" loading={order.isPending} disabled={!isReady}>
            {offer ? t("spaces.create") : t("order.choose")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

const neededTicked = (needed: readonly DocumentReply[], accepted: readonly AcceptedDocument[]) =>
  allAccepted(needed, accepted) ? needed.length : -1;

function Sites(props: {
  offers: readonly OfferReply[];
  sites: readonly Site[];
  sku: string | null;
  onChange: (sku: string) => void;
}) {
  const t = useBillingText();
  const language = useLanguage();
  const money = useMoney();
  const priceOf = ({ unit, priceMicros }: OfferReply["prices"][number]) =>
    t(unit === "hour" ? "billing.perHour" : "billing.perMonth", { price: money.micros(priceMicros) });
  return (
    <Radio.Group
      label={t("order.site")}
      description={t("order.siteHint")}
      value={props.sku}
      onChange={props.onChange}
      required
    >
      <Stack mt="xs" gap="sm">
        {props.offers.map((offer) => {
          const site = props.sites.find((each) => each.id === offer.siteId);
          const isFull = site === undefined || !site.open;
          return (
            <Card key={offer.sku} withBorder padding="md">
              <Stack gap={6}>
                <Radio
                  value={offer.sku}
                  disabled={isFull}
                  label={`${site ? `${site.name}, ${site.country}` : offer.siteId} · ${offer.name[language]}${isFull ? ` (${t("order.full")})` : ""}`}
                />
                <Text size="sm">{site?.jurisdiction[language]}</Text>
                <Text size="sm" fw={600}>
                  {[...offer.prices.map(priceOf), t("billing.noTax")].join(" · ")}
                </Text>
                <PlanFacts offer={offer} />
              </Stack>
            </Card>
          );
        })}
      </Stack>
    </Radio.Group>
  );
}

/** The refusal, and for a full site where there is room (R8). */
function Refused(props: {
  readonly error: unknown;
  readonly offers: readonly OfferReply[];
  readonly onChoose: (sku: string) => void;
}) {
  const t = useBillingText();
  const language = useLanguage();
  const { error } = props;
  const names = error instanceof ApiProblem ? String(error.details["alternatives"] ?? "").split(",") : [];
  const others = props.offers.filter((offer) => names.includes(offer.sku));
  return (
    <Stack gap="xs">
      <ProblemAlert error={error} />
      {others.length > 0 ? (
        <Alert color="lake" title={t("order.elsewhere")}>
          <Group>
            {others.map((offer) => (
              <Button key={offer.sku} size="xs" variant="default" onClick={() => props.onChoose(offer.sku)}>
                {t("order.take", { name: offer.name[language] })}
              </Button>
            ))}
          </Group>
        </Alert>
      ) : null}
    </Stack>
  );
}
