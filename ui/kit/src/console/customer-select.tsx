import { Select, type SelectProps } from "@mantine/core";
import { useCustomerChoices } from "./use-customer-choices.ts";

export interface CustomerSelectProps
  extends Omit<SelectProps, "data" | "value" | "onChange" | "filter" | "limit" | "searchValue"> {
  readonly value: string | null;
  readonly onChange: (tenantId: string | null) => void;
}

/** One customer, by name or number. */
export function CustomerSelect({ value, onChange, ...select }: CustomerSelectProps) {
  const { data, keep, field } = useCustomerChoices(value === null ? [] : [value]);
  return (
    <Select
      {...select}
      {...field}
      data={data}
      value={value}
      onChange={(next) => {
        keep(next === null ? [] : [next]);
        onChange(next);
      }}
    />
  );
}
