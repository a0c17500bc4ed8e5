import { useFormat } from "@casaforte/ui-kit";
import { Alert, Anchor, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useT } from "../translate.ts";
import { servicesQuery } from "./services-query.ts";

/** On the first page: which prices change and when; the page of the services has the figures (R43). */
export function PriceNotice() {
  const t = useT();
  const format = useFormat();
  const services = useQuery(servicesQuery).data?.services ?? [];
  const changing = services.filter(({ state, nextPrice }) => state === "active" && nextPrice !== null);
  if (changing.length === 0) return null;
  return (
    <Alert color="blue" variant="light" title={t("home.priceChanges")}>
      {changing.map(({ id, label, nextPrice }) => (
        <Text size="sm" key={id}>
          {t("home.priceChange", { label, date: format.date(Date.parse(nextPrice?.validFrom ?? "")) })}
        </Text>
      ))}
      <Anchor renderRoot={(props) => <Link {...props} to="/services" />} size="sm">
        {t("home.priceMore")}
      </Anchor>
    </Alert>
  );
}
