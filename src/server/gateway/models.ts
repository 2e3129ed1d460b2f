import type { ModelRecord } from '../domain/ports';
import { findModel, mayUseModel } from './authorise';
import { identityHeaders } from './exchange';
import { jsonReply } from './json-reply';
import { pathParameter } from './path-parameter';
import type { Run } from './run';
import type { GatewayReply } from './types';

const modelObject = (model: ModelRecord) => ({
  id: model.id,
  object: 'model',
  created: Math.floor(model.createdAtMs / 1000),
  owned_by: 'tallygate',
});

/** Lists the models that this key may use, or shows one. Throws 404, 403. */
export async function answerModels(run: Run, path: string): Promise<GatewayReply> {
  const { ports, exchange, caller } = run;
  const headers = identityHeaders(exchange);
  if (path !== '/models') {
    const model = await findModel(ports, caller, pathParameter(path, '/models/'));
    return jsonReply(200, modelObject(model), headers);
  }
  const models = await ports.catalogue.list();
  const data = models.filter((model) => mayUseModel(caller.key, model.id)).map(modelObject);
  return jsonReply(200, { object: 'list', data }, headers);
}
