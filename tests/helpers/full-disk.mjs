// Loaded into a start (node --import): files whose name holds FULL_DISK_AT cannot be written, as if
// the disk were full at that very moment.
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

const { writeFileSync } = fs;
fs.writeFileSync = (file, ...rest) => {
  if (String(file).includes(process.env.FULL_DISK_AT ?? '\0')) {
    throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
  }
  return writeFileSync(file, ...rest);
};
syncBuiltinESMExports();
