import { useEffect, useState } from "react";

/** A QR code as one path of squares; the library is fetched only here. */
export function QrCode({ text, label }: { readonly text: string; readonly label: string }) {
  const [drawn, setDrawn] = useState<{ readonly size: number; readonly path: string } | null>(null);
  useEffect(() => {
    void import("qrcode").then(({ default: qr }) => {
      const { size, data } = qr.create(text, { errorCorrectionLevel: "M" }).modules;
      let path = "";
      for (let index = 0; index < size * size; index++) {
        if (data[index]) path += `M${index % size} ${Math.floor(index / size)}h1v1h-1z`;
      }
      setDrawn({ size, path });
    });
  }, [text]);
  if (drawn === null) return <div className="cf-qr" />;
  return (
    <svg className="cf-qr" viewBox={`-1 -1 ${drawn.size + 2} ${drawn.size + 2}`} role="img" aria-label={label}>
      <path d={drawn.path} fill="#000" />
    </svg>
  );
}
