// npm run dashboard: writes Grafana's dashboard from the metrics that there are.
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { buildDashboard } from './dashboard';

const FILE = path.join(import.meta.dirname, '..', '..', 'deploy', 'grafana', 'tallygate.json');

writeFileSync(FILE, `${JSON.stringify(await buildDashboard(), null, 2)}\n`);
process.stdout.write(`${FILE} is made.\n`);
process.exit();
