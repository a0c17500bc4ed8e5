import { MultiSelect, type MultiSelectProps } from "@mantine/core";
import { useCustomerChoices } from "./use-customer-choices.ts";

export interface CustomersSelectProps
  extends Omit<MultiSelectProps, "data" | "value" | "onChange" | "filter" | "limit" | "searchValue"> {
  readonly value: readonly string[];
  readonly onChange: (tenantIds: string[]) => void;
  /** Who is not to be chosen. */
  readonly without?: ReadonlySet<string>;
}

/** Any number of customers. */
export function CustomersSelect({ value, onChange, without, ...select }: CustomersSelectProps) {
  const { data, keep, field } = useCustomerChoices(value);
  return (
    <MultiSelect
      {...select}
      {...field}
      data={data.filter((one) => !without?.has(one.value))}
      value={[...value]}
      onChange={(next) => {
        keep(next);
        onChange(next);
      }}
    />
  );
}
