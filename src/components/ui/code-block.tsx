import { CopyButton } from './copy-button';

/** Code to paste: scrolls sideways by keyboard too, and is copied whole. */
export function CodeBlock({ code, label }: { code: string; label?: string }) {
  return (
    <div className="flex items-start rounded-md border border-line bg-sunken">
      <pre
        className="min-w-0 flex-1 overflow-x-auto p-3.5 font-mono text-sm leading-6"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard.
        tabIndex={0}
      >
        <code>{code}</code>
      </pre>
      <CopyButton text={code} className="m-1" {...(label === undefined ? {} : { label })} />
    </div>
  );
}
