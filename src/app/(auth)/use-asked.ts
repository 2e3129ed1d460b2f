'use client';

import { useActionState } from 'react';
import { useT } from '@/components/i18n/provider';
import { faultOf, faultText } from '@/components/trpc/fault';

interface State<Answer> {
  readonly answer: Answer | null;
  /** A sentence; null while nothing is wrong. */
  readonly fault: string | null;
  /** The code behind it, for those who have better words. */
  readonly code: string | null;
}

interface Asked<Answer> extends State<Answer> {
  readonly isBusy: boolean;
  readonly action: (form: FormData) => void;
}

/** A form that asks the server one thing. What was typed is the form's own to keep. */
export function useAsked<Answer>(ask: (form: FormData) => Promise<Answer>): Asked<Answer> {
  const t = useT();
  const submit = async (_before: State<Answer>, form: FormData): Promise<State<Answer>> => {
    try {
      return { answer: await ask(form), fault: null, code: null };
    } catch (error) {
      return { answer: null, fault: faultText(error, t), code: faultOf(error)?.code ?? null };
    }
  };
  const initial: State<Answer> = { answer: null, fault: null, code: null };
  const [state, action, isBusy] = useActionState<State<Answer>, FormData>(submit, initial);
  return { ...state, action, isBusy };
}
