import type { ServiceReply } from "@casaforte/contract/orders";
import { serviceSchema } from "@casaforte/contract/orders";
import { isUnanswered, ProblemAlert, useFormat } from "@casaforte/ui-kit";
import { callChecked, Loaded } from "@casaforte/ui-kit/console";
import { Button, Group, NumberInput, Stack, Text } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { spacesQuery } from "../queries.ts";
import { offersQuery } from "./billing-queries.ts";
import { BillingTexts, useBillingText } from "./billing-text.tsx";
import { PlanPrice } from "./plan-price.tsx";

/** Another size or way of paying for an ordered space, at the live price (R36, R38). */
export function ChangePlan(props: { readonly service: ServiceReply; readonly onDone: () => void }) {
  return (
    <BillingTexts>
      <ChangePlanForm {...props} />
    </BillingTexts>
  );
}

function ChangePlanForm({ service, onDone }: { readonly service: ServiceReply; readonly onDone: () => void }) {
  const t = useBillingText();
  const format = useFormat();
  const client = useQueryClient();
  const offers = useQuery(offersQuery);
  const [key, setKey] = useState(() => crypto.randomUUID());
  const [quantity, setQuantity] = useState<number | string>(service.quantity);
  const [unit, setUnit] = useState(service.unit);
  const count = Math.max(1, Math.round(Number(quantity) || 1));
  const change = useMutation({
    mutationFn: (plan: { skuVersion: number; priceMicros: number }) =>
      callChecked(`/api/services/${service.id}/changes`, {
        body: { key, sku: service.sku, quantity: count, unit, accepted: [], ...plan },
        reply: serviceSchema,
      }),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: ["services"] });
      await client.invalidateQueries({ queryKey: spacesQuery.queryKey });
      onDone();
    },
    // Without an answer it is not known whether the order was carried out: the next try is the same one.
    onError: (error) => {
      if (!isUnanswered(error)) setKey(crypto.randomUUID());
    },
  });
  return (
    <Loaded query={offers}>
      {(sold) => {
        const offer = sold.offers.find((each) => each.sku === service.sku);
        if (!offer) return <Text>{t("order.nothingHint")}</Text>;
        const price = offer.prices.find((each) => each.unit === unit);
        return (
          <form
            onSubmit={(event) => {
              event.preventDefault();
              if (price) change.mutate({ skuVersion: offer.version, priceMicros: price.priceMicros });
            }}
          >
            <Stack>
              <NumberInput
                label={t("order.quantity", { size: format.bytes(offer.capacityBytes ?? 0) })}
                description={t("order.quota", { size: format.bytes((offer.capacityBytes ?? 0) * count) })}
                value={quantity}
                onChange={setQuantity}
                min={1}
                max={offer.quantityMax}
                allowDecimal={false}
                required
                data-autofocus
              />
              <PlanPrice offer={offer} unit={unit} quantity={count} onUnit={setUnit} />
              <Text size="sm" c="dimmed">
                {t("plan.rule")}
              </Text>
              <ProblemAlert error={change.error} />
              <Group justify="flex-end">
                <Button type="submit" loading={change.isPending}>
                  {t("plan.submit")}
                </Button>
              </Group>
            </Stack>
          </form>
        );
      }}
    </Loaded>
  );
}

/** Until when a space that is deleted now is billed: the end of its started unit. */
export function LastUnit({ service }: { readonly service: ServiceReply }) {
  return (
    <BillingTexts>
      <LastUnitText service={service} />
    </BillingTexts>
  );
}

function LastUnitText({ service }: { readonly service: ServiceReply }) {
  const t = useBillingText();
  const format = useFormat();
  const endMs = Date.parse(service.unitEndsAt);
  return <Text>{t("plan.lastUnit", { time: format.time(endMs), date: format.date(endMs) })}</Text>;
}
