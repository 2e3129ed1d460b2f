import { Random } from '../../simulator/random';

/** The draws of one seed. Everything that is left to chance comes from here, in one order. */
export class Dice extends Random {
  chance(probability: number): boolean {
    return this.next() < probability;
  }

  /** A time between two, small ones likelier: as delays are. */
  skewed(min: number, max: number): number {
    return min + (max - min) * this.next() ** 3;
  }
}
