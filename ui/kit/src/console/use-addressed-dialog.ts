import { useDisclosure } from "@mantine/hooks";
import { useEffect } from "react";

/**
 * A dialog that a page's address may ask for (`?add=true`): open when it does, and `forget` takes that out of the address
 * when the dialog is closed, so that it may be asked for again.
 */
export function useAddressedDialog(
  isAsked: boolean,
  forget: () => void,
): readonly [boolean, { readonly open: () => void; readonly close: () => void }] {
  const [isOpen, { open, close }] = useDisclosure(isAsked);
  useEffect(() => {
    if (isAsked) open();
  }, [isAsked, open]);
  return [
    isOpen,
    {
      open,
      close: () => {
        close();
        if (isAsked) forget();
      },
    },
  ];
}
