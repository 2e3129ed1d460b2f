'use client';

import './globals.css';

/** The last resort, when the root layout itself failed: no language has been chosen yet. */
export default function GlobalError() {
  return (
    <html lang="en">
      <body>
        <main className="grid min-h-dvh place-items-center p-6 text-center">
          <div>
            <h1 className="font-semibold text-xl">Something went wrong</h1>
            <p className="mt-1 text-ink-2">
              Nothing was charged by this page. Reload to try again.
            </p>
          </div>
        </main>
      </body>
    </html>
  );
}
