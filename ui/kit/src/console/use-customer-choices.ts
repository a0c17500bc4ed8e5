import { tenantsReplySchema } from "@casaforte/contract/tenants";
import type { SelectProps } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslate } from "../i18n/i18n.ts";
import type { KitKey } from "../i18n/it.ts";
import { callChecked } from "./call-checked.ts";

interface Choice {
  readonly value: string;
  readonly label: string;
}

type Options = Parameters<NonNullable<SelectProps["filter"]>>[0]["options"];

const searchDelayMs = 250;
const offeredMax = 50;

/** Customers found by the server as an operator types, for there may be thousands. Those chosen are offered whatever is searched. */
export function useCustomerChoices(ids: readonly string[]) {
  const t = useTranslate<KitKey>();
  const [typed, setTyped] = useState("");
  const [settled] = useDebouncedValue(typed.trim(), searchDelayMs);
  const [chosen, setChosen] = useState<readonly Choice[]>([]);
  // A select shows whom it has chosen as what is searched: then others are offered, as in an empty field.
  const search = chosen.some(({ label }) => label === settled) ? "" : settled;
  const found = useQuery({
    queryKey: ["tenants", "choices", search],
    queryFn: ({ signal }) =>
      callChecked("/api/tenants", { query: { search, count: offeredMax }, reply: tenantsReplySchema, signal }),
    placeholderData: (before) => before,
  });
  const kept = chosen.filter(({ value }) => ids.includes(value));
  const others = (found.data?.tenants ?? [])
    .map(({ tenantId, name }): Choice => ({ value: tenantId, label: name }))
    .filter(({ value }) => kept.every((one) => one.value !== value));
  const offered = [...kept, ...others];
  return {
    data: offered,
    keep: (next: readonly string[]) => setChosen(offered.filter(({ value }) => next.includes(value))),
    field: {
      searchable: true,
      searchValue: typed,
      onSearchChange: setTyped,
      // The server has found them, by what it searches names and numbers for.
      filter: ({ options }: { readonly options: Options }) => options,
      nothingFoundMessage: found.isFetching ? t("kit.loading") : t("kit.noMatch"),
    },
  };
}
