// Loaded into Portkey's process: on this Node it answers every stream with 500, since it adds its
// own headers to those of fetch's reply, which nobody may change. Here they are left off instead.
const { append, delete: remove } = Headers.prototype;

Headers.prototype.append = function (...args) {
  unlessImmutable(() => append.apply(this, args));
};
Headers.prototype.delete = function (...args) {
  unlessImmutable(() => remove.apply(this, args));
};

function unlessImmutable(change: () => void): void {
  try {
    change();
  } catch (error) {
    if (!(error instanceof TypeError && error.message === 'immutable')) throw error;
  }
}
