import type { HealthReply } from "@casaforte/contract/health";
import { Table } from "@mantine/core";
import { useT } from "../translate.ts";

/** Where the product listens. */
export function Listeners({ listeners }: { readonly listeners: HealthReply["listeners"] }) {
  const t = useT();
  return (
    <Table>
      <Table.Thead>
        <Table.Tr>
          <Table.Th>{t("health.listener")}</Table.Th>
          <Table.Th>{t("health.address")}</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {listeners.map((listener) => (
          <Table.Tr key={listener.name}>
            <Table.Td>{listener.name}</Table.Td>
            <Table.Td ff="monospace" style={{ overflowWrap: "anywhere" }}>
              {listener.host}:{listener.port}
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}
