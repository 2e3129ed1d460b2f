import type { Env } from '@/env';
import type { BootstrapInput } from './run';

/** What the environment asks a start to put in place; the demo only when all of it is given. */
export function bootstrapFromEnv(
  env: Env,
  hashPassword: (password: string) => Promise<string>,
): BootstrapInput {
  const { TALLYGATE_DEMO_EMAIL: email, TALLYGATE_DEMO_PASSWORD: password } = env;
  const { TALLYGATE_DEMO_API_KEY: apiKey, OPENAI_API_KEY: openAiKey } = env;
  const isDemoAsked = email !== undefined && password !== undefined && apiKey !== undefined;
  return {
    demo: isDemoAsked
      ? {
          tenantId: env.TALLYGATE_DEMO_TENANT_ID ?? null,
          email,
          passwordHash: () => hashPassword(password),
          apiKey,
        }
      : null,
    // A base URL alone names an upstream too: one that asks for no key.
    openai:
      openAiKey === undefined && env.OPENAI_BASE_URL === undefined
        ? null
        : { apiKey: openAiKey ?? null, baseUrl: env.OPENAI_BASE_URL ?? null },
    simulatorUrl: env.TALLYGATE_SIMULATOR_URL ?? null,
  };
}
