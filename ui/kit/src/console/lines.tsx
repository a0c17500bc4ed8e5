/** A text of which the first line stands by itself; what follows it opens under it. */
export function Lines({ text }: { readonly text: string }) {
  const end = text.indexOf("\n");
  if (end < 0) return text;
  return (
    <details className="cf-lines">
      <summary>{text.slice(0, end)}</summary>
      {text.slice(end + 1)}
    </details>
  );
}
