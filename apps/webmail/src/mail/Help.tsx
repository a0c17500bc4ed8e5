import { Dialog } from "@casaforte/ui-kit";
import { Kbd, Table } from "@mantine/core";
import { type MessageId, useT } from "../translate.ts";

const rows: readonly (readonly [MessageId, readonly string[]])[] = [
  ["help.c", ["c"]],
  ["help.search", ["/"]],
  ["help.jk", ["j", "k"]],
  ["help.o", ["o", "Enter"]],
  ["help.u", ["u", "Esc"]],
  ["help.r", ["r", "a", "f"]],
  ["help.x", ["x"]],
  ["help.e", ["e"]],
  ["help.trash", ["#", "Del"]],
  ["help.junk", ["!"]],
  ["help.s", ["s"]],
  ["help.read", ["Shift+i", "Shift+u"]],
  ["help.v", ["v"]],
  ["help.g", ["g i", "g d", "g t"]],
  ["help.z", ["z"]],
  ["help.send", ["Ctrl+Enter"]],
  ["help.help", ["?"]],
];

/** The sheet behind `?`. */
export function Help({ onClose }: { readonly onClose: () => void }) {
  const t = useT();
  return (
    <Dialog title={t("help.title")} opened onClose={onClose}>
      <Table>
        <Table.Tbody>
          {rows.map(([id, keys]) => (
            <Table.Tr key={id}>
              <Table.Th scope="row" fw={400}>
                {t(id)}
              </Table.Th>
              <Table.Td ta="end">
                {keys.map((key) => (
                  <Kbd key={key} ml={4}>
                    {key}
                  </Kbd>
                ))}
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Dialog>
  );
}
