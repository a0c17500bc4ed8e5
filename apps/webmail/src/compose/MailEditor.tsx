import { ActionIcon, Button, Group, Popover, TextInput, Tooltip } from "@mantine/core";
import DOMPurify from "dompurify";
import { type ReactNode, useEffect, useRef, useState } from "react";
import Squire from "squire-rte";
import { Icon } from "../icons.tsx";
import { type MessageId, useT } from "../translate.ts";

export interface MailEditorProps {
  readonly initialHtml: string;
  readonly onChange: (html: string, text: string) => void;
  readonly onSend: () => void;
  readonly hasFocus: boolean;
}

const purifier = DOMPurify(window);
purifier.addHook("afterSanitizeAttributes", (node) => {
  // A picture that its sender did not describe is decoration for a reader.
  if (node instanceof HTMLImageElement && !node.hasAttribute("alt")) node.alt = "";
});

const purify = (html: string): DocumentFragment =>
  purifier.sanitize(html, {
    RETURN_DOM_FRAGMENT: true,
    FORBID_TAGS: ["style", "form", "input", "button", "textarea", "select", "iframe", "object", "embed", "svg", "math"],
    ALLOW_DATA_ATTR: false,
  });

/** Plain text of a piece of mail, as its text alternative. */
export function plainText(root: HTMLElement): string {
  // The lines as they are seen are exactly what is wanted.
  const { innerText } = root;
  return innerText
    .replace(/\u00a0/g, " ")
    .replace(/\n{3,}/g, "\n\n")
    .trimEnd();
}

/** Rich text by Squire, which keeps the layout of a quoted message; what comes in is sanitised. */
export function MailEditor({ initialHtml, onChange, onSend, hasFocus }: MailEditorProps) {
  const t = useT();
  const root = useRef<HTMLDivElement>(null);
  const editor = useRef<Squire | null>(null);
  const [path, setPath] = useState("");
  const handlers = useRef({ onChange, onSend });
  handlers.current = { onChange, onSend };
  // biome-ignore lint/correctness/useExhaustiveDependencies: the editor owns its text after the start.
  useEffect(() => {
    const element = root.current;
    if (element === null) return;
    const squire = new Squire(element, {
      blockTag: "DIV",
      sanitizeToDOMFragment: (html: string) => document.importNode(purify(html), true),
    });
    editor.current = squire;
    squire.setHTML(initialHtml);
    // The editor tells of its own setting up as if somebody had typed.
    let untouched: string | null = squire.getHTML();
    squire.addEventListener("input", () => {
      if (squire.getHTML() === untouched) return;
      untouched = null;
      handlers.current.onChange(squire.getHTML(), plainText(element));
    });
    squire.addEventListener("pathChange", () => setPath(squire.getPath()));
    squire.setKeyHandler("Ctrl-Enter", () => handlers.current.onSend());
    squire.moveCursorToStart();
    if (hasFocus) squire.focus();
    return () => squire.destroy();
  }, []);
  const run = (work: (squire: Squire) => unknown): void => {
    const squire = editor.current;
    if (squire === null) return;
    work(squire);
    squire.focus();
  };
  const toggle = (format: string, on: (squire: Squire) => unknown, off: (squire: Squire) => unknown): void =>
    run((squire) => (squire.hasFormat(format) ? off(squire) : on(squire)));
  const isIn = (tag: string): boolean =>
    new RegExp(`(^|>)${tag}\\b`).test(path) || editor.current?.hasFormat(tag) === true;
  return (
    <div className="wm-editor">
      <div className="wm-editor-tools" role="toolbar" aria-label={t("compose.toolbar")}>
        <Tool
          id="compose.bold"
          isOn={isIn("B")}
          onClick={() =>
            toggle(
              "B",
              (s) => s.bold(),
              (s) => s.removeBold(),
            )
          }
        >
          <b>B</b>
        </Tool>
        <Tool
          id="compose.italic"
          isOn={isIn("I")}
          onClick={() =>
            toggle(
              "I",
              (s) => s.italic(),
              (s) => s.removeItalic(),
            )
          }
        >
          <i>I</i>
        </Tool>
        <Tool
          id="compose.underline"
          isOn={isIn("U")}
          onClick={() =>
            toggle(
              "U",
              (s) => s.underline(),
              (s) => s.removeUnderline(),
            )
          }
        >
          <u>U</u>
        </Tool>
        <Tool
          id="compose.list"
          isOn={isIn("UL")}
          onClick={() =>
            toggle(
              "UL",
              (s) => s.makeUnorderedList(),
              (s) => s.removeList(),
            )
          }
        >
          <Icon name="bullets" size={16} />
        </Tool>
        <Tool
          id="compose.numbers"
          isOn={isIn("OL")}
          onClick={() =>
            toggle(
              "OL",
              (s) => s.makeOrderedList(),
              (s) => s.removeList(),
            )
          }
        >
          <Icon name="numbers" size={16} />
        </Tool>
        <Tool id="compose.quote" isOn={isIn("BLOCKQUOTE")} onClick={() => run((s) => s.increaseQuoteLevel())}>
          ❝
        </Tool>
        <LinkTool onLink={(url) => run((s) => s.makeLink(url))} />
        <Tool id="compose.clear" isOn={false} onClick={() => run((s) => s.removeAllFormatting())}>
          <Icon name="plain" size={16} />
        </Tool>
      </div>
      {/* biome-ignore lint/a11y/useSemanticElements: a text area holds no formatted text. */}
      <div
        ref={root}
        className="wm-editor-text"
        role="textbox"
        aria-multiline="true"
        aria-label={t("compose.body")}
        tabIndex={0}
      />
    </div>
  );
}

interface ToolProps {
  readonly id: MessageId;
  readonly isOn: boolean;
  readonly onClick: () => void;
  readonly children: ReactNode;
}

function Tool({ id, isOn, onClick, children }: ToolProps) {
  const t = useT();
  return (
    <Tooltip label={t(id)} openDelay={500}>
      <ActionIcon
        variant={isOn ? "light" : "subtle"}
        color={isOn ? "petrol" : "gray"}
        aria-label={t(id)}
        aria-pressed={isOn}
        onMouseDown={(event) => event.preventDefault()}
        onClick={onClick}
      >
        <span aria-hidden="true">{children}</span>
      </ActionIcon>
    </Tooltip>
  );
}

function LinkTool({ onLink }: { readonly onLink: (url: string) => void }) {
  const t = useT();
  const [isOpen, setOpen] = useState(false);
  const [url, setUrl] = useState("https://");
  const isGood = /^(https?:\/\/|mailto:)\S+$/i.test(url.trim());
  const apply = (): void => {
    if (!isGood) return;
    onLink(url.trim());
    setOpen(false);
  };
  return (
    <Popover opened={isOpen} onChange={setOpen} trapFocus position="top">
      <Popover.Target>
        <ActionIcon variant="subtle" color="gray" aria-label={t("compose.link")} onClick={() => setOpen((now) => !now)}>
          <Icon name="link" size={16} />
        </ActionIcon>
      </Popover.Target>
      <Popover.Dropdown>
        <Group align="flex-end" gap="xs">
          <TextInput
            label={t("compose.link.address")}
            value={url}
            onChange={(event) => setUrl(event.currentTarget.value)}
            onKeyDown={(event) => {
              if (event.key !== "Enter") return;
              event.preventDefault();
              apply();
            }}
          />
          <Button disabled={!isGood} onClick={apply}>
            {t("kit.confirm")}
          </Button>
        </Group>
      </Popover.Dropdown>
    </Popover>
  );
}
