/** Called by Next once before it serves. Behind the self-hosted server all is up already. */
export async function register(): Promise<void> {
  if (process.env.NEXT_RUNTIME !== 'nodejs') return;
  const { isServedByTallygate } = await import('./server/boot/served-by');
  if (isServedByTallygate()) return;
  const { startUnderNext } = await import('./server/boot/under-next');
  await startUnderNext();
}
