import { Button, type ButtonProps } from "@mantine/core";
import type { ComponentPropsWithoutRef } from "react";

export interface RowButtonProps extends ButtonProps, Omit<ComponentPropsWithoutRef<"button">, keyof ButtonProps> {
  /** What it does and to which of the rows: read out in place of its words, which every row repeats. */
  readonly name: string;
}

/** A small button in a row of a table or list. */
export const RowButton = ({ name, ...button }: RowButtonProps) => (
  <Button size="xs" variant="default" aria-label={name} {...button} />
);
