import type { OfferReply } from "@casaforte/contract/catalogue";
import { useFormat, useLanguage } from "@casaforte/ui-kit";
import { List, Text } from "@mantine/core";
import { useBillingText, useMoney } from "./billing-text.tsx";

/** Every attribute of an offer in words (R1, R5, R28). */
export function PlanFacts({ offer }: { readonly offer: OfferReply }) {
  const t = useBillingText();
  const format = useFormat();
  const language = useLanguage();
  const money = useMoney();
  const change = offer.prices.find((price) => price.next !== null)?.next;
  return (
    <>
      <Text size="sm">{offer.description[language]}</Text>
      <List size="sm" c="dimmed">
        <List.Item>{t(`billing.${offer.hostUse}`)}</List.Item>
        {offer.product === "backup" ? (
          <>
            <List.Item>
              {offer.bandwidthBytesPerSecond === null
                ? t("billing.bandwidthFree")
                : t("billing.bandwidth", { rate: format.bytes(offer.bandwidthBytesPerSecond) })}
            </List.Item>
            <List.Item>
              {t(offer.replicaPlan === "second_location" ? "billing.replica.second_location" : "billing.replica.none")}
            </List.Item>
          </>
        ) : null}
        {offer.ipAddresses > 0 ? <List.Item>{t("billing.addresses", { count: offer.ipAddresses })}</List.Item> : null}
        {change ? (
          <List.Item>
            {t("billing.priceChange", {
              date: format.date(Date.parse(change.validFrom)),
              price: money.micros(change.priceMicros),
            })}
          </List.Item>
        ) : null}
      </List>
    </>
  );
}
