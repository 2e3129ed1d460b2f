import { processSlot } from '../process-slot';

const served = processSlot('self-hosted', (value): value is true => value === true);

/** The self-hosted server says so before it lets Next load, which is bundled apart from it. */
export const markServedByTallygate = (): void => served.set(true);

export const isServedByTallygate = (): boolean => served.get() === true;
