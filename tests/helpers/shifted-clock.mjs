// Loaded before a process's own code, it lets its clock be CLOCK_SHIFT_MS ahead (or behind).
const shiftMs = Number(process.env.CLOCK_SHIFT_MS);
const TrueDate = Date;

globalThis.Date = class extends TrueDate {
  /** @param {[]} given */
  constructor(...given) {
    if (given.length === 0) super(TrueDate.now() + shiftMs);
    else super(...given);
  }

  static now() {
    return TrueDate.now() + shiftMs;
  }
};
