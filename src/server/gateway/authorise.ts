import { addressBlocks } from '../domain/addresses';
import { TallygateError } from '../domain/errors';
import type { KeyRecord, ModelRecord } from '../domain/ports';
import type { Caller, GatewayPorts } from './types';

/** Judges whether a caller's tenant may buy, and where the caller is. Throws 403. */
export function authorise(caller: Caller, remoteAddress: string): void {
  if (caller.key.tenantStatus === 'suspended') {
    throw new TallygateError(
      'tenant_suspended',
      'This account is suspended. Ask the operator of this gateway to lift the suspension.',
    );
  }
  authoriseReading(caller, remoteAddress);
}

/** Judges where a caller is. A suspended tenant may read its books all the same. Throws 403. */
export function authoriseReading({ key }: Caller, remoteAddress: string): void {
  if (key.allowedIps === null || addressBlocks(key.allowedIps)(remoteAddress)) return;
  throw new TallygateError(
    'ip_not_allowed',
    'This API key may not be used from this address. Add the address to the key, or use another.',
  );
}

export const mayUseModel = (key: KeyRecord, modelId: string): boolean =>
  key.allowedModels === null || key.allowedModels.has(modelId);

/** Finds a model that this key may use. Throws as `allowModel`. */
export async function findModel(
  ports: GatewayPorts,
  caller: Caller,
  modelId: string,
): Promise<ModelRecord> {
  return allowModel(caller, modelId, await ports.catalogue.find(modelId));
}

/** What was found, where this key may use it. Throws 404 `model_not_found`, 403 `model_not_allowed`. */
export function allowModel(
  caller: Caller,
  modelId: string,
  model: ModelRecord | null,
): ModelRecord {
  if (model === null) {
    throw new TallygateError(
      'model_not_found',
      `The model "${modelId.slice(0, 128)}" does not exist here. GET /api/v1/models lists those that do.`,
      { param: 'model' },
    );
  }
  if (!mayUseModel(caller.key, modelId)) {
    throw new TallygateError('model_not_allowed', `This API key may not use "${modelId}".`, {
      param: 'model',
    });
  }
  return model;
}
