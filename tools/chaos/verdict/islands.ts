import { byTrace, type Evidence, nameOf } from './evidence';

/** F: tenants are islands. No answer reaches two traces, no error names another tenant. */
export function islandFaults({ seen, tenants }: Evidence): string[] {
  const faults: string[] = [];
  const ownerOf = new Map<string, string>();
  const known = new Set(tenants.map(({ tenantId }) => tenantId));
  for (const one of seen) {
    if (one.answerId !== null) {
      const owner = ownerOf.get(one.answerId) ?? nameOf(one);
      ownerOf.set(one.answerId, owner);
      if (owner !== nameOf(one)) {
        faults.push(`F: ${nameOf(one)} got the answer ${one.answerId} of ${owner}`);
      }
    }
    for (const id of one.namedInError) {
      if (known.has(id) && id !== one.tenantId) {
        faults.push(`F: ${nameOf(one)}: an error names the tenant ${id}`);
      }
    }
  }
  return faults;
}

/** A replay is the same bytes as the answer, and as every other replay. */
export function replayFaults({ seen }: Evidence): string[] {
  const faults: string[] = [];
  for (const [name, answers] of byTrace(seen)) {
    if (!answers.some(({ what }) => what === 'replayed')) continue;
    const whole = answers.filter(({ bytesHash }) => bytesHash !== null);
    if (new Set(whole.map(({ bytesHash }) => bytesHash)).size > 1) {
      faults.push(`A: ${name}: a replay has other bytes than the answer`);
    }
  }
  return faults;
}
