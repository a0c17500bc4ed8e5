import { Text, TextInput, type TextInputProps } from "@mantine/core";
import type { Ref } from "react";

export interface ListSearchProps extends Omit<TextInputProps, "type" | "label" | "onChange" | "value"> {
  /** What is searched by: the field's name and what stands in it while it is empty. */
  readonly label: string;
  readonly value: string;
  readonly onChange: (text: string) => void;
  /** How many the list has, in words; told as it changes. */
  readonly count?: string;
  readonly ref?: Ref<HTMLInputElement>;
}

/** Narrows a list by words, and says how many are left. */
export function ListSearch({ label, value, onChange, count, ...input }: ListSearchProps) {
  return (
    <>
      <TextInput
        type="search"
        aria-label={label}
        placeholder={label}
        value={value}
        onChange={(event) => onChange(event.currentTarget.value)}
        // Beside a row of choices it takes a line of its own before nobody can read what is typed.
        miw="min(14rem, 100%)"
        maw={420}
        {...input}
      />
      {count === undefined ? null : (
        <Text size="sm" c="dimmed" role="status">
          {count}
        </Text>
      )}
    </>
  );
}
