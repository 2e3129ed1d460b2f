export const DIALOG_SCRIM =
  'fixed inset-0 z-40 bg-scrim transition-opacity duration-150 data-ending-style:opacity-0 data-starting-style:opacity-0';

const SIZES = { md: 'sm:max-w-md', lg: 'sm:max-w-2xl' } as const;
export type DialogSize = keyof typeof SIZES;

/** A sheet from below on a phone, a box in the middle elsewhere. */
export const dialogBox = (size: DialogSize): string =>
  `safe-bottom fixed inset-x-0 bottom-0 z-50 flex max-h-[90dvh] flex-col rounded-t-lg border border-line bg-surface shadow-raised outline-none transition duration-150 data-ending-style:translate-y-2 data-ending-style:opacity-0 data-starting-style:translate-y-2 data-starting-style:opacity-0 sm:inset-x-4 sm:top-[8dvh] sm:bottom-auto sm:mx-auto sm:max-h-[84dvh] sm:rounded-lg ${SIZES[size]}`;
