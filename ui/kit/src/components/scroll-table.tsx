import { Table, type TableProps } from "@mantine/core";

export interface ScrollTableProps extends TableProps {
  /** What the table is of: a heading near it, mostly. */
  readonly label: string;
  /** Pixels. Where there is less room the table scrolls within its frame, and the page does not. */
  readonly minWidth: number;
  /** Pixels; without it the table is as high as its rows. */
  readonly maxHeight?: number;
}

/**
 * A table in a frame that scrolls, has a name and is reached by keyboard (WCAG 1.4.10, 2.1.1). A group and no landmark: most
 * tables stand in a section of the same name.
 */
export function ScrollTable({ label, minWidth, maxHeight, ...table }: ScrollTableProps) {
  return (
    <Table.ScrollContainer
      minWidth={minWidth}
      {...(maxHeight === undefined ? {} : { maxHeight })}
      scrollAreaProps={{ viewportProps: { tabIndex: 0, "aria-label": label, role: "group" } }}
    >
      <Table {...table} />
    </Table.ScrollContainer>
  );
}
