// npm run doctor: whether this installation is well, and for each finding how to mend it. It asks what
// the variables name, else what `npm start` brought up; it writes no row, and buys nothing.
//   -- --json   {ok, findings: [{area, verdict, says, mend?}]} on stdout, nothing else
// Exit 0: nothing fails (there may be warnings); 1: something does; 2: could not look.
import path from 'node:path';
import { examine } from '../tools/doctor/examine';
import type { Finding } from '../tools/doctor/finding';
import { readSettings } from '../tools/doctor/settings';
import { parseOptions } from '../tools/parse-options';

const ROOT = path.join(import.meta.dirname, '..');

const line = ({ area, verdict, says, mend }: Finding): string =>
  `${verdict.padEnd(4)}  ${area.padEnd(10)}  ${says}${mend === undefined ? '' : `. ${mend}`}.`;

function summary(findings: readonly Finding[]): string {
  const count = (wanted: Finding['verdict']) =>
    findings.filter(({ verdict }) => verdict === wanted).length;
  return `${count('ok')} ok, ${count('warn')} to look at, ${count('fail')} to mend`;
}

try {
  const { values } = parseOptions({ options: { json: { type: 'boolean', default: false } } });
  const findings = await examine(readSettings(process.env), ROOT);
  const ok = findings.every(({ verdict }) => verdict !== 'fail');
  if (values.json) console.log(JSON.stringify({ ok, findings }));
  else console.log([...findings.map(line), '', summary(findings)].join('\n'));
  process.exitCode = ok ? 0 : 1;
} catch (error) {
  console.error(`Could not look: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 2;
}
