'use client';

import { useEffect, useState } from 'react';

const TYPING_MS = 250;

/**
 * A text while it is typed: shown at once, given to `onPause` without the spaces around it when the typing
 * pauses. It follows `value` where that changes by other means.
 */
export function useTyped(
  value: string,
  onPause: (value: string) => void,
): readonly [string, (typed: string) => void] {
  const [typed, setTyped] = useState(value);
  const [seen, setSeen] = useState(value);
  const [given, setGiven] = useState(value);
  if (seen !== value) {
    setSeen(value);
    // What was given comes back: by then more may have been typed, if only a space.
    if (value !== given) {
      setGiven(value);
      setTyped(value);
    }
  }
  useEffect(() => {
    const text = typed.trim();
    if (text === value) return;
    const timer = setTimeout(() => {
      setGiven(text);
      onPause(text);
    }, TYPING_MS);
    return () => clearTimeout(timer);
  }, [typed, value, onPause]);
  return [typed, setTyped];
}
