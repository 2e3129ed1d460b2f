// @ts-check
// npm start: installs, builds, brings up the stores and serves, until Ctrl-C.
import { ensureBuilt, SERVER, SIMULATOR } from './lib/build.mjs';
import { startGateway } from './lib/gateway.mjs';
import { ensureInstalled } from './lib/install.mjs';
import { runAsScript } from './lib/messages.mjs';
import { runSession } from './lib/session.mjs';

await runAsScript(import.meta.url, () =>
  runSession({
    prepare: async () => {
      await ensureInstalled();
      await ensureBuilt();
    },
    simulator: { program: SIMULATOR, loaders: [] },
    startServer: (env) => startGateway(SERVER, env),
  }),
);
