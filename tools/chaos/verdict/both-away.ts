import { type Evidence, nameOf } from './evidence';

/** A request that began so long after the stores' death knows of it. */
const NOTICE_MS = 1_000;

/** Both stores down, neither on its way back: nothing that is asked then is answered or bought. */
export function bothAwayFaults({ seen, purchases, struck }: Evidence): string[] {
  const boughtAt = new Map(purchases.map((purchase) => [nameOf(purchase), purchase.atMs]));
  return struck
    .filter(({ kind }) => kind === 'Postgres and Redis killed')
    .flatMap(({ fromMs, mendsFromMs }) =>
      seen
        .filter((one) => one.beganAtMs > fromMs + NOTICE_MS && one.endedAtMs < mendsFromMs)
        .flatMap((one) => {
          const boughtMs = boughtAt.get(nameOf(one)) ?? 0;
          const wasBought = boughtMs > one.beganAtMs && boughtMs < one.endedAtMs;
          if (one.what !== 'complete' && !wasBought) return [];
          return [
            `D: ${nameOf(one)} was ${wasBought ? 'bought' : 'answered'} while both stores were away`,
          ];
        }),
    );
}
