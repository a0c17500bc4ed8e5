import { mailAccountListSchema } from "@casaforte/contract/mail";
import { ClearableSelect } from "@casaforte/ui-kit";
import { callChecked } from "@casaforte/ui-kit/console";
import { MultiSelect } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useMailText } from "./mail-text.tsx";

interface Choice {
  readonly value: string;
  readonly label: string;
}

/** Mail accounts that a choice offers: found by the server as one types, for there may be thousands. */
function useChoices(): {
  readonly data: Choice[];
  readonly search: string;
  readonly setSearch: (text: string) => void;
} {
  const [search, setSearch] = useState("");
  const [settled] = useDebouncedValue(search, 250);
  const accounts = useQuery({
    queryKey: ["mail-accounts", "choice", settled],
    queryFn: ({ signal }) =>
      callChecked("/api/mail-accounts", {
        query: { search: settled, limit: 50 },
        reply: mailAccountListSchema,
        signal,
      }),
    placeholderData: (before) => before,
  });
  const data = accounts.data?.accounts.map(({ id, address }) => ({ value: id, label: address })) ?? [];
  return { data, search, setSearch };
}

/** Those chosen stay in the list whatever is searched. */
const withChosen = (data: readonly Choice[], chosen: readonly Choice[]): Choice[] => [
  ...chosen.filter(({ value }) => data.every((one) => one.value !== value)),
  ...data,
];

export function AccountSelect({
  label,
  value,
  onChange,
}: {
  readonly label: string;
  readonly value: Choice | null;
  readonly onChange: (account: Choice | null) => void;
}) {
  const t = useMailText();
  const { data, search, setSearch } = useChoices();
  const offered = withChosen(data, value ? [value] : []);
  return (
    <ClearableSelect
      label={label}
      data={offered}
      value={value?.value ?? null}
      onChange={(id) => onChange(offered.find((one) => one.value === id) ?? null)}
      searchable
      searchValue={search}
      onSearchChange={setSearch}
      nothingFoundMessage={t("mail.noMatch")}
      filter={({ options }) => options}
      limit={60}
    />
  );
}

export function AccountsSelect({
  label,
  value,
  onChange,
}: {
  readonly label: string;
  readonly value: readonly Choice[];
  readonly onChange: (accounts: readonly Choice[]) => void;
}) {
  const t = useMailText();
  const { data, search, setSearch } = useChoices();
  const offered = withChosen(data, value);
  return (
    <MultiSelect
      label={label}
      data={offered}
      value={value.map((one) => one.value)}
      onChange={(ids) => onChange(offered.filter((one) => ids.includes(one.value)))}
      searchable
      searchValue={search}
      onSearchChange={setSearch}
      nothingFoundMessage={t("mail.noMatch")}
      filter={({ options }) => options}
      limit={60}
    />
  );
}
